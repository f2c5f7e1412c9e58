"""Anthropic's Messages API over plain HTTP."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field

import httpx

from integrations.choices import Capability
from integrations.providers import errors
from integrations.providers.anthropic_wire import body_of
from integrations.providers.base import (
    CompletionRequest,
    Delta,
    Finish,
    FinishReason,
    Json,
    Provider,
    ProviderError,
    ProviderEvent,
    Refusal,
    Usage,
)
from integrations.providers.http import CHECK_SECONDS, MISSHAPEN, json_of, number, reading, send, timeouts
from integrations.providers.network import transport
from integrations.providers.retry import RetryThrottle, with_retries
from integrations.providers.sse import frames
from integrations.providers.tool_calls import ToolCallAssembler

API_VERSION = "2026-10-21"
REASONS: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "refusal",
}
OVERLOADED = frozenset({"overloaded_error", "rate_limit_error"})


class AnthropicProvider(Provider):
    """One account. Retries happen only before the first token."""

    can = frozenset({Capability.STREAMING, Capability.TOOLS, Capability.JSON_SCHEMA})

    def __init__(self, *, base_url: str, api_key: str) -> None:
        self._throttle = RetryThrottle()
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/"),
            headers={"x-api-key": api_key, "anthropic-version": API_VERSION},
            timeout=timeouts(),
            transport=transport(base_url),
        )

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[ProviderEvent]:
        self.require(request)
        call = self._client.build_request
        response = await with_retries(
            lambda: send(self._client, call("POST", "/v1/messages", json=body_of(request))), self._throttle
        )
        async with reading(response):
            async for event in _events(response):
                yield event

    async def check(self) -> list[str]:
        request = self._client.build_request("GET", "/v1/models", timeout=CHECK_SECONDS)
        answer = await json_of(await send(self._client, request))
        try:
            return [str(model["id"]) for model in answer["data"]]
        except MISSHAPEN as error:
            raise errors.unreadable() from error

    async def aclose(self) -> None:
        await self._client.aclose()


@dataclass(slots=True)
class _Answer:
    """What the frames have said so far."""

    reason: str = ""
    model: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    counted: bool = False
    finished: bool = False
    calls: ToolCallAssembler = field(default_factory=ToolCallAssembler)

    def take(self, frame: Json) -> str:
        """Notes the frame; the text that it adds to the answer."""
        match frame.get("type"):
            case "message_start":
                self.model = str(frame["message"].get("model") or "")
                self._count(frame["message"].get("usage"))
            case "content_block_start":
                self._open_block(frame)
            case "content_block_delta":
                return self._grow_block(frame)
            case "message_delta":
                self.reason = frame["delta"].get("stop_reason") or self.reason
                self._count(frame.get("usage"))
            case "message_stop":
                self.finished = True
            case "error":
                raise _error_frame(frame)
        return ""

    def _open_block(self, frame: Json) -> None:
        block = frame["content_block"]
        if block.get("type") == "tool_use":
            self.calls.add(int(frame["index"]), id=str(block["id"]), name=str(block["name"]))

    def _grow_block(self, frame: Json) -> str:
        delta = frame["delta"]
        if delta.get("type") == "input_json_delta":
            self.calls.add(int(frame["index"]), piece=str(delta.get("partial_json") or ""))
        return str(delta["text"]) if delta.get("type") == "text_delta" else ""

    def _count(self, usage: Json | None) -> None:
        """Counts are cumulative; input that came from or went into the cache is said apart."""
        if not usage:
            return
        self.counted = True
        names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
        self.tokens_in = sum(number(usage, name) for name in names) or self.tokens_in
        self.tokens_out = number(usage, "output_tokens") or self.tokens_out


async def _events(response: httpx.Response) -> AsyncIterator[ProviderEvent]:
    answer = _Answer()
    async for frame in frames(response.aiter_bytes()):
        if text := answer.take(frame):
            yield Delta(text)
    if not answer.finished:
        raise errors.cut()
    for call in answer.calls.whole():
        yield call
    reason = REASONS.get(answer.reason, "other")
    if reason == "refusal":
        # What was said before stands as text; the API gives no words of its own for the refusal.
        yield Refusal("")
    usage = Usage(answer.tokens_in, answer.tokens_out) if answer.counted else None
    yield Finish(reason, usage, answer.model)


def _error_frame(frame: Json) -> ProviderError:
    kind = (frame.get("error") or {}).get("type")
    code = "rate_limited" if kind in OVERLOADED else "unavailable"
    return ProviderError(code, "The provider failed while answering.", permanent=False)
