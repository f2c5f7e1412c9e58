"""Carrying decisions through: claimed, decided, done; tried again after a failure, in the end a person is told."""

import logging
import time
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.remember import remembered
from integrations.services.routing import Route
from tickets.choices import TriageAction, TriageState
from tickets.escalation import escalate
from tickets.models import Triage
from tickets.services.events import locked
from tickets.triage.acting import finish
from tickets.triage.asking import SECONDS, routes
from tickets.triage.case import case_of
from tickets.triage.claims import BATCH, LEASE, MOST_ATTEMPTS, LeaseLost, claim, mine, renew, try_later
from tickets.triage.deciding import decide
from tickets.triage.rules import ruling_on

logger = logging.getLogger(__name__)

FRESH = 5.0
# The answer, its repair, and room to write.
MODEL_LEASE = timedelta(seconds=2 * SECONDS) + LEASE


def run_next() -> int:
    """Decides on a few mails; returns how many rows were taken up, 0 when nothing waits."""
    chain = remembered(("triage-routes",), routes)
    claimed = time.monotonic()
    rows = claim(1 if chain else BATCH)
    for row in rows:
        _carry_through(row, chain, held=time.monotonic() - claimed)
    return len(rows)


def _carry_through(triage: Triage, chain: list[Route], *, held: float) -> None:
    """`held`: seconds since the row was claimed; a fresh lease need not be renewed."""
    try:
        if triage.attempts > MOST_ATTEMPTS:
            _give_up(triage)
            return
        if chain or held > FRESH:
            renew(triage, lease=MODEL_LEASE if chain else LEASE)
        _decide(triage, chain)
    except LeaseLost:
        logger.info("triage %s was overtaken", triage.pk)
    except Exception:  # noqa: BLE001 - whatever broke, the others go on; the row says that it failed, the log why
        logger.exception("triage %s failed", triage.pk)
        try_later(triage, "internal")


def _decide(triage: Triage, chain: list[Route]) -> None:
    began = time.monotonic()
    case = case_of(triage)
    ruling = ruling_on(case)
    proposal = decide(case, ruling, chain)
    finish(case, proposal, ruling, duration_ms=round((time.monotonic() - began) * 1000))


def _give_up(triage: Triage) -> None:
    """A decision that fails again and again, or kills its workers, is a person's."""
    with transaction.atomic(durable=True):
        ticket = locked(triage.message.ticket_id)
        ended = mine(triage).update(
            state=TriageState.FAILED,
            lease_until=None,
            action=TriageAction.ESCALATED,
            action_reason="failed",
            error_code=triage.error_code or "internal",
            finished_at=timezone.now(),
        )
        if not ended:
            raise LeaseLost(str(triage.pk))
        escalate(ticket=ticket, reason=_("The decision failed several times."), triage=triage)
