"""What a confidence has been worth: a rising curve through what staff did with drafts, and how good it is.

A draft that was sent as it was counts 1, a rejected one 0, an edited one less the more was edited. The curve of a
mailbox, one for models and one for the knowledge base alone, is an isotonic regression over those verdicts and a prior
that says that a confidence is worth itself; verdicts of other mailboxes stand in while there are few of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count
from django.utils import timezone

from config.api.serializers import utc_z
from tickets.choices import Decision, DraftState, TriageSource
from tickets.models import Mailbox, Triage

MEASURES = (TriageSource.MODEL, TriageSource.LOCAL)
NEWEST = 500
BINS = 10
# The prior: so many imagined verdicts at each of the bins' middles.
PRIOR_WEIGHT = 1.0
OTHERS_WEIGHT = 0.2
# An edit up to this share counts as none; from the second share on the draft was of no use.
SMALL_EDIT, USELESS = 0.1, 0.6
JUDGED = (DraftState.APPROVED, DraftState.EDITED, DraftState.REJECTED)

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Bin:
    """Decisions whose confidence was from `low` to `high`: their mean, and the share that was of use."""

    low: float
    high: float
    count: int
    mean: float | None
    useful: float | None


@dataclass(frozen=True, slots=True)
class Quality:
    """`brier`: mean squared error, `ece`: expected calibration error; None without verdicts."""

    bins: list[Bin] = field(default_factory=list)
    brier: float | None = None
    ece: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """How far the confidence of a mailbox can be trusted.

    `raw` is what deciders said, `calibrated` what was made of it at that time. `curve`: [[said, worth], ...].
    `confusion`: {decision: {verdict: count}}; verdicts are DraftStates.
    """

    verdicts: int
    raw: Quality
    calibrated: Quality
    curve: list[list[float]]
    confusion: dict[str, dict[str, int]]


def usefulness(verdict: str, edited: float | None) -> float:
    """What a verdict says of a draft, 0..1."""
    if verdict != DraftState.EDITED:
        return 1.0 if verdict == DraftState.APPROVED else 0.0
    share = edited or 0.0
    return min(1.0, max(0.0, 1 - (share - SMALL_EDIT) / (USELESS - SMALL_EDIT)))


def calibrated(mailbox: Mailbox, measure: TriageSource, confidence: float | None) -> float | None:
    """What `confidence` (0..1) has been worth here; itself while nobody has judged anything."""
    if confidence is None:
        return None
    kept = (mailbox.calibration or {}).get(str(measure), {})
    return round(along([(x, y) for x, y in kept.get("curve", [])], confidence), 4)


def along(curve: Sequence[tuple[float, float]], value: float) -> float:
    """Between the points of a rising curve in straight lines; an empty curve changes nothing."""
    value = min(1.0, max(0.0, value))
    if not curve:
        return value
    for (x0, y0), (x1, y1) in zip(curve, curve[1:], strict=False):
        if value <= x1:
            return y0 if value <= x0 or x1 == x0 else y0 + (y1 - y0) * (value - x0) / (x1 - x0)
    return curve[-1][1]


def recalibrate(mailbox: Mailbox) -> None:
    """Works the curves out anew, from the newest verdicts; the mailbox's row is changed, nothing else of it."""
    curves = {str(measure): _fitted(mailbox, measure) for measure in MEASURES}
    mailbox.calibration = {**curves, "at": utc_z(timezone.now())}
    Mailbox.objects.filter(pk=mailbox.pk).update(calibration=mailbox.calibration)


def fitted(own: Iterable[tuple[float, float]], others: Iterable[tuple[float, float]] = ()) -> list[list[float]]:
    """The curve through pairs of a confidence and what it was worth."""
    middles = [(number + 0.5) / BINS for number in range(BINS)]
    points: list[Point] = [(middle, middle, PRIOR_WEIGHT) for middle in middles]
    points += [(said, worth, 1.0) for said, worth in own]
    points += [(said, worth, OTHERS_WEIGHT) for said, worth in others]
    return [[round(x, 4), round(y, 4)] for x, y in _isotonic(sorted(points))]


