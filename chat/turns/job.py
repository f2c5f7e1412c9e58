"""Loading a turn and ending it: the database's side of a generation."""

import logging
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from chat.choices import Channel, MessageRole, MessageState, TurnState
from chat.experience.lessons import NOTHING as NO_LESSONS
from chat.experience.lessons import Lessons, lessons_for
from chat.experience.personality import persona
from chat.experience.recording import record
from chat.memory.extraction.planning import plan_extraction
from chat.memory.holders import Holder, holder_of_conversation
from chat.memory.recall import NOTHING as NO_MEMORIES
from chat.memory.recall import Recalled, note_recalled, recall_for
from chat.memory.wake import wake
from chat.models import Message, Turn, TurnStep
from chat.pipeline.routing import Chains, chains
from chat.pipeline.steps import StepLog
from chat.pipeline.verification import Judgement
from chat.prompts.live import LivePrompts, live_prompts
from chat.scopes import ASSISTANT_SCOPE, WIDGET_SCOPE
from chat.services.turns import key_place
from chat.turns.copilot import copilot_chain
from chat.turns.prompt import prompt_key
from config.api import utc_z
from integrations.calls.chain import Total
from integrations.providers.base import ChatMessage, Passage, Usage
from integrations.remember import remembered
from integrations.secretbox import SealBroken, unseal
from integrations.services.environment import LOCAL_ANSWERS
from integrations.services.routing import Route, chain_for, shown_title
from integrations.services.usage import Caller
from integrations.text.smalltalk import small_talk
from knowledge.search import Filters, SearchResult, search
from knowledge.services.citations import note_citations
from knowledge.services.questions import note_unanswered

logger = logging.getLogger(__name__)

FINAL_STATES = {
    TurnState.DONE: MessageState.COMPLETE,
    TurnState.STOPPED: MessageState.PARTIAL,
    TurnState.FAILED: MessageState.PARTIAL,
}


# Where the assistant itself is talked to.
PERSONAL = frozenset({Channel.PAGE, Channel.ASSISTANT})


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed turn with all that its generation needs. `routes` are the models to ask, in order."""

    turn_id: UUID
    conversation_id: UUID
    answer_id: UUID
    channel: str
    language: str
    question: str
    history: list[ChatMessage]
    routes: list[Route]
    caller: Caller
    client_note: str
    leaves_out: str
    scope: str
    # Whose memory the answer may use; None where nothing is remembered.
    holder: Holder | None
    stop_requested: bool
    last_seq: int
    trace: str
    prompts: LivePrompts
    # Whether the question is analysed, and hard ones are planned and judged.
    thinks: bool
    # Whether the asker has chosen the model; what thinks is then chosen with it.
    chosen_model: bool
    # The chains of the roles that work in the pipeline.
    roles: Chains
    # The person's own words: the question, then earlier ones, the newest first.
    said: tuple[str, ...]

    def title(self, route: Route) -> str:
        """The model's title in the language of the answer."""
        with override(self.language):
            return shown_title(route.model_key, route.title)


@dataclass(frozen=True, slots=True)
class Context:
    """What the server knows that may be of use for a question."""

    found: SearchResult | None = None
    recalled: Recalled = NO_MEMORIES
    lessons: Lessons = NO_LESSONS
    persona: str = ""

    @property
    def passages(self) -> list[Passage]:
        return self.found.passages if self.found else []

    @property
    def degraded(self) -> str | None:
        """Why search was worse than it should be."""
        return (self.found.degraded if self.found else "") or None

    def data(self) -> dict[str, Any]:
        return {
            "passages": [passage.id for passage in self.passages],
            "memories": [str(pk) for pk in self.recalled.ids],
            "lessons": list(self.lessons.ids),
            "degraded": self.degraded,
        }


@dataclass(slots=True)
class Outcome:
    """How a generation ended. `code` is one of chat.errors.ERROR_TEXTS when it failed.

    `failed` are the models that were asked before `route`, each with the code of its error. `thought` is what metadata
    says of the pipeline, `judgement` what a model said of the answer; `steps` are all stages.
    """

    state: TurnState
    text: str
    route: Route
    code: str = ""
    total: Total = field(default_factory=lambda: Total(Usage(0, 0), Decimal(0), False))
    failed: list[tuple[str, str]] = field(default_factory=list)
    first_token_ms: int | None = None
    duration_ms: int = 0
    reason: str = ""
    last_seq: int = 0
    passages: list[Passage] = field(default_factory=list)
    context: Context = field(default_factory=Context)
    artifact_id: str = ""
    teaches: bool = False
    task_type: str = ""
    thought: dict[str, Any] = field(default_factory=dict)
    judgement: Judgement = field(default_factory=Judgement)
    steps: StepLog = field(default_factory=StepLog)


