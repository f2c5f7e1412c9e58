"""Decisions in words for people."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: dict[str, str | Promise] = {
    "full": _("The autopilot answers everything here."),
    "confident": _("The confidence is high enough for the autopilot."),
    "shadow": _("Shadow mode: decisions are only recorded."),
    "spam": _("The ticket was marked as spam."),
    "answered_meanwhile": _("Somebody answered meanwhile."),
    "automatic": _("Automatic mails are not answered."),
    "only_thanks": _("The customer only says thanks."),
    "rule": _("A rule of the staff wants a person."),
    "decision": _("A person has to decide."),
    "no_text": _("There is no text to send."),
    "rule_draft": _("A rule of the staff wants a person to approve the answer."),
    "new_participant": _("Somebody new writes in this conversation."),
    "handed_over": _("A person has been called to this ticket."),
    "assigned": _("A person takes care of this ticket."),
    "paused": _("The autopilot is paused."),
    "level": _("A person approves every answer here."),
    "hours": _("The autopilot does not work at this hour."),
    "too_many": _("The customer has got many automatic answers within the last hour."),
    "not_confident": _("The confidence is too low for the autopilot."),
    "not_possible": _("The answer could not be sent."),
    "failed": _("The decision failed several times."),
}
DEGRADED: dict[str, str | Promise] = {
    "no_model": _("No language model is connected: the knowledge base alone decided."),
    "provider_down": _("The language model could not be reached: the knowledge base alone decided."),
    "fallback": _("Another model stood in for the first one."),
    "not_configured": _("The model for the support desk is not set up: another one stood in."),
    "invalid_output": _("The language model did not keep to the asked form."),
}


def why(reason: str) -> str:
    """The sentence for `Triage.action_reason`; empty for none."""
    return str(REASONS.get(reason, ""))


def what_is_worse(code: str) -> str:
    """The sentence for `Triage.degraded`; empty for none."""
    return str(DEGRADED.get(code, code and _("The answer is worse than usual: %(code)s.") % {"code": code}))


def tried_rules(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The explanation of the rules that matched, flat: one dict for each condition that was asked."""
    return [{"name": rule["name"], **tried} for rule in rules for tried in rule.get("explain", [])]
