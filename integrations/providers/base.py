"""The AI provider interface: one async stream of typed events, whoever answers."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, NoReturn
from uuid import UUID

from integrations.choices import Capability
from integrations.providers.errors import ProviderError

Role = Literal["system", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "refusal", "other"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that the model wants called, whole.

    `raw` is what the model wrote. `arguments` is that as an object; empty, and `problem` says why, when it is none.
    """

    id: str
    name: str
    arguments: Json
    raw: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message. `tool_calls` belong to an assistant's; a tool's answers `tool_call_id` of the tool `name`."""

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may ask for; `parameters` is the JSON schema of its arguments, an object."""

    name: str
    description: str
    parameters: Json


@dataclass(frozen=True, slots=True)
class OutputSchema:
    """The answer's text must be JSON that fits `schema`; `name` has letters, digits, `_` and `-` only."""

    name: str
    schema: Json


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of the knowledge base that an answer may rest on.

    `url` opens the source at the place; `place` is its page, where it has pages. `confidence` (0..1) is how likely it
    answers the question. `ranking` says why it stands where it stands. Times are those of the document's text and of
    the last look at its source.
    """

    document: str
    title: str
    heading: str
    text: str
    url: str
    score: float
    language: str
    id: int = 0
    document_id: UUID | None = None
    anchor: str = ""
    place: str = ""
    confidence: float = 0.0
    ranking: Json = field(default_factory=dict)
    changed_at: datetime | None = None
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """What to answer. `passages` are for providers that answer from them; a model gets them in its messages.

    `schema` asks for the provider's own structured output, which is still to be validated. `degraded` says why this
    provider is asked instead of the one that was wanted, as in `Route`.
    """

    model: str
    messages: Sequence[ChatMessage]
    language: str = "en"
    passages: Sequence[Passage] = ()
    max_tokens: int = 4096
    temperature: float | None = 0.7
    degraded: str = ""
    tools: Sequence[Tool] = ()
    schema: OutputSchema | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """The model will not answer: its words for that, empty when it has none. `Finish` with `refusal` follows."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them."""

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Finish:
    """The last event of a complete answer; without `usage` the provider reported none."""

    reason: FinishReason
    usage: Usage | None = None
    model: str = ""
    metadata: dict[str, object] = field(default_factory=dict)


ProviderEvent = Delta | ToolCall | Refusal | Finish


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer."""

    text: str
    reason: FinishReason
    usage: Usage | None
    model: str
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One vector for each text, in their order."""

    vectors: list[list[float]]
    usage: Usage | None
    model: str


@dataclass(frozen=True, slots=True)
class Relevance:
    """How well each text answers the question, in the texts' order. The scale is the model's own: more is better."""

    scores: list[float]
    usage: Usage | None
    model: str


class Provider(ABC):
    """A client of one provider. A stream that ends without `Finish` was cut and counts as failed."""

    # What the dialect can express; whether a model can do it says its row in the registry.
    can: ClassVar[frozenset[Capability]] = frozenset()

    @abstractmethod
    def stream(self, request: CompletionRequest) -> AsyncGenerator[ProviderEvent]:
        """Deltas, then tool calls or a refusal, then one `Finish`; raises ProviderError."""

    async def complete(self, request: CompletionRequest) -> Completion:
        """The same answer in one piece."""
        return await collect(self.stream(request))

    async def embed(self, model: str, texts: Sequence[str]) -> Embeddings:
        """A vector for each text; raises ProviderError."""
        unsupported("embeddings")

    async def rerank(self, model: str, question: str, texts: Sequence[str]) -> Relevance:
        """How well each text answers the question; raises ProviderError."""
        unsupported("reranking")

    @abstractmethod
    async def check(self) -> list[str]:
        """The names of the models served now; raises ProviderError when it cannot be reached."""

    @abstractmethod
    async def aclose(self) -> None: ...

    def require(self, request: CompletionRequest) -> None:
        """Raises ProviderError when the request needs what this provider cannot do."""
        if request.tools and Capability.TOOLS not in self.can:
            unsupported("tools")
        if request.schema and Capability.JSON_SCHEMA not in self.can:
            unsupported("structured output")


def unsupported(what: str) -> NoReturn:
    raise ProviderError("unsupported", f"This provider knows no {what}.", permanent=True)


async def collect(events: AsyncGenerator[Any]) -> Completion:
    """The ProviderEvents of one answer as a whole, others left out; raises ProviderError when the end is missing."""
    text: list[str] = []
    calls: list[ToolCall] = []
    refusal = ""
    async for item in events:
        match item:
            case Delta():
                text.append(item.text)
            case ToolCall():
                calls.append(item)
            case Refusal():
                refusal = item.text
            case Finish():
                return Completion("".join(text), item.reason, item.usage, item.model, tuple(calls), refusal)
    raise ProviderError("cut_stream", "The model's answer was cut off.", permanent=False)


__all__ = [
    "ChatMessage",
    "Completion",
    "CompletionRequest",
    "Delta",
    "Embeddings",
    "Finish",
    "FinishReason",
    "OutputSchema",
    "Passage",
    "Provider",
    "ProviderError",
    "ProviderEvent",
    "Refusal",
    "Relevance",
    "Tool",
    "ToolCall",
    "Usage",
    "collect",
]