def load_job(turn_id: UUID) -> Job:
    turn = Turn.objects.select_related("conversation__owner", "question").get(pk=turn_id)
    history = _history(turn)
    thinks = settings.ANSWER_PIPELINE and turn.conversation.channel in PERSONAL
    return Job(
        turn_id=turn.pk,
        conversation_id=turn.conversation_id,
        answer_id=turn.answer_id,
        channel=turn.conversation.channel,
        language=turn.options.get("language", "en"),
        question=turn.question.content,
        history=history,
        routes=_routes(turn),
        caller=Caller(turn.conversation.owner, turn.pk, visitor=turn.conversation.owner is None),
        client_note=str(turn.options.get("client_note", "")),
        leaves_out=str(turn.options.get("leaves_out", "")),
        scope=scope_of(turn),
        holder=_holder(turn),
        stop_requested=turn.stop_requested,
        last_seq=turn.last_seq,
        trace=str(turn.options.get("trace", turn.pk)),
        prompts=live_prompts(),
        thinks=thinks,
        chosen_model=bool(turn.requested_model),
        roles=chains() if thinks else {},
        said=tuple(message.content for message in reversed(history) if message.role == "user"),
    )


def _holder(turn: Turn) -> Holder | None:
    """Whose memory counts; visitors of other sites and workflows are not remembered."""
    return holder_of_conversation(turn.conversation) if turn.conversation.channel in PERSONAL else None


def scope_of(turn: Turn) -> str:
    """Which restricted documents the answer may rest on."""
    widget = turn.conversation.widget_id
    return f"{WIDGET_SCOPE}:{widget}" if widget else ASSISTANT_SCOPE


def _history(turn: Turn) -> list[ChatMessage]:
    """The question and up to CHAT_HISTORY_MESSAGES messages before it, the oldest first."""
    messages = [ChatMessage(_ROLES[role], content) for role, content in reversed(_earlier(turn))]
    return [*messages, ChatMessage("user", turn.question.content)]


def _earlier(turn: Turn) -> list[tuple[str, str]]:
    after = turn.conversation.context_after
    if turn.question.position <= after + 1:
        return []
    before = Message.objects.filter(
        conversation_id=turn.conversation_id, position__gt=after, position__lt=turn.question.position
    )
    newest = before.exclude(content="").order_by("-position").values_list("role", "content")
    return list(newest[: settings.CHAT_HISTORY_MESSAGES])


_ROLES: dict[str, Any] = {
    MessageRole.USER: "user",
    MessageRole.ASSISTANT: "assistant",
    MessageRole.SYSTEM: "system",
}


def _routes(turn: Turn) -> list[Route]:
    if turn.conversation.channel != Channel.COPILOT:
        return remembered(("chain", turn.requested_model), lambda: chain_for(turn.requested_model))
    try:
        key = unseal(turn.sealed_key, place=key_place(turn)) if turn.sealed_key else ""
    except SealBroken:
        logger.warning("the caller's key of turn %s cannot be opened", turn.pk)
        key = ""
    return copilot_chain(provider=turn.options.get("provider", "openai"), model=turn.requested_model, api_key=key)


def find_passages(question: str, language: str, *, scope: str = "", without: str = "") -> SearchResult:
    """What the knowledge base says to the question in `scope`, the collection `without` left out."""
    return search(question, scope=scope, language=language, filters=Filters(without=without), limit=5)


def find_context(job: Job, task_type: str) -> Context:
    """What the server knows that may help with the question; at one go in a database thread."""
    found = find_passages(job.question, job.language, scope=job.scope, without=job.leaves_out)
    recalled = recall_for(job.holder, job.question, language=job.language)
    if not job.thinks:
        return Context(found, recalled)
    lessons = lessons_for(job.holder, task_type, language=job.language)
    return Context(found, recalled, lessons, persona(job.language))


