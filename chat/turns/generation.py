"""One turn from the question to the last event."""

import asyncio
import logging
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError

from chat.artifacts.turns import Made, answer_with_page, asks_for_page
from chat.artifacts.wire import with_artifact
from chat.choices import TurnState
from chat.errors import error_text
from chat.eventlog import EventType
from chat.pipeline.choices import StepKind
from chat.pipeline.pipeline import Pipeline
from chat.turns.db import in_db, surely_in_db
from chat.turns.desk import Desk
from chat.turns.job import Job, Outcome, finish_turn, note_search
from chat.turns.writer import TurnWriter
from integrations.providers.base import ProviderError
from integrations.services.routing import Route

logger = logging.getLogger(__name__)


class Generation:
    """Runs a claimed turn. Cancelling it means: stop calling the model, keep what was written."""

    def __init__(self, job: Job, writer: TurnWriter, *, worker: str, closing: Callable[[], bool]) -> None:
        self.job = job
        self.writer = writer
        self._worker = worker
        self._closing = closing
        self._desk = Desk(job, writer)
        self._pipeline = Pipeline(job, self._desk)
        self._outcome = Outcome(TurnState.DONE, "", job.routes[0])
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
        outcome = await self._complete_outcome()
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
        await self._pipeline.run()

    async def _make_page(self) -> bool:
        """Answers with a page; False when none could be made, and the question is answered like any other."""
        await self._desk.stage("generation")
        with self._pipeline.steps.step(StepKind.GENERATION) as step:
            self._made = made = await answer_with_page(self.job)
            if made is not None:
                step.took(made.route, made.total, 1)
                step.data = {"artifact": made.artifact_id}
        return made is not None and self._desk.write(made.text)

    def _provider_failed(self, error: ProviderError) -> None:
        logger.warning("turn %s: provider %s: %s", self.job.turn_id, self._route().provider_key, error.code)
        self._fail("unavailable" if error.code == "circuit_open" else error.code)

    def _cancelled(self) -> None:
        """By the person, or by the end of this process."""
        if self._closing():
            self._fail("interrupted")
        else:
            self._outcome.state = TurnState.STOPPED

    def _fail(self, code: str) -> None:
        self._outcome.state, self._outcome.code = TurnState.FAILED, code

    async def _complete_outcome(self) -> Outcome:
        outcome, pipeline = self._outcome, self._pipeline
        if await pipeline.settle() and outcome.code != "internal":
            # What failed, or was stopped, was another attempt, or the judgement.
            outcome.state, outcome.code = TurnState.DONE, ""
        outcome.text = self.writer.text
        outcome.duration_ms, outcome.first_token_ms = self._desk.elapsed_ms(), self._desk.first_token_ms
        outcome.context, outcome.passages, outcome.reason = pipeline.context, pipeline.passages, pipeline.reason
        outcome.route, outcome.total, outcome.steps = self._route(), pipeline.steps.total, pipeline.steps
        outcome.failed = pipeline.call.failed if pipeline.call else []
        if self.job.thinks and not self._made:
            outcome.task_type, outcome.judgement = pipeline.analysis.task_type, pipeline.judgement
            outcome.thought = pipeline.data()
        if self._made:
            outcome.artifact_id = self._made.artifact_id
        return outcome

    def _route(self) -> Route:
        """The model whose answer it is, or would have been."""
        if self._made:
            return self._made.route
        return self._pipeline.call.route if self._pipeline.call else self.job.routes[0]

    def _last_events(
        self, outcome: Outcome, metadata: dict[str, object]
    ) -> list[tuple[EventType, str, dict[str, object] | None]]:
        return closing_events(outcome.state, outcome.text, outcome.code, self.job.language, metadata)


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
