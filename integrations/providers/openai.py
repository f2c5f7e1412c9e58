"""OpenAI-compatible servers (OpenAI, OpenRouter, Ollama, vLLM, llama.cpp, LM Studio) through the official SDK."""

import json
import math
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from itertools import batched
from typing import Any, cast

import httpx2
import openai
from django.conf import settings

from integrations.choices import Capability
from integrations.providers import errors
from integrations.providers.base import (
    CompletionRequest,
    Delta,
    Embeddings,
    Finish,
    FinishReason,
    Json,
    Provider,
    ProviderError,
    ProviderEvent,
    Refusal,
    Relevance,
    Usage,
)
from integrations.providers.http import MISSHAPEN, number
from integrations.providers.network import transport2
from integrations.providers.openai_wire import arguments_of
from integrations.providers.retry import RetryThrottle, with_retries
from integrations.providers.sse import batches
from integrations.providers.tool_calls import ToolCallAssembler

# Tokens that came together are passed on together, but a budget is looked at more often than that.
MERGED_FRAMES = 16
# The SDK insists on a key; servers that need none ignore this one.
NO_KEY = "none"
# A server may find out in the middle of an answer that the account is used up.
RATE_LIMITS = frozenset({"rate_limit_exceeded", "rate_limit_error", "insufficient_quota"})
REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}


