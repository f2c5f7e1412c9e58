"""`?wait=true`: the caller gets the decision, if it is made soon."""

import asyncio
import time
from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.utils import timezone

from integrations.calls.background import BackgroundLoop
from tickets.choices import OPEN_TRIAGES, TriageState
from tickets.models import Ticket, TicketMessage, Triage

MOST_SECONDS = 30.0
# The decision is a row that some worker writes; looking it up is one query by an index.
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 0.5

_waiting = BackgroundLoop("waiting-mails")


def decision_for(message: TicketMessage, *, seconds: float = MOST_SECONDS) -> Triage | None:
    """The decision on a mail, once it is made; None when nobody decides on it, or not in time."""
    return _waiting.run(_wait(message.pk, seconds))


async def _wait(message_id: int, seconds: float) -> Triage | None:
    until, pause = time.monotonic() + seconds, FIRST_PAUSE
    while True:
        row = await sync_to_async(_look, thread_sensitive=False)(message_id)
        if row is None or row.state not in OPEN_TRIAGES:
            return row if row is not None and row.state == TriageState.DONE else None
        left = until - time.monotonic()
        if left <= 0:
            return None
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _look(message_id: int) -> Triage | None:
    try:
        found: Triage | None = Triage.objects.filter(message_id=message_id).order_by("-id").first()
        return found
    finally:
        close_old_connections()


def result_of(triage: Triage, ticket: Ticket) -> dict[str, Any]:
    """The contract's four fields, and what stands behind them."""
    return {
        "full_name": triage.full_name,
        "issue_summary": triage.issue_summary,
        "decision": triage.decision,
        "draft_reply": triage.draft_reply,
        "ticket_id": str(ticket.uuid),
        "ticket_number": ticket.pk,
        "confidence": triage.calibrated if triage.calibrated is not None else triage.confidence,
        "reason": triage.reason,
        "evidence": triage.evidence,
        "action": triage.action,
        "degraded": triage.degraded,
        "seconds": round(((triage.finished_at or timezone.now()) - triage.created_at).total_seconds(), 3),
    }
