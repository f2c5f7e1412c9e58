"""Access tokens of GigaChat: short-lived, fetched with the account's authorization key."""

import asyncio
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx
from django.conf import settings

from integrations.providers import errors
from integrations.providers.http import MISSHAPEN, json_of, send

# Renewed so much before its end: a token must not expire on the way.
EARLY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Token:
    """`expires_at` is Unix time in seconds."""

    value: str = field(repr=False)
    expires_at: float

    def is_fresh(self) -> bool:
        return time.time() < self.expires_at - EARLY_SECONDS


class TokenSource:
    """The token of one account. Callers that come at the same time share one request for it."""

    def __init__(self, client: httpx.AsyncClient, *, credentials: str) -> None:
        self._client = client
        self._credentials = credentials
        self._lock = asyncio.Lock()
        self._token: Token | None = None

    async def get(self) -> str:
        """A token that is good for a minute at least; raises ProviderError."""
        async with self._lock:
            if self._token is None or not self._token.is_fresh():
                self._token = await self._fetch()
            return self._token.value

    def drop(self, value: str) -> None:
        """The server no longer takes this token; a newer one, which another caller fetched meanwhile, stays."""
        if self._token is not None and self._token.value == value:
            self._token = None

    async def _fetch(self) -> Token:
        request = self._client.build_request(
            "POST",
            settings.GIGACHAT_AUTH_URL,
            headers={"Authorization": f"Basic {self._credentials}", "RqUID": str(uuid.uuid4())},
            data={"scope": settings.GIGACHAT_SCOPE},
        )
        try:
            return _token_of(await json_of(await send(self._client, request)))
        except MISSHAPEN as error:
            raise errors.unreadable() from error


def _token_of(answer: Any) -> Token:
    """`expires_at` comes in milliseconds; the older form of the answer has `tok` and `exp`, in seconds."""
    if "access_token" in answer:
        return Token(str(answer["access_token"]), float(answer["expires_at"]) / 1000)
    return Token(str(answer["tok"]), float(answer["exp"]))