class OpenAIProvider(Provider):
    """One account on one server. Retries happen only before the first token."""

    can = frozenset({Capability.STREAMING, Capability.TOOLS, Capability.JSON_SCHEMA, Capability.EMBEDDINGS})

    def __init__(self, *, base_url: str, api_key: str, http_client: httpx2.AsyncClient | None = None) -> None:
        self._throttle = RetryThrottle()
        self._client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=api_key or NO_KEY,
            max_retries=0,
            timeout=httpx2.Timeout(settings.PROVIDER_TIMEOUT_SECONDS, connect=5.0),
            http_client=http_client or openai.DefaultAsyncHttpxClient(transport=transport2(base_url)),
        )

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[ProviderEvent]:
        self.require(request)
        # The SDK builds a model object for every frame, which costs more than everything else that is done for a token.
        raw = self._client.chat.completions.with_streaming_response
        response = await self._call(lambda: raw.create(**arguments_of(request)).__aenter__())
        try:
            async for event in _events(batches(response.http_response.aiter_bytes())):
                yield event
        except openai.APIError as error:
            raise translate(error) from error
        except httpx2.TimeoutException as error:
            raise errors.timed_out() from error
        except (httpx2.HTTPError, *MISSHAPEN) as error:
            raise errors.cut() from error
        finally:
            await response.close()

    async def embed(self, model: str, texts: Sequence[str]) -> Embeddings:
        answer = await self._call(
            lambda: self._client.embeddings.create(model=model, input=list(texts), encoding_format="float")
        )
        try:
            return _embeddings(answer, len(texts))
        except MISSHAPEN as error:
            raise errors.unreadable() from error

    async def rerank(self, model: str, question: str, texts: Sequence[str]) -> Relevance:
        """By `POST {base_url}/rerank`, which Cohere began and vLLM, llama.cpp, Jina, LocalAI and others speak."""
        body = {"model": model, "query": question, "documents": list(texts), "top_n": len(texts)}
        answer = await self._call(lambda: self._client.post("/rerank", body=body, cast_to=object))
        try:
            return _relevance(answer, len(texts))
        except MISSHAPEN as error:
            raise errors.unreadable() from error

    async def check(self) -> list[str]:
        try:
            page = await self._client.with_options(timeout=5.0).models.list()
            return [model.id for model in page.data or []]
        except openai.APIError as error:
            raise translate(error) from error
        except (httpx2.HTTPError, *MISSHAPEN) as error:
            raise errors.unreadable() from error

    async def aclose(self) -> None:
        await self._client.close()

    async def _call(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        async def once() -> Any:
            try:
                return await ask()
            except openai.APIError as error:
                raise translate(error) from error
            except (httpx2.HTTPError, json.JSONDecodeError) as error:
                raise errors.unreadable() from error

        return await with_retries(once, self._throttle)


async def _events(stream: AsyncIterator[list[Json]]) -> AsyncIterator[ProviderEvent]:
    """The text as it comes; tool calls, a refusal and the end once the server has said that it is complete."""
    answer = _Answer()
    async for batch in stream:
        for frames in batched(batch, MERGED_FRAMES):
            if text := answer.take(frames):
                yield Delta(text)
            if answer.failure:
                raise answer.failure
    if not answer.reason:
        raise errors.cut()
    for call in answer.calls.whole():
        yield call
    if answer.refusal:
        yield Refusal(answer.refusal)
    yield Finish("refusal" if answer.refusal else REASONS.get(answer.reason, "other"), answer.usage, answer.model)


class _Answer:
    """What the frames of an answer have said so far."""

    def __init__(self) -> None:
        self.reason = self.refusal = self.model = ""
        self.usage: Usage | None = None
        self.calls = ToolCallAssembler()
        # Why no more frames were taken; the text before it still counts.
        self.failure: Exception | None = None

    def take(self, frames: Iterable[Json]) -> str:
        """The text of these frames, in one piece: what comes together costs no more than one token."""
        texts = []
        try:
            for frame in frames:
                texts.append(self._take(frame))
        except (ProviderError, *MISSHAPEN) as error:
            self.failure = error
        return "".join(texts)

    def _take(self, frame: Json) -> str:
        if error := frame.get("error"):
            raise _failure_in(error)
        self.model = str(frame.get("model") or self.model)
        if counts := frame.get("usage"):
            self.usage = Usage(number(counts, "prompt_tokens"), number(counts, "completion_tokens"))
        for choice in (frame.get("choices") or ())[:1]:
            delta: Json = choice.get("delta") or {}
            self.refusal += delta.get("refusal") or ""
            _add_fragments(self.calls, delta)
            self.reason = choice.get("finish_reason") or self.reason
            return str(delta.get("content") or "")
        return ""


def _failure_in(error: Any) -> ProviderError:
    """A failure that a server reports in the middle of its answer."""
    kind = str((error.get("code") or error.get("type") or "") if isinstance(error, dict) else "")
    if kind in RATE_LIMITS:
        return errors.of_status(429, headers={}, code=kind)
    return ProviderError("unavailable", "The provider failed.", permanent=False)


def _add_fragments(calls: ToolCallAssembler, delta: Json) -> None:
    for fragment in delta.get("tool_calls") or ():
        function = fragment.get("function") or {}
        calls.add(
            fragment.get("index") or 0,
            id=fragment.get("id") or "",
            name=function.get("name") or "",
            piece=function.get("arguments") or "",
        )


def _embeddings(answer: Any, expected: int) -> Embeddings:
    rows = sorted(answer.data, key=lambda row: row.index)
    if [row.index for row in rows] != list(range(expected)):
        raise ValueError("not one vector for each text")
    usage = Usage(answer.usage.prompt_tokens, 0) if answer.usage else None
    return Embeddings([[float(number) for number in row.embedding] for row in rows], usage, answer.model or "")


def _relevance(answer: Any, expected: int) -> Relevance:
    """Every text has one score, whatever their order in the answer."""
    scores = {int(row["index"]): float(row["relevance_score"]) for row in answer["results"]}
    if sorted(scores) != list(range(expected)) or not all(map(math.isfinite, scores.values())):
        raise ValueError("not one score for each text")
    counts = answer.get("usage") or {}
    usage = Usage(number(counts, "total_tokens"), 0) if counts else None
    return Relevance([scores[index] for index in range(expected)], usage, str(answer.get("model") or ""))


def translate(error: openai.APIError) -> ProviderError:
    """The SDK's error as ours; never carries the server's text, which may echo a key."""
    if isinstance(error, openai.APITimeoutError):
        # Nobody took the call: another attempt costs nothing.
        return errors.unreachable() if isinstance(error.__cause__, httpx2.ConnectTimeout) else errors.timed_out()
    if isinstance(error, openai.APIConnectionError):
        return errors.unreachable(error)
    kind = str(error.code or error.type or "")
    if isinstance(error, openai.APIStatusError):
        headers = cast("dict[str, str]", error.response.headers)
        return errors.of_status(error.status_code, headers=headers, code=kind, text=error.message)
    return ProviderError("unavailable", "The provider failed.", permanent=False)
