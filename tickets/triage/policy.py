"""What may be done with a decision: a table of reasons, the strictest first. Asks nothing of the database."""

from dataclasses import dataclass

from tickets.choices import AutopilotHours, AutopilotLevel, Decision, RuleAction, TriageAction

LEVELS = (AutopilotLevel.DRAFT, AutopilotLevel.CONFIDENT, AutopilotLevel.FULL)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All that counts. `is_open` is None where the mailbox has no office hours; `calibrated` is 0..1 or None."""

    decision: Decision
    level: AutopilotLevel
    topic_level: AutopilotLevel | None = None
    shadow: bool = False
    paused: bool = False
    hours: AutopilotHours = AutopilotHours.ALWAYS
    is_open: bool | None = None
    calibrated: float | None = None
    threshold: float = 0.75
    rule: RuleAction | None = None
    has_text: bool = True
    is_automatic: bool = False
    only_thanks: bool = False
    is_spam: bool = False
    answered_meanwhile: bool = False
    is_new_participant: bool = False
    is_assigned: bool = False
    is_handed_over: bool = False
    too_many: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reason` is a key of tickets.triage.explaining.REASONS."""

    action: TriageAction
    reason: str


def act_on(case: Circumstances) -> Outcome:
    """The one action, and why it is this one."""
    for found in (_left_alone(case), _handed_over(case), _drafted(case)):
        if found is not None:
            return found
    return Outcome(TriageAction.SENT, "full" if strictest(case) == AutopilotLevel.FULL else "confident")


def strictest(case: Circumstances) -> AutopilotLevel:
    """The lower one of the mailbox's and the topic's level."""
    levels = [level for level in (case.level, case.topic_level) if level is not None]
    return min(levels, key=LEVELS.index)


def _left_alone(case: Circumstances) -> Outcome | None:
    reasons = {
        "shadow": case.shadow,
        "spam": case.is_spam,
        "answered_meanwhile": case.answered_meanwhile,
        "automatic": case.is_automatic,
        "only_thanks": case.only_thanks,
    }
    return _first(TriageAction.RECORDED, reasons)


def _handed_over(case: Circumstances) -> Outcome | None:
    reasons = {
        "rule": case.rule == RuleAction.ESCALATE,
        "decision": case.decision == Decision.ESCALATE,
        "no_text": not case.has_text,
    }
    return _first(TriageAction.ESCALATED, reasons)


def _drafted(case: Circumstances) -> Outcome | None:
    level = strictest(case)
    confident = case.calibrated is not None and case.calibrated >= case.threshold
    reasons = {
        "rule_draft": case.rule == RuleAction.DRAFT,
        "new_participant": case.is_new_participant,
        "handed_over": case.is_handed_over,
        "assigned": case.is_assigned,
        "paused": case.paused,
        "level": level == AutopilotLevel.DRAFT,
        "hours": not _at_work(case),
        "too_many": case.too_many,
        "not_confident": level == AutopilotLevel.CONFIDENT and not confident,
    }
    return _first(TriageAction.DRAFTED, reasons)


def _at_work(case: Circumstances) -> bool:
    """Without office hours, the autopilot that depends on them does nothing by itself."""
    if case.hours == AutopilotHours.ALWAYS:
        return True
    return case.is_open is not None and case.is_open == (case.hours == AutopilotHours.OPEN)


def _first(action: TriageAction, reasons: dict[str, bool]) -> Outcome | None:
    return next((Outcome(action, reason) for reason, holds in reasons.items() if holds), None)
