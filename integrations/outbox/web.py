"""HTTP for transports: through the guarded door, and honest about whether a request may have arrived."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from asgiref.sync import async_to_sync

from integrations.http import GuardedClient, OutgoingError, Policy, RefusedRequest, Request, StreamedResponse
from integrations.outbox.errors import DeliveryError, OutcomeUnknown

# Failures before the first byte of the request has left.
NEVER_LEFT = frozenset({"dns", "connect", "tls"})


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is at most as long as was asked for; a longer one was cut off."""

    status: int
    headers: httpx.Headers
    body: bytes


def call(request: Request, *, policy: Policy, hand_over: Callable[[], None], most_bytes: int) -> Answer:
    """One request, never repeated here; raises DeliveryError when it cannot have arrived, else OutcomeUnknown."""
    hand_over()
    return async_to_sync(call_async)(request, policy=policy, most_bytes=most_bytes)


async def call_async(request: Request, *, policy: Policy, most_bytes: int) -> Answer:
    """As `call`, on an event loop."""
    try:
        async with GuardedClient(policy).stream(request) as response:
            return Answer(response.status, response.headers, await _beginning(response, most_bytes))
    except RefusedRequest as error:
        raise DeliveryError(error.message, code=error.code, permanent=True) from error
    except OutgoingError as error:
        if error.code in NEVER_LEFT or isinstance(error.__cause__, httpx.ConnectTimeout | httpx.PoolTimeout):
            raise DeliveryError(error.message, code=error.code, everywhere=True) from error
        raise OutcomeUnknown(error.message, code=error.code) from error


async def _beginning(response: StreamedResponse, most_bytes: int) -> bytes:
    """What there is to read of the body. The status has come: a damaged body does not take it back."""
    body = bytearray()
    try:
        async for chunk in response.chunks:
            body += chunk
            if len(body) >= most_bytes:
                break
    except OutgoingError:
        pass
    return bytes(body[:most_bytes])


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds to wait by the header Retry-After, a number or a date; None without a usable one."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
