"""What staff do with drafts is what the desk learns from."""

from django.utils import timezone

from tickets.models import Draft, Triage
from tickets.triage.autopilot import stand_back_if_needed
from tickets.triage.calibration import JUDGED, recalibrate


def note(draft: Draft) -> None:
    """After a draft was approved, edited or rejected, in the transaction of that: labels its decision.

    The confidence of the mailbox is measured anew, and an autopilot whose answers are edited too much stands back.
    """
    if draft.triage_id is None or draft.state not in JUDGED:
        return
    triage = Triage.objects.select_related("mailbox").get(pk=draft.triage_id)
    triage.verdict, triage.edited = draft.state, draft.edited
    triage.verdict_at = draft.reviewed_at or timezone.now()
    triage.save(update_fields=["verdict", "edited", "verdict_at"])
    recalibrate(triage.mailbox)
    stand_back_if_needed(triage.mailbox, ticket=draft.ticket)
