"""Removing what nobody can use any more."""

import logging
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import AccessToken, AnonymousSubscriber

logger = logging.getLogger(__name__)

ENDED_TOKENS_KEPT = timedelta(days=7)
IDLE_VISITORS_KEPT = timedelta(days=90)
BATCH = 500


def prune() -> tuple[int, int]:
    """Deletes tokens that ended a week ago and idle visitors without conversations; how many of each."""
    now = timezone.now()
    tokens = _delete(AccessToken.objects.ended_before(now - ENDED_TOKENS_KEPT))
    idle = AnonymousSubscriber.objects.filter(last_seen_at__lt=now - IDLE_VISITORS_KEPT, conversations__isnull=True)
    visitors = _delete(idle)
    logger.info("Pruned %d access tokens and %d visitors", tokens, visitors)
    return tokens, visitors


def _delete(rows: QuerySet[Any]) -> int:
    """Deletes in batches, each its own transaction, so that no writer waits long."""
    deleted = 0
    while batch := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        # Filtered again: a row may have come back to life since it was read.
        rows.filter(pk__in=batch).delete()
        deleted += len(batch)
    return deleted
