"""From a case to a proposal: a model where there is one, else the knowledge base alone; people's wishes come first."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from django.utils import translation
from django.utils.translation import gettext as _

from integrations.calls.structured import InvalidOutput
from integrations.providers.errors import ProviderError
from integrations.services.routing import Route
from tickets.choices import Decision, RuleAction, TriageSource
from tickets.triage.asking import ask, spent_on
from tickets.triage.case import Case
from tickets.triage.finding import found_for
from tickets.triage.local import decide_locally, staff_language
from tickets.triage.person import asks_for_person
from tickets.triage.proposal import Proposal
from tickets.triage.rules import Ruling

logger = logging.getLogger(__name__)

NO_MODEL = "no_model"
PROVIDER_DOWN = "provider_down"
INVALID_OUTPUT = "invalid_output"


def decide(case: Case, ruling: Ruling, chain: Sequence[Route]) -> Proposal:
    """What becomes of the mail. Rules of the staff and a wish for a person count more than any model; what was
    drafted stays for whoever takes over."""
    proposal = _proposed(case, chain)
    with translation.override(staff_language(case)):
        if asks_for_person(case.said):
            reason = _("The customer asks for a person.")
            return replace(proposal, decision=Decision.ESCALATE, source=TriageSource.PERSON_ASKED, reason=reason)
        if ruling.action == RuleAction.ESCALATE and ruling.deciding is not None:
            reason = _("The rule “%(name)s” wants a person.") % {"name": ruling.deciding.name}
            return replace(proposal, decision=Decision.ESCALATE, source=TriageSource.RULE, reason=reason)
    return proposal


def _proposed(case: Case, chain: Sequence[Route]) -> Proposal:
    if not chain:
        return decide_locally(case, found_for(case), degraded=NO_MODEL)
    try:
        return ask(case, found_for(case, everything=True), chain)
    except InvalidOutput as error:
        logger.warning("triage %s: no usable answer: %s", case.triage.pk, error.problem)
        return _useless(case, error)
    except ProviderError as error:
        logger.warning("triage %s: no model answers: %s", case.triage.pk, error.code)
        return replace(
            decide_locally(case, found_for(case), degraded=PROVIDER_DOWN), problems=[f"provider: {error.code}"]
        )


def _useless(case: Case, error: InvalidOutput) -> Proposal:
    """The model had its second chance: a person decides, with what the knowledge base has as a draft."""
    local = decide_locally(case, found_for(case), degraded=INVALID_OUTPUT)
    with translation.override(staff_language(case)):
        reason = _("The model's answer could not be used, also when it was asked again.")
    return replace(
        local, decision=Decision.ESCALATE, reason=reason, problems=[error.problem], confidence=None, **spent_on(error)
    )
