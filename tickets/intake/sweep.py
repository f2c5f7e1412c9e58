"""Mails that could not be taken in are tried again."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tickets.choices import InboundState, MailSource
from tickets.intake.storing import Delivery, settle, unpacked
from tickets.mime.parsing import parse
from tickets.models import InboundMail

BATCH = 100
LEASE = timedelta(minutes=2)


def sweep() -> int:
    """Tries what is due; returns how many mails found their place."""
    now = timezone.now()
    due = InboundMail.objects.filter(state=InboundState.RECEIVED, next_attempt_at__lte=now)
    return sum(
        _again(mail_id) for mail_id in list(due.order_by("next_attempt_at").values_list("pk", flat=True)[:BATCH])
    )


def _again(mail_id: UUID) -> bool:
    now = timezone.now()
    mine = InboundMail.objects.filter(pk=mail_id, state=InboundState.RECEIVED, next_attempt_at__lte=now)
    if not mine.update(next_attempt_at=now + LEASE):
        return False
    with transaction.atomic():
        inbound = InboundMail.objects.select_related("raw").get(pk=mail_id)
        delivery = Delivery(
            source=MailSource(inbound.source),
            envelope_to=inbound.envelope_to,
            # In an archive, mails from our own addresses are our answers.
            sent_by_us=inbound.source == MailSource.IMPORT,
            answers=inbound.source != MailSource.IMPORT,
        )
        settle(inbound, parse(unpacked(inbound)), delivery)
    return bool(inbound.state != InboundState.RECEIVED)
