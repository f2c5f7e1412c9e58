"""What a comparison's page shows: totals of both sides, and question by question both answers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, Q, Sum
from django.db.models.functions import Length
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat.admin.prompts.forms import version_title
from chat.prompts.choices import UNFINISHED, AnswerState, Side, Verdict
from chat.prompts.comparing.texts import error_text
from chat.prompts.models import ComparedQuestion, PromptAnswer, PromptComparison
from config.backoffice.display import EMPTY, count, duration, money

# Characters of an answer that the page shows.
LONGEST_SHOWN = 20_000


@dataclass(frozen=True, slots=True)
class SideTotal:
    """One side over all questions; `better` is how often a person preferred it."""

    title: str
    better: int
    answered: int
    failed: int
    length: str
    cost: str
    time: str
    models: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer; `state` is empty once it is there, `error` says why it is not."""

    title: str
    place: str
    answer: PromptAnswer
    state: str
    error: str

    @property
    def text(self) -> str:
        return self.answer.text[:LONGEST_SHOWN]

    @property
    def is_cut(self) -> bool:
        return len(self.answer.text) > LONGEST_SHOWN

    @property
    def length(self) -> int:
        return len(self.answer.text)


@dataclass(frozen=True, slots=True)
class Entry:
    """A question with its answers in the order in which they stand; `verdict` is a place, equal, or empty."""

    asked: ComparedQuestion
    shown: list[Shown]
    verdict: str
    verdict_text: str
    differences: str
    sources: list[dict[str, str]]

    @property
    def can_be_judged(self) -> bool:
        return all(each.answer.state == AnswerState.DONE for each in self.shown)


def totals(comparison: PromptComparison) -> list[SideTotal]:
    """Both sides; three queries."""
    rows = PromptAnswer.objects.filter(asked__comparison=comparison).order_by().values("side")
    done = Q(state=AnswerState.DONE)
    found = rows.annotate(
        answered=Count("pk", filter=done),
        failed=Count("pk", filter=Q(state=AnswerState.FAILED)),
        length=Avg(Length("text"), filter=done),
        spent=Sum("cost"),
        time=Avg("duration_ms", filter=done),
    )
    by_side: dict[str, Any] = {row["side"]: row for row in found}
    models: dict[str, list[str]] = defaultdict(list)
    for side, key in rows.filter(done).values_list("side", "model_key").distinct().order_by("model_key"):
        models[side].append(key)
    better = verdicts(comparison)
    return [_total(comparison, side, by_side.get(side, {}), better.get(side, 0), models[side]) for side in Side.values]


def _total(comparison: PromptComparison, side: str, row: dict[str, Any], better: int, models: list[str]) -> SideTotal:
    return SideTotal(
        title=side_title(comparison, side),
        better=better,
        answered=row.get("answered", 0),
        failed=row.get("failed", 0),
        length=count(row["length"]) if row.get("length") else EMPTY,
        cost=money(row.get("spent")),
        time=duration(row.get("time")),
        models=", ".join(models) or EMPTY,
    )


def verdicts(comparison: PromptComparison) -> dict[str, int]:
    """How often each verdict was given; the empty one counts what nobody has judged."""
    rows = comparison.questions.order_by().values_list("verdict").annotate(n=Count("pk"))
    return dict(rows)


def side_title(comparison: PromptComparison, side: str) -> str:
    number = comparison.number_a if side == Side.A else comparison.number_b
    return f"{side.upper()} · {version_title(number)}"


def entries(comparison: PromptComparison, asked: Sequence[ComparedQuestion]) -> list[Entry]:
    """The questions with their answers; the caller has prefetched `answers`."""
    return [_entry(comparison, row) for row in asked]


def _entry(comparison: PromptComparison, asked: ComparedQuestion) -> Entry:
    by_side = {answer.side: answer for answer in asked.answers.all()}
    places = sides_by_place(asked)
    shown = [_shown(comparison, place, by_side[side]) for place, side in places.items()]
    verdict = next((place for place, side in places.items() if side == asked.verdict), asked.verdict)
    return Entry(
        asked=asked,
        shown=shown,
        verdict=verdict,
        verdict_text=_verdict_text(comparison, asked, verdict),
        differences=_differences(*shown),
        sources=asked.passages or [],
    )


def sides_by_place(asked: ComparedQuestion) -> dict[str, str]:
    """Which side stands where: `first` and `second`."""
    sides = [str(Side.B), str(Side.A)] if asked.swapped else [str(Side.A), str(Side.B)]
    return dict(zip(("first", "second"), sides, strict=True))


def _verdict_text(comparison: PromptComparison, asked: ComparedQuestion, place: str) -> str:
    if comparison.blind and place in {"first", "second"}:
        return _("The first one is better") if place == "first" else _("The second one is better")
    return str(Verdict(asked.verdict).label) if asked.verdict else ""


def _shown(comparison: PromptComparison, place: str, answer: PromptAnswer) -> Shown:
    hidden = _("First answer") if place == "first" else _("Second answer")
    return Shown(
        title=hidden if comparison.blind else side_title(comparison, answer.side),
        place=place,
        answer=answer,
        state=_state(comparison, answer),
        error=error_text(answer.error) if answer.state == AnswerState.FAILED else "",
    )


def _state(comparison: PromptComparison, answer: PromptAnswer) -> str:
    if answer.state in {AnswerState.DONE, AnswerState.FAILED}:
        return ""
    return str(AnswerState(answer.state).label) if comparison.state in UNFINISHED else _("Was not asked")


def _differences(first: Shown, second: Shown) -> str:
    """How the second answer differs from the first, in a line."""
    a, b = first.answer, second.answer
    if a.state != AnswerState.DONE or b.state != AnswerState.DONE:
        return ""
    told = {
        "length": _signed(second.length - first.length, count),
        "share": f"{(second.length - first.length) / max(first.length, 1):+.0%}",
        "cost": _signed(b.cost - a.cost, money),
        "time": _signed((b.duration_ms or 0) - (a.duration_ms or 0), duration),
    }
    return _("The second against the first: %(length)s characters (%(share)s), %(cost)s, %(time)s") % told


def _signed(value: Any, text: Any) -> str:
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    return f"{sign}{text(abs(value))}"


def summary(comparison: PromptComparison, progress: Any) -> dict[str, Any]:
    """Verdicts and progress in words."""
    given = verdicts(comparison)
    open_ones, all_ones = given.get("", 0), sum(given.values())
    judged = ngettext("%(n)s of %(all)s question judged", "%(n)s of %(all)s questions judged", all_ones)
    return {
        "judged": judged % {"n": count(all_ones - open_ones), "all": count(all_ones)},
        "equal": given.get(Verdict.EQUAL, 0),
        "cost": progress.cost or Decimal(0),
        "questions": all_ones,
    }
