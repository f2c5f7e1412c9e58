"""Answers one question: with as much thought as it needs, and no call of a model that it does not need."""

import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.conf import settings
from django.utils import timezone

from chat.choices import Channel
from chat.pipeline import analysis as analysing
from chat.pipeline import planning, routing, verification
from chat.pipeline.choices import StepKind
from chat.pipeline.planning import Plan
from chat.pipeline.steps import LONGEST_ANSWER, Step, StepLog
from chat.pipeline.verification import Judgement
from chat.tools.block import tool_block
from chat.tools.registry import ToolContext, ToolFailed, ToolResult, run_tool, tool_list, tools_for
from chat.turns.db import surely_in_db
from chat.turns.desk import Desk
from chat.turns.job import Context, Job, find_context
from chat.turns.prompt import LANGUAGES, system_parts, told
from config.api import utc_z
from integrations.calls.chain import ModelCall
from integrations.calls.events import CallEvent, Started, Waiting
from integrations.calls.structured import InvalidOutput, JsonAnswer, complete_json
from integrations.providers.base import (
    ChatMessage,
    CompletionRequest,
    Delta,
    Finish,
    OutputSchema,
    Passage,
    ProviderError,
    Refusal,
)
from integrations.services.environment import LOCAL_ANSWERS
from integrations.services.routing import Route

logger = logging.getLogger(__name__)

# A thought that takes longer is done without.
THOUGHT_SECONDS = 60.0
THOUGHT_TOKENS = 1500
TEMPERATURE = 0.1


@dataclass(slots=True)
class Draft:
    """An answer that was written to its end, and what was thought of it."""

    text: str
    call: ModelCall
    step: Step
    passages: list[Passage]
    reason: str
    judgement: Judgement = Judgement()


