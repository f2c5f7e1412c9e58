"""How far an autopilot's confidence can be trusted, as geometry and tables for its page."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from config.backoffice.display import EMPTY, count
from tickets.admin.why import percent
from tickets.choices import Decision, DraftState
from tickets.models import Mailbox
from tickets.triage.autopilot import edit_rate
from tickets.triage.calibration import JUDGED, Quality, calibration_report

SIZE, INSET = 300, 24


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    r: float
    label: str


@dataclass(frozen=True, slots=True)
class Curve:
    """Said against worth: on the dashed line a confidence is worth itself."""

    title: str
    line: str
    dots: list[Dot]
    brier: str
    ece: str
    size: int = SIZE
    inset: int = INSET

    @property
    def far(self) -> int:
        return self.size - self.inset


def report_of(mailbox: Mailbox) -> dict[str, Any]:
    """For the template; five queries."""
    report = calibration_report(mailbox)
    rate, judged = edit_rate(mailbox)
    return {
        "verdicts": count(report.verdicts),
        "is_empty": not report.verdicts,
        "curves": [
            curve_of(_("Confidence as it was said"), report.raw),
            curve_of(_("Confidence by experience"), report.calibrated),
        ],
        "columns": [DraftState(verdict).label for verdict in JUDGED],
        "confusion": [
            (Decision(decision).label, [count(row[str(verdict)]) for verdict in JUDGED])
            for decision, row in report.confusion.items()
        ],
        "rate": percent(rate) or EMPTY,
        "judged": count(judged),
        "limit": percent(mailbox.edit_limit),
        "threshold": percent(mailbox.threshold),
    }


def curve_of(title: str, quality: Quality) -> Curve:
    most = max((one.count for one in quality.bins), default=0) or 1
    known = [(one, one.mean, one.useful) for one in quality.bins if one.mean is not None and one.useful is not None]
    dots = [
        Dot(
            _x(mean),
            _y(useful),
            round(3 + 6 * (one.count / most) ** 0.5, 1),
            _("said %(said)s, of use %(useful)s, %(n)s decisions")
            % {"said": percent(mean), "useful": percent(useful), "n": count(one.count)},
        )
        for one, mean, useful in known
    ]
    line = " ".join(f"{dot.x},{dot.y}" for dot in dots)
    return Curve(title, line, dots, _number(quality.brier), _number(quality.ece))


def _x(share: float) -> float:
    return round(INSET + share * (SIZE - 2 * INSET), 1)


def _y(share: float) -> float:
    return round(SIZE - INSET - share * (SIZE - 2 * INSET), 1)


def _number(value: float | None) -> str:
    return EMPTY if value is None else f"{value:.3f}"
