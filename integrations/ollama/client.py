"""Ollama's own API, beside the OpenAI wire on which it answers questions."""

import asyncio
import json
from types import TracebackType
from typing import Any, Self

import httpx

from integrations.ollama import wire
from integrations.ollama.names import root_of
from integrations.providers import errors
from integrations.providers.errors import ProviderError
from integrations.providers.http import CONNECT_SECONDS, send
from integrations.providers.network import transport
from integrations.providers.pool import Account

LOOK_SECONDS = 5.0
UNLOAD_SECONDS = 10.0
LOAD_SECONDS = 60.0
KEEP_ALIVE = "10m"
MOST_BYTES = 4_000_000
# Answers of a server that knows no such route.
NOT_OLLAMA = frozenset({"bad_request", "invalid_api_key", "model_not_found"})


class OllamaClient:
    """One server; to be used in an `async with`. Everything raises ProviderError and ends in bounded time."""

    def __init__(self, account: Account, *, look_seconds: float = LOOK_SECONDS) -> None:
        self._look_seconds = look_seconds
        self._root = root_of(account.base_url)
        headers = {"Accept-Encoding": "identity"}
        if account.api_key:
            headers["Authorization"] = f"Bearer {account.api_key}"
        self._client = httpx.AsyncClient(
            transport=transport(account.base_url), headers=headers, follow_redirects=False, timeout=look_seconds
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def version(self) -> str:
        """Empty when the server is there and is not Ollama."""
        try:
            return wire.read_version(await self._ask("GET", "/api/version"))
        except ValueError:
            return ""
        except ProviderError as error:
            if error.code in NOT_OLLAMA:
                return ""
            raise

    async def look(self) -> wire.Seen:
        """What it has, and what of that is in memory."""
        try:
            installed = wire.read_installed(await self._own("GET", "/api/tags"))
            return wire.Seen(installed, await self.in_memory())
        except ValueError as error:
            raise errors.unreadable() from error

    async def in_memory(self) -> tuple[wire.InMemory, ...]:
        try:
            return wire.read_in_memory(await self._own("GET", "/api/ps"))
        except ValueError as error:
            raise errors.unreadable() from error

    async def load(self, name: str, *, makes_vectors: bool = False) -> None:
        """Into memory, without a word being generated: an empty prompt only loads."""
        body: dict[str, Any] = {"model": name, "keep_alive": KEEP_ALIVE}
        if makes_vectors:
            await self._own("POST", "/api/embed", {**body, "input": ""}, seconds=LOAD_SECONDS)
        else:
            await self._own("POST", "/api/generate", {**body, "prompt": "", "stream": False}, seconds=LOAD_SECONDS)

    async def unload(self, name: str) -> None:
        """A model that the server no longer has needs no unloading."""
        try:
            body = {"model": name, "keep_alive": 0, "stream": False}
            await self._own("POST", "/api/generate", body, seconds=UNLOAD_SECONDS)
        except ProviderError as error:
            if error.code != "model_not_found":
                raise

    async def _own(self, method: str, path: str, body: Any = None, *, seconds: float | None = None) -> Any:
        """What it refuses of its own routes is a fault of the server, not of anybody's question."""
        try:
            return await self._ask(method, path, body, seconds=seconds)
        except ProviderError as error:
            if error.code != "bad_request":
                raise
            raise ProviderError("unavailable", "The server refused the request.", permanent=True) from error

    async def _ask(self, method: str, path: str, body: Any = None, *, seconds: float | None = None) -> Any:
        """The answer's JSON; raises ValueError for a body that is none."""
        seconds = seconds or self._look_seconds
        limits = httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
        request = self._client.build_request(method, f"{self._root}{path}", json=body, timeout=limits)
        try:
            async with asyncio.timeout(seconds):
                return json.loads(await _body(await send(self._client, request)))
        except TimeoutError as error:
            raise errors.timed_out() from error
        except httpx.HTTPError as error:
            raise errors.cut() from error
        except RecursionError as error:
            raise ValueError("nested too deep") from error


async def _body(response: httpx.Response) -> bytes:
    """As it is on the wire: nothing is unpacked, because nothing packed was asked for."""
    try:
        body = b""
        async for part in response.aiter_raw():
            body += part
            if len(body) > MOST_BYTES:
                raise errors.unreadable()
        return body
    finally:
        await response.aclose()
