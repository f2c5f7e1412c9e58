"""GigaChat over plain HTTP, with access tokens and a certificate authority of its own."""

import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any

import httpx
from django.conf import settings

from integrations.choices import Capability
from integrations.providers import errors
from integrations.providers.base import (
    CompletionRequest,
    Delta,
    Embeddings,
    Finish,
    Json,
    Provider,
    ProviderError,
    ProviderEvent,
    Usage,
)
from integrations.providers.gigachat.token import TokenSource
from integrations.providers.gigachat.wire import REASONS, body_of, call_of
from integrations.providers.http import CHECK_SECONDS, MISSHAPEN, json_of, number, reading, send, timeouts
from integrations.providers.network import transport
from integrations.providers.retry import RetryThrottle, with_retries
from integrations.providers.sse import frames


class GigaChatProvider(Provider):
    """One account. Retries happen only before the first token."""

    can = frozenset({Capability.STREAMING, Capability.TOOLS, Capability.JSON_SCHEMA, Capability.EMBEDDINGS})

    def __init__(self, *, base_url: str, credentials: str) -> None:
        self._throttle = RetryThrottle()
        self._base_url = base_url.rstrip("/")
        tls = _trust()
        self._client = httpx.AsyncClient(verify=tls, timeout=timeouts(), transport=transport(base_url, tls=tls))
        self._tokens = TokenSource(self._client, credentials=credentials)

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[ProviderEvent]:
        self.require(request)
        response = await self._open("POST", "/chat/completions", json=body_of(request))
        async with reading(response):
            async for event in _events(response):
                yield event

    async def embed(self, model: str, texts: Sequence[str]) -> Embeddings:
        answer = await json_of(await self._open("POST", "/embeddings", json={"model": model, "input": list(texts)}))
        try:
            return _embeddings(answer, len(texts))
        except MISSHAPEN as error:
            raise errors.unreadable() from error

    async def check(self) -> list[str]:
        answer = await json_of(await self._open("GET", "/models", timeout=CHECK_SECONDS))
        try:
            return [str(model["id"]) for model in answer["data"]]
        except MISSHAPEN as error:
            raise errors.unreadable() from error

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _open(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            token = await self._tokens.get()
            try:
                return await self._send(method, path, token, options)
            except ProviderError as error:
                if error.code != "invalid_api_key":
                    raise
            # Revoked before its time: one more call with a new one tells whether the key itself is refused.
            self._tokens.drop(token)
            return await self._send(method, path, await self._tokens.get(), options)

        return await with_retries(once, self._throttle)

    async def _send(self, method: str, path: str, token: str, options: Json) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        request = self._client.build_request(method, f"{self._base_url}{path}", headers=headers, **options)
        return await send(self._client, request)


def _trust() -> ssl.SSLContext:
    """The usual certificate authorities and the one that GIGACHAT_CA_BUNDLE_FILE names."""
    context = ssl.create_default_context()
    if settings.GIGACHAT_CA_BUNDLE_FILE:
        try:
            context.load_verify_locations(settings.GIGACHAT_CA_BUNDLE_FILE)
        except OSError as error:
            text = "The file that GIGACHAT_CA_BUNDLE_FILE names holds no certificates that can be read."
            raise ProviderError("unavailable", text, permanent=True) from error
    return context


async def _events(response: httpx.Response) -> AsyncIterator[ProviderEvent]:
    reason, usage, model, state_id, call = "", None, "", "", None
    async for frame in frames(response.aiter_bytes()):
        model = str(frame.get("model") or model)
        if counts := frame.get("usage"):
            usage = Usage(number(counts, "prompt_tokens"), number(counts, "completion_tokens"))
        for choice in (frame.get("choices") or ())[:1]:
            delta: Json = choice.get("delta") or {}
            state_id = str(delta.get("functions_state_id") or state_id)
            call = call_of(delta, state_id) or call
            if text := delta.get("content"):
                yield Delta(str(text))
            reason = choice.get("finish_reason") or reason
    if reason == "error":
        raise ProviderError("unavailable", "The provider failed while answering.", permanent=False)
    if not reason:
        raise errors.cut()
    if call:
        yield call
    yield Finish(REASONS.get(reason, "other"), usage, model)


def _embeddings(answer: Any, expected: int) -> Embeddings:
    rows = sorted(answer["data"], key=lambda row: row["index"])
    if [row["index"] for row in rows] != list(range(expected)):
        raise ValueError("not one vector for each text")
    tokens = sum(number(row.get("usage") or {}, "prompt_tokens") for row in rows)
    vectors = [[float(value) for value in row["embedding"]] for row in rows]
    return Embeddings(vectors, Usage(tokens, 0) if tokens else None, str(answer.get("model") or ""))
