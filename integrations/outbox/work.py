"""One attempt, from the claim to its end."""

import logging
import os
import socket
import uuid
from uuid import UUID

from django.utils import timezone

from integrations.outbox.claims import claim, hand_over
from integrations.outbox.errors import DeliveryError, LeaseLost, OnHold, OutcomeUnknown
from integrations.outbox.models import Delivery
from integrations.outbox.settle import end_abandoned, end_delivered, end_failed, end_held
from integrations.outbox.transports import transport_of

logger = logging.getLogger(__name__)


def worker_name() -> str:
    """Unlike that of any other claimant, on this machine or elsewhere."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"[-100:]


def attempt(delivery: Delivery) -> None:
    """Sends a claimed row and settles it."""
    started = timezone.now()
    try:
        result = transport_of(delivery.kind).send(delivery, lambda: hand_over(delivery))
    except OnHold as hold:
        end_held(delivery, hold)
    except LeaseLost:
        logger.warning("delivery %s was taken over by somebody else and not sent", delivery.pk)
    except DeliveryError as error:
        end_failed(delivery, error, started=started)
    except Exception as error:  # noqa: BLE001 - a defect of ours must cost this row an attempt, not loop on its lease
        logger.exception("delivery %s", delivery.pk)
        kind = OutcomeUnknown if delivery.handed_over_at else DeliveryError
        end_failed(delivery, kind(f"Internal error: {type(error).__name__}.", code="internal"), started=started)
    else:
        end_delivered(delivery, result, started=started)


def attempt_now(key: UUID) -> bool:
    """Sends the row in this thread unless a worker has it already; whether it was this thread."""
    delivery = claim(key, worker=worker_name(), now=timezone.now())
    if delivery is not None:
        attempt(delivery)
    return delivery is not None


def recover_abandoned() -> int:
    """Deals with rows whose worker died; returns how many."""
    return _recover(list(Delivery.objects.abandoned(timezone.now())))


def recover_all() -> int:
    """As `recover_abandoned` for every row being sent: for the start of a process that is the only one."""
    return _recover(list(Delivery.objects.filter(state="sending")))


def _recover(deliveries: list[Delivery]) -> int:
    for delivery in deliveries:
        end_abandoned(delivery)
    return len(deliveries)
