"""Why the AI decided so: a decision with its grounds, for people who have to trust or correct it."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.backoffice.display import count, duration, money
from tickets.choices import DECISION_COLOURS, Decision, TriageAction, TriageSource, TriageState
from tickets.models import Ticket, Triage
from tickets.models.mailboxes import shown_name
from tickets.triage import explaining

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Ground:
    """A passage that supports the answer; `url` is empty where the reader may not open it."""

    title: str
    quote: str
    url: str


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule that matched, and what it looked at."""

    name: str
    url: str
    tests: list[str]


@dataclass(frozen=True, slots=True)
class Why:
    triage: Triage
    title: str
    colour: str
    source: str
    action: str
    confidence: str
    facts: list[tuple[str, str]]
    grounds: list[Ground] = field(default_factory=list)
    rules: list[RuleLine] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def decisions_of(ticket: Ticket, *, reader: Any) -> list[Why]:
    """The newest first; one query."""
    rows: QuerySet[Triage] = Triage.objects.filter(ticket=ticket).select_related("mailbox").order_by("-id")[:SHOWN]
    return [why(row, reader=reader) for row in rows]


def why(row: Triage, *, reader: Any) -> Why:
    decided = row.decision in Decision.values
    return Why(
        triage=row,
        title=str(Decision(row.decision).label if decided else TriageState(row.state).label),
        colour=DECISION_COLOURS[Decision(row.decision)] if decided else "",
        source=str(TriageSource(row.source).label) if row.source in TriageSource.values and row.source else "",
        action=str(TriageAction(row.action).label) if row.action in TriageAction.values and row.action else "",
        confidence=_confidence(row),
        facts=[(name, text) for name, text in _facts(row) if text],
        grounds=[_ground(item, reader) for item in _dicts(row.evidence)],
        rules=[_rule(item, reader) for item in _dicts(row.rules)],
        problems=[_problem(item) for item in row.problems] if isinstance(row.problems, list) else [],
    )


def percent(share: float | None) -> str:
    if share is None:
        return ""
    return _("%(n)s%%") % {"n": formats.number_format(round(100 * share), use_l10n=True)}


def _confidence(row: Triage) -> str:
    if row.confidence is None:
        return ""
    said = percent(row.confidence)
    if row.calibrated is None:
        return said
    return _("%(said)s, by experience %(calibrated)s") % {"said": said, "calibrated": percent(row.calibrated)}


def _facts(row: Triage) -> list[tuple[str, str]]:
    took = [" · ".join(filter(None, (row.model_key, row.provider_key)))]
    if row.calls:
        took.append(ngettext("%(n)s call", "%(n)s calls", row.calls) % {"n": count(row.calls)})
        took.append(money(row.cost))
    took.append(duration(row.duration_ms) if row.duration_ms else "")
    return [
        (_("Reason"), shown_name(row.reason)),
        (_("Confidence"), _confidence(row)),
        (_("Why this was done"), explaining.why(row.action_reason)),
        (_("Limited by"), explaining.what_is_worse(row.degraded)),
        (_("Error"), row.error_code),
        (_("Shadow mode"), _("only recorded") if row.shadow else ""),
        (_("Verdict of the staff"), row.get_verdict_display() if row.verdict else ""),
        (_("Share edited"), percent(row.edited)),
        (_("Took"), " · ".join(part for part in took if part)),
    ]


def _ground(item: dict[str, Any], reader: Any) -> Ground:
    url = str(item.get("url") or "")
    if not url.startswith(("https://", "http://", "/")) or url.startswith("//"):
        url = ""
    document = item.get("document")
    if isinstance(document, str | int) and reader.has_perm("knowledge.view_document"):
        url = url or reverse("admin:knowledge_document_change", args=[document])
    return Ground(str(item.get("title") or _("A passage")), str(item.get("quote") or ""), url)


def _rule(item: dict[str, Any], reader: Any) -> RuleLine:
    key = item.get("rule")
    url = ""
    if isinstance(key, int) and reader.has_perm("tickets.view_deskrule"):
        url = reverse("admin:tickets_deskrule_change", args=[key])
    explain = item.get("explain")
    tests = [_test(test) for test in explain] if isinstance(explain, list) else []
    return RuleLine(str(item.get("name") or key), url, tests)


def _test(test: Any) -> str:
    """One comparison of a rule: (path, field, operator, value, left, result)."""
    if isinstance(test, dict):
        test = [test.get(name) for name in ("path", "field", "operator", "value", "left", "result")]
    if not isinstance(test, list | tuple) or len(test) != 6:
        return str(test)
    _path, name, operator, value, left, result = test
    mark = "✓" if result is True else "✗"
    return f"{mark} {name} {operator} {value!r} ({str(left)[:80]!r})"


def _problem(item: Any) -> str:
    if isinstance(item, dict):
        return ": ".join(str(value) for value in item.values() if value)
    return str(item)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