@transaction.atomic
def finish_turn(job: Job, worker: str, outcome: Outcome) -> dict[str, Any] | None:
    """Ends the turn, unless it was taken from this worker meanwhile; returns the answer's metadata."""
    metadata = answer_metadata(job, outcome)
    now = timezone.now()
    ended = Turn.objects.filter(pk=job.turn_id, state=TurnState.RUNNING, worker=worker).update(
        state=outcome.state,
        error_code=outcome.code,
        error_text="",
        provider_key=outcome.route.provider_key,
        model_key=outcome.route.model_key,
        input_tokens=outcome.total.usage.input_tokens,
        output_tokens=outcome.total.usage.output_tokens,
        usage_estimated=outcome.total.estimated,
        cost=outcome.total.cost,
        first_token_ms=outcome.first_token_ms,
        finished_at=now,
        lease_until=None,
        last_seq=outcome.last_seq,
        sealed_key="",
    )
    if not ended:
        return None
    Message.objects.filter(pk=job.answer_id).update(
        content=outcome.text, state=FINAL_STATES[outcome.state], metadata=metadata
    )
    TurnStep.objects.bulk_create(outcome.steps.rows(job.turn_id))
    if outcome.state == TurnState.DONE and outcome.text:
        _learn(job, outcome)
        outcome.teaches = plan_extraction(
            job.turn_id,
            question=job.question,
            model_key=outcome.route.model_key,
            learns=outcome.context.recalled.learns,
            passages=outcome.passages,
        )
    return metadata


def _learn(job: Job, outcome: Outcome) -> None:
    """What a model said of the answer; an outage and local answers teach nothing."""
    if outcome.task_type and outcome.route.model_key != LOCAL_ANSWERS:
        record(
            turn_id=job.turn_id,
            holder=job.holder,
            task_type=outcome.task_type,
            question=job.question,
            verdict=outcome.judgement.verdict,
            score=outcome.judgement.score,
            problems=outcome.judgement.problems,
            model_key=outcome.route.model_key,
            language=job.language,
        )


def note_search(job: Job, outcome: Outcome) -> None:
    """Tells memory what was of use, and the knowledge base what was cited, or that it had nothing to say, once the
    asker has been served."""
    if outcome.teaches:
        wake()
    if job.holder is not None and (used := _used(outcome)):
        note_recalled(job.holder, used)
    found = outcome.context.found
    if found is None or found.index is None:
        return
    if found.answered and outcome.text:
        reference, thread = f"turn:{job.turn_id}", f"conversation:{job.conversation_id}"
        note_citations(found.passages, reference=reference, thread=thread, scope=job.scope)
    elif not found.answered and not small_talk(job.question):
        note_unanswered(job.question, language=job.language, scope=job.scope)


def answer_metadata(job: Job, outcome: Outcome) -> dict[str, Any]:
    """What is said about an answer on every wire; `cost` is USD as a decimal string, over all attempts."""
    route, total = outcome.route, outcome.total
    return {
        "timestamp": utc_z(timezone.now()),
        # The assistant's clients know models by the keys of their roles.
        "model": (job.channel == Channel.ASSISTANT and route.role) or route.model_key,
        "model_title": job.title(route),
        "provider": route.provider_key,
        "role": route.role or None,
        "degraded": route.degraded or None,
        "prompt": _prompt(job, route),
        "failed_models": [{"model": key, "error": code} for key, code in outcome.failed],
        "input_tokens": total.usage.input_tokens,
        "output_tokens": total.usage.output_tokens,
        "usage_estimated": total.estimated,
        "cost": f"{total.cost:f}",
        "first_token_ms": outcome.first_token_ms,
        "duration_ms": outcome.duration_ms,
        "finish_reason": outcome.reason or None,
        "sources": _sources(outcome.passages),
        "search_degraded": outcome.context.degraded,
        **({"thought": outcome.thought} if outcome.thought else {}),
        **({"artifact": outcome.artifact_id} if outcome.artifact_id else {}),
        **({"memories": [str(pk) for pk in used]} if (used := _used(outcome)) else {}),
    }


def _prompt(job: Job, route: Route) -> dict[str, object] | None:
    """The prompt that the answer was written by; local answers follow none."""
    return None if route.model_key == LOCAL_ANSWERS else job.prompts.reference(prompt_key(job.channel))


def _used(outcome: Outcome) -> list[UUID]:
    """The memories that the model was given; local answers look at none."""
    return [] if outcome.route.model_key == LOCAL_ANSWERS else outcome.context.recalled.ids


def _sources(passages: list[Passage]) -> list[dict[str, str]]:
    return [
        {"title": passage.title, "heading": passage.heading, "url": passage.url, "place": passage.place}
        for passage in passages
    ]