def calibration_report(mailbox: Mailbox, measure: TriageSource | None = None) -> Report:
    """For the page of the autopilot; without `measure` models and the knowledge base together. Two queries."""
    rows = list(_judged(mailbox, measure).values_list("confidence", "calibrated", "verdict", "edited")[:NEWEST])
    worth = [(said, made, usefulness(verdict, edited)) for said, made, verdict, edited in rows]
    kept = (mailbox.calibration or {}).get(str(measure or TriageSource.MODEL), {})
    return Report(
        verdicts=len(rows),
        raw=quality([(said, useful) for said, _, useful in worth]),
        calibrated=quality([(made, useful) for _, made, useful in worth if made is not None]),
        curve=kept.get("curve", []),
        confusion=_confusion(mailbox),
    )


def quality(pairs: Sequence[tuple[float, float]]) -> Quality:
    """Of confidences, each with what it was worth."""
    bins = [_bin(number, pairs) for number in range(BINS)]
    if not pairs:
        return Quality(bins)
    brier = sum((said - useful) ** 2 for said, useful in pairs) / len(pairs)
    gaps = (one.count * abs(one.mean - one.useful) for one in bins if one.mean is not None and one.useful is not None)
    return Quality(bins, round(brier, 4), round(sum(gaps) / len(pairs), 4))


def _bin(number: int, pairs: Sequence[tuple[float, float]]) -> Bin:
    inside = [(said, useful) for said, useful in pairs if min(BINS - 1, int(said * BINS)) == number]
    low, high = number / BINS, (number + 1) / BINS
    if not inside:
        return Bin(low, high, 0, None, None)
    mean = sum(said for said, _ in inside) / len(inside)
    return Bin(low, high, len(inside), round(mean, 4), round(sum(useful for _, useful in inside) / len(inside), 4))


def _fitted(mailbox: Mailbox, measure: TriageSource) -> dict[str, Any]:
    own = _pairs(_judged(mailbox, measure))
    if not own:
        return {"curve": [], "verdicts": 0}
    others = [] if len(own) >= NEWEST // 5 else _pairs(_judged(None, measure).exclude(mailbox=mailbox))
    return {"curve": fitted(own, others), "verdicts": len(own)}


def _pairs(rows: Any) -> list[tuple[float, float]]:
    found = rows.values_list("confidence", "verdict", "edited")[:NEWEST]
    return [(said, usefulness(verdict, edited)) for said, verdict, edited in found]


def _judged(mailbox: Mailbox | None, measure: TriageSource | None) -> Any:
    rows = Triage.objects.filter(verdict__in=JUDGED, confidence__isnull=False).order_by("-verdict_at")
    if mailbox is not None:
        rows = rows.filter(mailbox=mailbox)
    if measure is not None:
        rows = rows.exclude(model_key="") if measure == TriageSource.MODEL else rows.filter(model_key="")
    return rows


def _confusion(mailbox: Mailbox) -> dict[str, dict[str, int]]:
    counted = (
        Triage.objects.filter(mailbox=mailbox, verdict__in=JUDGED)
        .order_by()
        .values_list("decision", "verdict")
        .annotate(count=Count("pk"))
    )
    table = {str(decision): {str(verdict): 0 for verdict in JUDGED} for decision in Decision}
    for decision, verdict, count in counted:
        table[decision][verdict] = count
    return table


def _isotonic(points: Sequence[Point]) -> list[tuple[float, float]]:
    """Neighbours that fall are pooled until the curve rises; each pool keeps both of its ends."""
    pools: list[list[float]] = []
    for x, y, weight in points:
        pools.append([x, x, y, weight])
        while len(pools) > 1 and pools[-2][2] >= pools[-1][2]:
            first, last, mean, held = pools.pop()
            below = pools[-1]
            total = below[3] + held
            pools[-1] = [below[0], last, (below[2] * below[3] + mean * held) / total, total]
    ends = [(x, mean) for first, last, mean, _ in pools for x in dict.fromkeys((first, last))]
    return ends
