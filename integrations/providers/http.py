"""What the clients that speak plain HTTP share: one open call with retries, its SSE frames, its failures."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from django.conf import settings

from integrations.providers import errors
from integrations.providers.errors import ProviderError

CONNECT_SECONDS = 5.0
CHECK_SECONDS = 5.0
# Of an error's body only the beginning is looked at.
ERROR_BYTES = 16_384
# What a frame of an unexpected shape raises while it is read.
MISSHAPEN = (json.JSONDecodeError, AttributeError, IndexError, KeyError, TypeError, ValueError)


def timeouts() -> httpx.Timeout:
    return httpx.Timeout(settings.PROVIDER_TIMEOUT_SECONDS, connect=CONNECT_SECONDS)


async def send(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """The successful, still open answer; raises ProviderError."""
    try:
        response = await client.send(request, stream=True)
        if response.is_success:
            return response
        try:
            raise await failure_of(response)
        finally:
            await response.aclose()
    except httpx.ConnectTimeout as error:
        raise errors.unreachable() from error
    except httpx.TimeoutException as error:
        raise errors.timed_out() from error
    except httpx.HTTPError as error:
        raise _no_connection(error) from error


def _no_connection(error: httpx.HTTPError) -> ProviderError:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        text = "The server's certificate is signed by nobody that this machine trusts."
        return ProviderError("unavailable", text, permanent=True)
    return errors.unreachable(error)


async def failure_of(response: httpx.Response) -> ProviderError:
    body = b""
    async for part in response.aiter_bytes():
        body += part
        if len(body) >= ERROR_BYTES:
            break
    code, text = _said(body[:ERROR_BYTES])
    return errors.of_status(response.status_code, headers=response.headers, code=code, text=text)


def _said(body: bytes) -> tuple[str, str]:
    """The code and the text of an error's body, whatever its dialect."""
    try:
        data = json.loads(body)
    except ValueError:
        return "", ""
    error = data.get("error", data) if isinstance(data, dict) else {}
    if not isinstance(error, dict):
        return "", ""
    return str(error.get("code") or error.get("type") or ""), str(error.get("message") or "")


@asynccontextmanager
async def reading(response: httpx.Response) -> AsyncIterator[httpx.Response]:
    """The open answer of a stream; whatever breaks while it is read is said as a ProviderError."""
    try:
        yield response
    except httpx.TimeoutException as error:
        raise errors.timed_out() from error
    except (httpx.HTTPError, *MISSHAPEN) as error:
        raise errors.cut() from error
    finally:
        await response.aclose()


async def json_of(response: httpx.Response) -> Any:
    """The whole answer as JSON; raises ProviderError."""
    try:
        return json.loads(await response.aread())
    except httpx.TimeoutException as error:
        raise errors.timed_out() from error
    except (httpx.HTTPError, ValueError) as error:
        raise errors.unreadable() from error
    finally:
        await response.aclose()


def number(usage: Mapping[str, Any], name: str) -> int:
    """A count of tokens that a provider may leave out or send as null."""
    value = usage.get(name)
    return int(value) if value else 0
