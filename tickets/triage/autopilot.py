"""When the autopilot of a mailbox stands back: by itself when staff edit too much, or because a person wants it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from tickets.choices import AutopilotLevel, DraftState, EventBy, EventKind, TriageAction
from tickets.models import AutopilotEvent, Mailbox, Ticket, Triage
from tickets.services.events import record
from tickets.triage.calibration import SMALL_EDIT

# Below so many verdicts nothing can be said.
FEWEST = 5


@transaction.atomic
def pause(mailbox: Mailbox, *, reason: str, actor: Any = None, ticket: Ticket | None = None, **data: Any) -> bool:
    """Drafts only from now on; whether that is new. `ticket` is the one whose draft was the last straw."""
    now = timezone.now()
    changed = Mailbox.objects.filter(pk=mailbox.pk, autopilot_paused_at__isnull=True).update(
        autopilot_paused_at=now, autopilot_paused_for=reason[:300]
    )
    if not changed:
        return False
    mailbox.autopilot_paused_at, mailbox.autopilot_paused_for = now, reason[:300]
    AutopilotEvent.objects.create(mailbox=mailbox, paused=True, reason=reason[:300], data=data, actor=actor)
    if ticket is not None:
        record(ticket, EventKind.AUTOPILOT, by=EventBy.SYSTEM, actor=actor, paused=True, mailbox=mailbox.pk, **data)
    return True


@transaction.atomic
def resume(mailbox: Mailbox, *, actor: Any = None) -> bool:
    """Lets the autopilot go on; verdicts from before do not count against it again. Whether that is new."""
    changed = Mailbox.objects.filter(pk=mailbox.pk, autopilot_paused_at__isnull=False).update(
        autopilot_paused_at=None, autopilot_paused_for=""
    )
    if not changed:
        return False
    mailbox.autopilot_paused_at, mailbox.autopilot_paused_for = None, ""
    AutopilotEvent.objects.create(mailbox=mailbox, paused=False, actor=actor)
    return True


def edit_rate(mailbox: Mailbox) -> tuple[float | None, int]:
    """The share of drafts that staff edited or rejected among the newest answers, and how many they judged.

    None while they are too few. Small edits are none; overtaken drafts say nothing.
    """
    reviewed = Triage.objects.filter(
        mailbox=mailbox,
        verdict__in=[DraftState.APPROVED, DraftState.EDITED, DraftState.REJECTED],
        verdict_at__gt=_since(mailbox),
    )
    sent = Triage.objects.filter(mailbox=mailbox, action=TriageAction.SENT, verdict="", finished_at__gt=_since(mailbox))
    window = settings.AUTOPILOT_WINDOW
    verdicts = [
        (at, _is_bad(verdict, edited))
        for at, verdict, edited in reviewed.order_by("-verdict_at").values_list("verdict_at", "verdict", "edited")[
            :window
        ]
    ]
    unseen = [(at, False) for at in sent.order_by("-pk").values_list("finished_at", flat=True)[:window]]
    newest = sorted([*verdicts, *unseen], reverse=True)[:window]
    if len(verdicts) < FEWEST or not newest:
        return None, len(verdicts)
    return sum(bad for _, bad in newest) / len(newest), len(verdicts)


def stand_back_if_needed(mailbox: Mailbox, *, ticket: Ticket | None = None) -> bool:
    """After a verdict: pauses an autopilot that sends, when the edit rate is above the mailbox's limit."""
    if mailbox.autopilot == AutopilotLevel.DRAFT or mailbox.is_paused():
        return False
    rate, count = edit_rate(mailbox)
    if rate is None or rate <= mailbox.edit_limit:
        return False
    with translation.override(mailbox.language or settings.LANGUAGE_CODE):
        reason = _("%(rate)d %% of the newest answers were edited or rejected; the limit is %(limit)d %%.") % {
            "rate": round(rate * 100),
            "limit": round(mailbox.edit_limit * 100),
        }
    return pause(mailbox, reason=reason, ticket=ticket, rate=round(rate, 4), verdicts=count)


def _since(mailbox: Mailbox) -> datetime:
    resumed = AutopilotEvent.objects.filter(mailbox=mailbox, paused=False).order_by("-id").first()
    return resumed.created_at if resumed else mailbox.created_at


def _is_bad(verdict: str, edited: float | None) -> bool:
    return verdict == DraftState.REJECTED or (verdict == DraftState.EDITED and (edited or 0.0) > SMALL_EDIT)
