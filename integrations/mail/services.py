"""Sending mail."""

import dataclasses

from integrations.mail.message import Mail
from integrations.outbox.choices import DeliveryKind
from integrations.outbox.models import Delivery
from integrations.outbox.services import Order, enqueue


def send_mail(mail: Mail, order: Order) -> Delivery:
    """Enqueues the mail in the caller's transaction; raises InvalidMessage naming the field that is wrong.

    Its Message-ID, for later answers to be found by, is `own_message_id(delivery.pk, sender_of(delivery.payload))`.
    """
    return enqueue(DeliveryKind.MAIL, dataclasses.asdict(mail), order)
