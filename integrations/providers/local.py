"""Local answers: what the product says when no language model is connected.

An extractive assistant. It quotes the passages that the caller found and says that it does; it makes up nothing.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from integrations.choices import Capability
from integrations.providers.base import CompletionRequest, Delta, Finish, Passage, Provider, ProviderEvent, Usage
from integrations.text.extract import excerpt, weigh
from integrations.text.smalltalk import SmallTalk, small_talk

NAME = "local-answers"
NO_MODEL = "no_model"
PROVIDER_DOWN = "provider_down"
# Words quoted from the best passage, the second, the third.
BUDGETS = (150, 70, 50)
# Further passages are quoted only when they come this close to the best one's score.
CLOSE_ENOUGH = 0.6
FENCES = ("```", "~~~")


class LocalAnswers(Provider):
    """The provider that is always there. Its answers come from `CompletionRequest.passages` alone.

    It is no model: tools, structured output and embeddings are refused.
    """

    can = frozenset({Capability.STREAMING})

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[ProviderEvent]:
        self.require(request)
        # Base forms may have to load a dictionary: not on the loop that carries everybody's streams.
        answer = await asyncio.to_thread(compose, request)
        pace = _Pace(settings.LOCAL_ANSWER_WORDS_PER_SECOND)
        for piece in pieces(answer):
            yield Delta(piece)
            await pace.wait()
        # The text itself names the passages that it quotes.
        metadata = {"degraded": request.degraded or NO_MODEL, "cites_in_text": True}
        yield Finish("stop", usage=Usage(0, 0), model=NAME, metadata=metadata)

    async def check(self) -> list[str]:
        return [NAME]

    async def aclose(self) -> None:
        """Nothing is held open."""


class _Pace:
    """Spreads pieces evenly over time; a slow reader is caught up with, not waited for twice."""

    def __init__(self, per_second: int) -> None:
        self._step = 1 / per_second if per_second else 0.0
        self._due = asyncio.get_running_loop().time()

    async def wait(self) -> None:
        if not self._step:
            return
        self._due += self._step
        await asyncio.sleep(self._due - asyncio.get_running_loop().time())


def pieces(text: str) -> Iterator[str]:
    """The text in words with the white space after them, code line by line; joined they are the text again."""
    in_code = False
    for line in text.splitlines(keepends=True):
        is_fence = line.lstrip().startswith(FENCES)
        if in_code or is_fence:
            yield line
        else:
            yield from re.findall(r"\S+\s*|\s+", line)
        in_code = in_code != is_fence


def compose(request: CompletionRequest) -> str:
    """The whole answer as Markdown, in the request's language."""
    question = next((message.content for message in reversed(request.messages) if message.role == "user"), "")
    with translation.override(request.language):
        if kind := small_talk(question):
            return _chat(kind)
        if not request.passages:
            return _nothing_found(_why(request))
        return _quote(question, _worth_quoting(request), why=_why(request))


def _worth_quoting(request: CompletionRequest) -> list[Passage]:
    """The best passages: those in the reader's language when there are any, close to the best one."""
    ranked = sorted(request.passages, key=lambda passage: -passage.score)
    own = [passage for passage in ranked if passage.language == request.language] or ranked
    return [passage for passage in own if passage.score >= CLOSE_ENOUGH * own[0].score][: len(BUDGETS)]


def _why(request: CompletionRequest) -> str:
    """Why no model answers; the first thing that the reader is told."""
    if request.degraded == PROVIDER_DOWN:
        return _("**The language model cannot be reached right now.**")
    return _("**No language model is connected.**")


def _quote(question: str, passages: list[Passage], *, why: str) -> str:
    weights = weigh(question, [passage.text for passage in passages])
    lead = _("This is what the knowledge base says, word for word:")
    parts = [f"{why} {lead}"]
    for passage, budget in zip(passages, BUDGETS, strict=False):
        parts += [f"**{_escaped(_name(passage))}**", excerpt(passage.text, weights, budget=budget)]
    links = [f"- [{_escaped(_name(passage))}]({_target(passage.url)})" for passage in _once(passages)]
    return "\n\n".join([*parts, "---", _("Sources:"), "\n".join(links)])


def _once(passages: list[Passage]) -> list[Passage]:
    """One passage per place: a long section may have given two."""
    return list({passage.url: passage for passage in reversed(passages)}.values())[::-1]


def _name(passage: Passage) -> str:
    return f"{passage.title} › {passage.heading}" if passage.heading else passage.title


def _escaped(text: str) -> str:
    """`text` with nothing that Markdown would take for a mark."""
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", " ".join(text.split()))


def _target(url: str) -> str:
    return re.sub(r"[\s()<>\\]", lambda match: f"%{ord(match[0]):02X}", url)


def _examples() -> str:
    questions = (
        _("How do I connect a language model?"),
        _("How do I change the address and the port?"),
        _("Who can see my conversations?"),
        _("How do I make a backup?"),
    )
    return "\n".join(f"- {question}" for question in questions)


def _connect() -> str:
    return _("For answers to any question, [connect a language model](/admin/) under “AI providers” in the admin.")


def _nothing_found(why: str) -> str:
    nothing = _("The knowledge base has nothing on this.")
    return "\n\n".join(
        [
            f"{why} {nothing}",
            _("What I can answer is in the [guide](/guide/). For example:"),
            _examples(),
            _connect(),
        ]
    )


def _introduction() -> str:
    return "\n\n".join(
        [
            _("**No language model is connected**, so I am not an AI: I look up the knowledge base and quote it."),
            _("Ask me, for example:"),
            _examples(),
            _connect(),
        ]
    )


def _chat(kind: SmallTalk) -> str:
    if kind == "identity":
        return _introduction()
    replies = {
        "greeting": _(
            "Hello! No language model is connected, but I can quote the knowledge base. What would you like to know?"
        ),
        "thanks": _("You are welcome. Ask on if anything is unclear."),
        "mood": _(
            "All is well, the knowledge base is open. No language model is connected, so small talk is not my strength."
        ),
        "farewell": _("Goodbye. The conversation stays here."),
    }
    return replies[kind]