class Pipeline:
    """The thought of one turn. Its attributes say how far it has come, also when it was cut off.

    `best` is the best answer that is whole; while another one is being written it is not what readers see.
    """

    def __init__(self, job: Job, desk: Desk) -> None:
        self.job = job
        self.steps = StepLog()
        self.analysis = analysing.look(job.question)
        self.context = Context()
        self.plan = Plan()
        self.attempts = 0
        self.best: Draft | None = None
        # The call that answers, once there is one.
        self.call: ModelCall | None = None
        self.passages: list[Passage] = []
        self.reason = ""
        self._desk = desk
        self._drafts: list[Draft] = []
        self._found: list[tuple[str, ToolResult]] = []
        # Whether models are asked to think; no more once one could not.
        self._thinks = job.thinks and job.routes[0].model_key != LOCAL_ANSWERS
        # Who chooses a model chooses what thinks, too: his words go nowhere else.
        self._roles = {} if job.chosen_model else job.roles
        self._tools = ToolContext(job.turn_id, job.holder, job.scope, job.leaves_out, job.language, job.said)

    async def run(self) -> None:
        """Raises ProviderError when no answer could be had."""
        if self.job.thinks:
            await self._analyse()
        await self._retrieve()
        if self._thinks and self.analysis.is_planned:
            await self._make_plan()
            await self._use_tools()
        await self._answer()

    # Thinking

    async def _analyse(self) -> None:
        by_words, cell = self.analysis, self.analysis.cell
        known = self._known() if by_words.certain else {"selected_cell": cell, "reasoning": ""}
        await self._desk.stage("analysis", {"timestamp": utc_z(timezone.now()), **known})
        with self.steps.step(StepKind.ANALYSIS) as step:
            if self._thinks and not by_words.certain:
                ask = partial(
                    analysing.analysis_messages,
                    self.job.question,
                    self.job.said[1:],
                    prompts=self.job.prompts,
                    language=self._spoken,
                    tools=tool_list(self._tools),
                )
                thought = await self._think(step, ask(), analysing.SCHEMA, analysing.PURPOSE, analysing.from_labels)
                if thought:
                    self.analysis = analysing.analysis_of(thought.data)
            step.data = self.analysis.data(self.job.language)

    async def _make_plan(self) -> None:
        await self._desk.stage("planning", self._known())
        keys = [spec.key for spec in tools_for(self._tools)]
        with self.steps.step(StepKind.PLANNING) as step:
            messages = planning.planning_messages(
                self.job.question,
                self.job.said[1:],
                self.analysis,
                prompts=self.job.prompts,
                language=self._spoken,
                tools=tool_list(self._tools),
            )
            thought = await self._think(step, messages, planning.schema_for(keys), planning.PURPOSE)
            if thought:
                self.plan = planning.plan_of(thought.data)
            step.data = {"steps": self.plan.data()}

    async def _use_tools(self) -> None:
        for planned in self.plan.steps:
            if not planned.tool:
                continue
            await self._desk.stage("tool", {"tool": planned.tool})
            with self.steps.step(StepKind.TOOL) as step:
                step.data = {"tool": planned.tool, "input": planned.input}
                try:
                    found = await run_tool(self._tools, planned.tool, planned.input)
                except ToolFailed as error:
                    step.error_code = error.code
                    step.data |= {"summary": error.text, "characters": 0, "source": None}
                    continue
                self._found.append((planned.tool, found))
                step.data |= {
                    "summary": found.summary,
                    "characters": len(found.text),
                    "source": found.source or None,
                    "passages": [passage.id for passage in found.passages],
                }

    async def _judge(self, draft: Draft) -> None:
        known = self._known() | {"attempt": self.attempts, "model": draft.call.route.model_key}
        await self._desk.stage("verification", known)
        with self.steps.step(StepKind.VERIFICATION, attempt=self.attempts) as step:
            messages = verification.verification_messages(
                self.job.question, self.plan, draft.text, prompts=self.job.prompts, language=self._spoken
            )
            thought = await self._think(
                step, messages, verification.SCHEMA, verification.PURPOSE, verification.from_labels
            )
            if thought:
                draft.judgement = verification.judgement_of(thought.data)
            step.data = draft.judgement.data()
            draft.step.data["score"] = draft.judgement.score

    async def _think(
        self,
        step: Step,
        messages: Sequence[ChatMessage],
        schema: OutputSchema,
        purpose: str,
        other_form: Callable[[str], Any] | None = None,
    ) -> JsonAnswer | None:
        """One thought as JSON; None when no model had it, and then none is asked for another."""
        step.prompt = messages[0].content
        routes = routing.thinking(self.job.routes, self._roles)
        caller = replace(self.job.caller, purpose=purpose)
        own = [route for route in routes if route.model_key != LOCAL_ANSWERS]
        try:
            thought = await complete_json(
                own,
                partial(self._thought, messages),
                caller,
                schema=schema,
                seconds=THOUGHT_SECONDS,
                other_form=other_form,
            )
        except ProviderError as error:
            logger.info("turn %s: no %s: %s", self.job.turn_id, purpose, error.code)
            step.error_code = error.code
            if isinstance(error, InvalidOutput) and error.total:
                step.took(own[0], error.total, 2)
            else:
                # What is down, or may not be paid for, would be so for the next thought.
                self._thinks = False
            return None
        step.took(thought.route, thought.total, thought.calls)
        return thought

    def _thought(self, messages: Sequence[ChatMessage], route: Route) -> CompletionRequest:
        return CompletionRequest(
            model=route.model_name,
            messages=list(messages),
            language=self.job.language,
            max_tokens=THOUGHT_TOKENS,
            temperature=TEMPERATURE,
            degraded=route.degraded,
        )

    # Answering

    async def _retrieve(self) -> None:
        if self.job.channel == Channel.COPILOT:
            return
        await self._desk.stage("retrieval", self._known() if self.job.thinks else None)
        with self.steps.step(StepKind.RETRIEVAL) as step:
            self.context = await surely_in_db(find_context, self.job, str(self.analysis.task_type))
            step.data = self.context.data()

    async def _answer(self) -> None:
        problems = ""
        for self.attempts in range(1, settings.ANSWER_RETRIES + 2):
            try:
                draft = await self._write(problems)
            except ProviderError:
                if self.best is None:
                    raise
                return
            self._drafts.append(draft)
            if not self._is_judged(draft):
                self.best = draft
                return
            # Also whole when somebody stops the judgement.
            self.best = self.best or draft
            await self._judge(draft)
            if draft.judgement.score is None or draft.judgement.score > (self.best.judgement.score or 0):
                self.best = draft
            if draft.judgement.is_good_enough:
                return
            problems = draft.judgement.problems

    def _is_judged(self, draft: Draft) -> bool:
        return self._thinks and self.analysis.is_checked and draft.call.route.model_key != LOCAL_ANSWERS

    async def _write(self, problems: str) -> Draft:
        if self.attempts > 1:
            await self._desk.show("")
        failures = self.attempts - 1
        routes = routing.answering(self.analysis, self.job.routes, self._roles, failures=failures)
        self.call = call = ModelCall(routes, self.job.caller)
        self.passages, self.reason = self.context.passages, ""
        with self.steps.step(StepKind.EXECUTION, attempt=self.attempts) as step:
            parts = self._parts(problems)
            step.prompt = told(parts)
            try:
                async with aclosing(call.stream(partial(self._request, parts))) as events:
                    async for item in events:
                        if type(item) is not Delta:
                            await self._note(item)
                        elif not self._desk.write(item.text):
                            self.reason = "length"
                            break
                        elif self._desk.writer.is_behind:
                            await self._desk.writer.flush()
            finally:
                self._record(step, call)
        return Draft(self._desk.writer.text, call, step, self.passages, self.reason)

    def _record(self, step: Step, call: ModelCall) -> None:
        step.took(call.route, call.total, len(call.calls))
        step.data = {
            "role": call.route.role or None,
            "degraded": call.route.degraded or None,
            "failed_models": [{"model": key, "error": code} for key, code in call.failed],
            "first_token_ms": call.calls[-1].first_token_ms if call.calls else None,
            "finish_reason": self.reason or None,
            "characters": len(self._desk.writer.text),
            "score": None,
        }

    async def _note(self, item: CallEvent) -> None:
        """What is not text."""
        match item:
            case Waiting():
                await self._desk.stage("waiting", self._named(item.route))
            case Started():
                await self._desk.stage("execution", self._begun(item.route))
            case Refusal():
                self._refused(item.text)
            case Finish():
                self.reason = item.reason
                if item.metadata.get("cites_in_text"):
                    self.passages = []

    def _refused(self, words: str) -> None:
        """A model that says in its own words that it will not has answered; one that says nothing has not."""
        if words:
            self._desk.write(words)
        elif not self._desk.writer.text.strip():
            raise ProviderError("refused", "The model declined to answer.", permanent=True)

    def _parts(self, problems: str) -> list[Any]:
        return system_parts(
            prompts=self.job.prompts,
            channel=self.job.channel,
            language=self.job.language,
            passages=self.context.passages,
            memories=self.context.recalled.block,
            client_note=self.job.client_note,
            persona=self.context.persona,
            task_type=self.analysis.task_type if self.job.thinks else None,
            lessons=self.context.lessons.block,
            tools=tool_block(self._found, prompts=self.job.prompts) if self._found else "",
            plan=self.plan.block(),
            problems=verification.problem_lines(problems) if problems else "",
        )

    def _request(self, parts: Sequence[Any], route: Route) -> CompletionRequest:
        system = "\n\n".join(part.text for part in parts)
        return CompletionRequest(
            model=route.model_name,
            messages=[ChatMessage("system", system), *self.job.history],
            language=self.job.language,
            passages=self.context.passages,
            degraded=route.degraded,
            max_tokens=route.row.max_output_tokens if route.row else 4096,
        )

    # What is said of it

    async def settle(self) -> bool:
        """Shows the best answer where another one is seen; whether there is a whole one."""
        best = self.best
        if best is None:
            return False
        seen, written = self._desk.writer.text, [one for one in self.steps.steps if one.kind == StepKind.EXECUTION]
        for step in written:
            step.data["chosen"] = step is best.step
        for draft in self._drafts:
            if draft is not best:
                draft.step.data["answer"] = draft.text[:LONGEST_ANSWER]
        if seen != best.text:
            if all(draft.step is not written[-1] for draft in self._drafts):
                written[-1].data["answer"] = seen[:LONGEST_ANSWER]
            await self._desk.show(best.text)
        self.call, self.passages, self.reason = best.call, best.passages, best.reason
        return True

    @property
    def judgement(self) -> Judgement:
        return self.best.judgement if self.best else Judgement()

    def data(self) -> dict[str, Any]:
        """What an answer's metadata says of its making."""
        judgement = self.judgement
        return {
            "task_type": str(self.analysis.task_type),
            "complexity": self.analysis.complexity,
            "plan": [step.text for step in self.plan.steps],
            "tools": [key for key, _ in self._found],
            "attempts": self.attempts,
            "score": judgement.score,
            "verdict": str(judgement.verdict),
        }

    def _known(self) -> dict[str, Any]:
        """What the stages after the analysis say of it."""
        return {
            "task_type": str(self.analysis.task_type),
            "complexity": self.analysis.complexity,
            "selected_cell": self.analysis.cell,
            "reasoning": self.analysis.reasoning(self.job.language),
        }

    def _begun(self, route: Route) -> dict[str, Any]:
        if not self.job.thinks:
            return self._named(route)
        plan = [step.text for step in self.plan.steps]
        return self._known() | self._named(route) | {"attempt": self.attempts, "plan": plan}

    def _named(self, route: Route) -> dict[str, Any]:
        return {"model": route.model_key, "model_title": self.job.title(route)}

    @property
    def _spoken(self) -> str:
        return LANGUAGES.get(self.job.language, "English")
