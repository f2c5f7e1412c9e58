"""What may be done with a decision, by the table."""

import pytest

from tickets.choices import AutopilotHours, AutopilotLevel, Decision, RuleAction
from tickets.triage.explaining import REASONS
from tickets.triage.policy import Circumstances, act_on

FULL, CONFIDENT, DRAFT = AutopilotLevel.FULL, AutopilotLevel.CONFIDENT, AutopilotLevel.DRAFT
TABLE = [
    ({}, "sent", "full"),
    ({"level": DRAFT}, "drafted", "level"),
    ({"level": CONFIDENT, "calibrated": 0.8}, "sent", "confident"),
    ({"level": CONFIDENT, "calibrated": 0.74}, "drafted", "not_confident"),
    ({"level": CONFIDENT, "calibrated": None}, "drafted", "not_confident"),
    ({"level": FULL, "calibrated": 0.1}, "sent", "full"),
    ({"level": FULL, "topic_level": DRAFT}, "drafted", "level"),
    ({"level": FULL, "topic_level": CONFIDENT, "calibrated": 0.5}, "drafted", "not_confident"),
    ({"level": DRAFT, "topic_level": FULL}, "drafted", "level"),
    ({"decision": Decision.NEED_MORE_INFO}, "sent", "full"),
    ({"decision": Decision.ESCALATE}, "escalated", "decision"),
    ({"decision": Decision.ESCALATE, "level": DRAFT}, "escalated", "decision"),
    ({"has_text": False}, "escalated", "no_text"),
    ({"rule": RuleAction.ESCALATE}, "escalated", "rule"),
    ({"rule": RuleAction.DRAFT}, "drafted", "rule_draft"),
    ({"rule": RuleAction.SORT}, "sent", "full"),
    ({"shadow": True}, "recorded", "shadow"),
    ({"shadow": True, "decision": Decision.ESCALATE}, "recorded", "shadow"),
    ({"is_spam": True, "rule": RuleAction.ESCALATE}, "recorded", "spam"),
    ({"answered_meanwhile": True}, "recorded", "answered_meanwhile"),
    ({"is_automatic": True}, "recorded", "automatic"),
    ({"only_thanks": True}, "recorded", "only_thanks"),
    ({"is_new_participant": True}, "drafted", "new_participant"),
    ({"is_handed_over": True}, "drafted", "handed_over"),
    ({"is_assigned": True}, "drafted", "assigned"),
    ({"paused": True}, "drafted", "paused"),
    ({"too_many": True}, "drafted", "too_many"),
    ({"hours": AutopilotHours.OPEN, "is_open": True}, "sent", "full"),
    ({"hours": AutopilotHours.OPEN, "is_open": False}, "drafted", "hours"),
    ({"hours": AutopilotHours.CLOSED, "is_open": False}, "sent", "full"),
    ({"hours": AutopilotHours.CLOSED, "is_open": True}, "drafted", "hours"),
    ({"hours": AutopilotHours.OPEN, "is_open": None}, "drafted", "hours"),
    ({"hours": AutopilotHours.CLOSED, "is_open": None}, "drafted", "hours"),
]


@pytest.mark.parametrize(("given", "action", "reason"), TABLE)
def test_the_table(given, action, reason):
    outcome = act_on(Circumstances(**({"decision": Decision.FULL_ANSWER, "level": FULL} | given)))
    assert (outcome.action, outcome.reason) == (action, reason)
    assert reason in REASONS
