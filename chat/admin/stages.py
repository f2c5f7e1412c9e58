"""The stages of a turn as staff see them: on one axis of time, with what each was told, found, took and said."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import formats
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from chat.admin.stage_finds import Finder, Finds
from chat.errors import ERROR_TEXTS, error_text
from chat.experience.choices import VERDICT_COLOURS
from chat.pipeline.choices import StepKind, TaskType, Verdict
from chat.pipeline.models import TurnStep
from chat.tools.registry import tool_title
from config.backoffice.display import count, duration, milliseconds_between, money

BEST_SCORE = 10


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step of a plan; `tool` and `value` are empty where it needs none."""

    text: str
    tool: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One line of the timeline. `left` and `width` are percents of the whole axis, for SVG.

    `badges` are texts with colours, `took` what it cost, `facts` pairs of a name and what was found out. `answer` is
    an attempt that was not given to the asker.
    """

    title: str
    begun: datetime
    after_ms: float
    duration_ms: int
    left: str
    width: str
    badges: list[tuple[str, str]]
    took: list[str]
    facts: list[tuple[str, str]]
    plan: list[PlanStep] = field(default_factory=list)
    finds: list[Finds] = field(default_factory=list)
    link: tuple[str, str] | None = None
    error: str = ""
    error_code: str = ""
    prompt: str = ""
    answer: str = ""


def stages_of(turn: Any, *, reader: Any) -> list[Stage]:
    """Empty for turns that wrote none; at most four queries, however many stages there are."""
    steps = list(turn.steps.order_by("number"))
    if not steps:
        return []
    finder = Finder(steps, reader)
    begin = min(step.started_at for step in steps)
    whole = max(milliseconds_between(begin, _end(step)) or 0.0 for step in steps) or 1.0
    shows_prompts = reader.has_perm("chat.view_prompt")
    return [_stage(step, begin, whole, finder, prompt=step.prompt if shows_prompts else "") for step in steps]


def _end(step: TurnStep) -> datetime:
    return step.started_at + timedelta(milliseconds=step.duration_ms)


def _stage(step: TurnStep, begin: datetime, whole: float, finder: Finder, *, prompt: str) -> Stage:
    data = step.data if isinstance(step.data, dict) else {}
    after = milliseconds_between(begin, step.started_at) or 0.0
    return Stage(
        title=_title(step, data),
        begun=step.started_at,
        after_ms=after,
        duration_ms=step.duration_ms,
        left=f"{100 * after / whole:.2f}",
        # Too short a bar would not be seen.
        width=f"{max(100 * step.duration_ms / whole, 0.5):.2f}",
        badges=_badges(step, data),
        took=_took(step),
        facts=[(name, text) for name, text in _facts(step, data) if text],
        plan=_plan(data) if step.kind == StepKind.PLANNING else [],
        finds=finder.of(data),
        link=_link(step, data),
        error=_error(step),
        error_code=step.error_code,
        prompt=prompt,
        answer=_text(data, "answer"),
    )


def _error(step: TurnStep) -> str:
    """In words, where there are any; tools have codes of their own and say what happened in their result."""
    known = step.kind != StepKind.TOOL and step.error_code in ERROR_TEXTS
    return error_text(step.error_code, language=get_language() or "en") if known else ""


def _title(step: TurnStep, data: dict[str, Any]) -> str:
    title = str(StepKind(step.kind).label) if step.kind in StepKind.values else step.kind
    tool = _text(data, "tool") if step.kind == StepKind.TOOL else ""
    return f"{title}: {tool_title(tool)}" if tool else title


def _badges(step: TurnStep, data: dict[str, Any]) -> list[tuple[str, str]]:
    badges = []
    if step.attempt > 1:
        badges.append((_("attempt %(n)s") % {"n": count(step.attempt)}, "info"))
    if step.kind == StepKind.EXECUTION and data.get("chosen") is False:
        badges.append((_("not given"), "warning"))
    if data.get("verdict") in Verdict.values:
        verdict = Verdict(data["verdict"])
        badges.append((str(verdict.label), VERDICT_COLOURS[verdict]))
    return badges


def _took(step: TurnStep) -> list[str]:
    """The model, its tokens and its price; nothing for a stage that asked none."""
    took = [" · ".join(filter(None, (step.model_key, step.provider_key)))]
    if step.calls:
        took.append(ngettext("%(n)s call", "%(n)s calls", step.calls) % {"n": count(step.calls)})
    if step.input_tokens or step.output_tokens:
        tokens = _("%(tokens_in)s tokens in, %(tokens_out)s out") % {
            "tokens_in": count(step.input_tokens),
            "tokens_out": count(step.output_tokens),
        }
        took.append(f"≈ {tokens}" if step.usage_estimated else tokens)
    if step.calls or step.cost:
        took.append(money(step.cost))
    return [text for text in took if text]


def _facts(step: TurnStep, data: dict[str, Any]) -> list[tuple[str, str]]:
    match step.kind:
        case StepKind.ANALYSIS:
            return _of_analysis(data)
        case StepKind.RETRIEVAL:
            return [(_("Limited by"), _text(data, "degraded"))]
        case StepKind.TOOL:
            return [
                (_("Input"), _text(data, "input")),
                (_("Result"), _text(data, "summary")),
                (_("Characters"), _number(data, "characters")),
            ]
        case StepKind.EXECUTION:
            return _of_execution(data)
        case StepKind.VERIFICATION:
            return [
                (_("Score"), _score(data)),
                (_("Problems"), "; ".join(_texts(data, "problems"))),
                (_("Comment"), _text(data, "comment")),
            ]
    return []


def _of_analysis(data: dict[str, Any]) -> list[tuple[str, str]]:
    kind, source = _text(data, "task_type"), _text(data, "source")
    by = {"rules": _("rules, without a model"), "model": _("a model")}
    return [
        (_("Kind of work"), str(TaskType(kind).label) if kind in TaskType.values else kind),
        (_("Complexity"), _text(data, "complexity")),
        (_("Subject"), _text(data, "subject")),
        (_("Description"), _text(data, "description")),
        (_("Certainty"), _percent(data, "confidence")),
        (_("Decided by"), by.get(source, source)),
        (_("Role"), _text(data, "cell")),
        (_("Reason"), _text(data, "reasoning")),
    ]


def _of_execution(data: dict[str, Any]) -> list[tuple[str, str]]:
    first = data.get("first_token_ms")
    return [
        (_("Role"), _text(data, "role")),
        (_("Limited by"), _text(data, "degraded")),
        (_("Failed before"), ", ".join(_texts(data, "failed_models"))),
        (_("First token"), duration(first) if _is_number(first) else ""),
        (_("End"), _text(data, "finish_reason")),
        (_("Characters"), _number(data, "characters")),
        (_("Score"), _score(data)),
    ]


def _plan(data: dict[str, Any]) -> list[PlanStep]:
    steps = data.get("steps")
    listed = [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []
    return [
        PlanStep(_text(step, "text"), tool_title(tool) if (tool := _text(step, "tool")) else "", _text(step, "input"))
        for step in listed
    ]


def _link(step: TurnStep, data: dict[str, Any]) -> tuple[str, str] | None:
    """Where a stage leads: the page that a tool read, the mini-page that was made."""
    if step.kind == StepKind.GENERATION and (key := _text(data, "artifact")):
        return _("Open the mini-page"), reverse("admin:chat_artifact_change", args=[key])
    source = _text(data, "source")
    is_web = step.kind == StepKind.TOOL and source.startswith(("https://", "http://"))
    return (source, source) if is_web else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else str(value) if _is_number(value) else ""


def _texts(data: dict[str, Any], name: str) -> Sequence[str]:
    """The lines of a text, or a list's texts; of {"model", "error"} the model with what was wrong."""
    found = data.get(name)
    listed = found.splitlines() if isinstance(found, str) else found if isinstance(found, list) else []
    return [f"{item.get('model')}: {item.get('error')}" if isinstance(item, dict) else str(item) for item in listed]


def _number(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    return count(value) if _is_number(value) else ""


def _percent(data: dict[str, Any], name: str) -> str:
    value: Any = data.get(name)
    return _("%(n)s%%") % {"n": formats.number_format(round(100 * value), use_l10n=True)} if _is_number(value) else ""


def _score(data: dict[str, Any]) -> str:
    score = _number(data, "score")
    return _("%(score)s of %(best)s") % {"score": score, "best": BEST_SCORE} if score else ""
