"""Fading: what is of no use loses confidence week by week, and is forgotten in the end.

`fades_at` is the queue: a row is due once it has passed, and moving it on is a part of the same statement that takes
the confidence, so a day may be worked through as often as one likes, by as many workers.
"""

import logging
from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from chat.memory.holders import Holder, holder_of_row
from chat.memory.index import indexes
from chat.memory.models import FADES_EVERY, USED_OFTEN, Memory
from chat.memory.writing import locked_account, save_changes, unprotected

logger = logging.getLogger(__name__)

# Lost in each FADES_EVERY without being recalled.
LOSS = 0.05
FORGOTTEN_BELOW = 0.1
TOGETHER = 500


def fade_next(now: datetime | None = None) -> bool:
    """Fades some of the memories that are due; False when there are none."""
    moment = now or timezone.now()
    due = list(Memory.objects.filter(fades_at__lte=moment).order_by("fades_at", "pk").defer("vector")[:TOGETHER])
    by_holder: dict[Holder, list[Any]] = defaultdict(list)
    for row in due:
        by_holder[holder_of_row(row)].append(row.pk)
    for holder, keys in by_holder.items():
        _fade(holder, keys, moment)
    return bool(due)


@transaction.atomic
def _fade(holder: Holder, keys: list[Any], now: datetime) -> None:
    account = locked_account(holder)
    due = Memory.objects.of(holder).filter(pk__in=keys, fades_at__lte=now)
    fading = unprotected(due).filter(access_count__lt=USED_OFTEN)
    rows = list(fading.only("pk", "confidence", "fades_at"))
    for row in rows:
        weeks = 1 + (now - row.fades_at) // FADES_EVERY
        row.confidence = max(0.0, round(row.confidence - LOSS * weeks, 4))
        row.fades_at += weeks * FADES_EVERY
    Memory.objects.bulk_update([row for row in rows if not _is_forgotten(row)], ["confidence", "fades_at"])
    # Protected since they were queued.
    due.exclude(pk__in=[row.pk for row in rows]).update(fades_at=None)
    gone, _ = Memory.objects.filter(pk__in=[row.pk for row in rows if _is_forgotten(row)]).delete()
    if gone:
        save_changes(account, taken_away=True)
        transaction.on_commit(lambda: indexes.forget(holder))
        logger.info("%d memories of %s have faded away", gone, holder)


def _is_forgotten(row: Memory) -> bool:
    return row.confidence < FORGOTTEN_BELOW
