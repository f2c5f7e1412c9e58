"""Retention: messages are other people's letters and are not kept for ever."""

import logging
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from integrations.outbox.choices import DeliveryState
from integrations.outbox.models import Delivery

logger = logging.getLogger(__name__)

BATCH = 500


def prune() -> int:
    """Deletes what was delivered or cancelled OUTBOX_KEEP_DAYS ago; dead letters stay until a person decides."""
    before = timezone.now() - timedelta(days=settings.OUTBOX_KEEP_DAYS)
    states = [DeliveryState.DELIVERED, DeliveryState.CANCELLED]
    old = Delivery.objects.filter(state__in=states, finished_at__lt=before)
    deleted = 0
    while batch := list(old.order_by("finished_at").values_list("pk", flat=True)[:BATCH]):
        # Filtered again: a cancelled row may have been asked for once more since it was read.
        deleted += old.filter(pk__in=batch).delete()[1].get("integrations.Delivery", 0)
    logger.info("Pruned %d deliveries", deleted)
    return deleted
