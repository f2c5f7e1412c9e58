"""One turn from the question to the last event."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from chat.artifacts.turns import Made, answer_with_page, asks_for_page
from chat.artifacts.wire import with_artifact
from chat.choices import Channel, TurnState
from chat.errors import error_text
from chat.eventlog import EventType
from chat.turns.db import in_db, surely_in_db
from chat.turns.job import Job, Outcome, find_context, finish_turn, note_search
from chat.turns.prompt import build_messages
from chat.turns.writer import TurnWriter
from integrations.calls.chain import ModelCall
from integrations.calls.events import CallEvent, Started, Waiting
from integrations.providers.base import CompletionRequest, Delta, Finish, Passage, ProviderError, Refusal
from integrations.services.routing import Route

logger = logging.getLogger(__name__)

STAGE_TEXTS = {
    "retrieval": _("Searching the knowledge base…"),
    "waiting": _("Waiting for the model…"),
    "execution": _("Writing the answer…"),
    "generation": _("Building the page…"),
}


class Generation:
    """Runs a claimed turn. Cancelling it means: stop calling the model, keep what was written."""

    def __init__(self, job: Job, writer: TurnWriter, *, worker: str, closing: Callable[[], bool]) -> None:
        self.job = job
        self.writer = writer
        self._worker = worker
        self._closing = closing
        self._started = time.monotonic()
        self._call = ModelCall(job.routes, job.caller)
        self._outcome = Outcome(TurnState.DONE, "", job.routes[0])
        # Characters that the answer may still have.
        self._left = settings.ANSWER_MAX_LENGTH
        # The page that is the answer, if one was asked for.
        self._made: Made | None = None

    async def run(self) -> None:
        try:
            async with asyncio.timeout(settings.TURN_MAX_SECONDS):
                await self._answer()
        except ProviderError as error:
            self._provider_failed(error)
        except TimeoutError:
            self._fail("too_long")
        except asyncio.CancelledError:
            self._cancelled()
        except Exception:  # noqa: BLE001 - whatever broke, the asker gets an end and the log the traceback
            logger.exception("turn %s failed", self.job.turn_id)
            self._fail("internal")

    async def end(self) -> None:
        """Stores the outcome, then tells the readers; never cancelled half-way by the caller."""
        await self.writer.stop_flushing()
        outcome = self._complete_outcome()
        outcome.last_seq = self.writer.seq + len(self._last_events(outcome, {}))
        metadata = await surely_in_db(finish_turn, self.job, self._worker, outcome)
        if metadata is None:
            logger.warning("turn %s was taken over or deleted", self.job.turn_id)
            await self.writer.leave()
            return
        if self._made:
            metadata = await surely_in_db(with_artifact, metadata)
        await self.writer.finish(self._last_events(outcome, metadata))
        await self._note_search(outcome)

    async def _note_search(self, outcome: Outcome) -> None:
        """For staff alone: an answer that has been given is not spoilt by it."""
        try:
            await in_db(note_search, self.job, outcome)
        except DatabaseError:
            logger.warning("turn %s: its search could not be noted", self.job.turn_id, exc_info=True)

    async def _answer(self) -> None:
        if self.job.stop_requested:
            raise asyncio.CancelledError
        if asks_for_page(self.job) and await self._make_page():
            return
        passages = await self._retrieve()
        async with contextlib.aclosing(self._call.stream(partial(self._request, passages))) as events:
            async for item in events:
                if type(item) is not Delta:
                    await self._note(item)
                elif not self._write(item.text):
                    break
                elif self.writer.is_behind:
                    await self.writer.flush()

    async def _make_page(self) -> bool:
        """Answers with a page; False when none could be made, and the question is answered like any other."""
        await self._stage("generation", None)
        self._made = await answer_with_page(self.job)
        return self._made is not None and self._write(self._made.text)

    def _write(self, text: str) -> bool:
        """Adds to the answer; False when it has reached its longest length."""
        if self._outcome.first_token_ms is None:
            self._outcome.first_token_ms = self._elapsed_ms()
        self._left -= len(text)
        self.writer.add(text if self._left >= 0 else text[: self._left])
        if self._left > 0:
            return True
        self._outcome.reason = "length"
        return False

    async def _note(self, item: CallEvent) -> None:
        """What is not text."""
        match item:
            case Waiting():
                await self._stage("waiting", self._named(item.route))
            case Started():
                await self._stage("execution", self._named(item.route))
            case Refusal():
                await self._refused(item.text)
            case Finish():
                self._outcome.reason = item.reason
                if item.metadata.get("cites_in_text"):
                    self._outcome.passages = []

    async def _refused(self, words: str) -> None:
        """A model that says in its own words that it will not has answered; one that says nothing has not."""
        if words:
            self._write(words)
        elif not self.writer.text.strip():
            raise ProviderError("refused", "The model declined to answer.", permanent=True)

    def _named(self, route: Route) -> dict[str, object]:
        return {"model": route.model_key, "model_title": self.job.title(route)}

    async def _retrieve(self) -> list[Passage]:
        if self.job.channel == Channel.COPILOT:
            return []
        await self._stage("retrieval", None)
        found, self._outcome.recalled = await surely_in_db(find_context, self.job)
        self._outcome.found, self._outcome.passages = found, found.passages
        return found.passages

    async def _stage(self, stage: str, metadata: dict[str, object] | None) -> None:
        with override(self.job.language):
            text = str(STAGE_TEXTS[stage])
        await self.writer.stage(stage, text, metadata)

    def _request(self, passages: list[Passage], route: Route) -> CompletionRequest:
        messages = build_messages(
            prompts=self.job.prompts,
            channel=self.job.channel,
            language=self.job.language,
            history=self.job.history,
            passages=passages,
            memories=self._outcome.recalled.block,
            client_note=self.job.client_note,
        )
        return CompletionRequest(
            model=route.model_name,
            messages=messages,
            language=self.job.language,
            passages=passages,
            degraded=route.degraded,
            max_tokens=route.row.max_output_tokens if route.row else 4096,
        )

    def _provider_failed(self, error: ProviderError) -> None:
        logger.warning("turn %s: provider %s: %s", self.job.turn_id, self._call.route.provider_key, error.code)
        self._fail("unavailable" if error.code == "circuit_open" else error.code)

    def _cancelled(self) -> None:
        """By the person, or by the end of this process."""
        if self._closing():
            self._fail("interrupted")
        else:
            self._outcome.state = TurnState.STOPPED

    def _fail(self, code: str) -> None:
        self._outcome.state, self._outcome.code = TurnState.FAILED, code

    def _complete_outcome(self) -> Outcome:
        outcome = self._outcome
        outcome.text = self.writer.text
        outcome.duration_ms = self._elapsed_ms()
        outcome.route, outcome.total, outcome.failed = self._call.route, self._call.total, self._call.failed
        if made := self._made:
            outcome.route, outcome.total, outcome.artifact_id = made.route, made.total, made.artifact_id
        return outcome

    def _last_events(
        self, outcome: Outcome, metadata: dict[str, object]
    ) -> list[tuple[EventType, str, dict[str, object] | None]]:
        return closing_events(outcome.state, outcome.text, outcome.code, self.job.language, metadata)

    def _elapsed_ms(self) -> int:
        return round((time.monotonic() - self._started) * 1000)


def closing_events(
    state: str, text: str, code: str, language: str, metadata: dict[str, object]
) -> list[tuple[EventType, str, dict[str, object] | None]]:
    """The end of every turn: the page or the whole text if there is any, the reason if it failed, then `done`."""
    events: list[tuple[EventType, str, dict[str, object] | None]] = []
    if text and isinstance(metadata.get("artifact"), dict):
        events.append(("artifact", text, {**metadata, "partial": state != TurnState.DONE}))
    elif text or state == TurnState.DONE:
        events.append(("content", text, {**metadata, "partial": state != TurnState.DONE}))
    if state == TurnState.FAILED:
        events.append(("error", error_text(code, language=language), {"code": code}))
    events.append(("done", "", {"state": state, "failed": state == TurnState.FAILED}))
    return events
