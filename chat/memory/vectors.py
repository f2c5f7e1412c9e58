"""Vectors of memories, made in the background, a batch at a time."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from chat.memory.encoding import encoder_key
from chat.memory.holders import Holder, holder_of_row
from chat.memory.models import Memory
from chat.memory.writing import locked_account, save_changes
from knowledge.encoders import EncoderMissing, encoder_for

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)


def embed_next() -> bool:
    """Makes the vectors of some memories that lack one of the encoder in use; False when there are none."""
    key = encoder_key()
    if not key:
        return False
    try:
        encoder = encoder_for(key)
        rows = _claim(key, encoder.batch)
        if not rows:
            return False
        vectors = encoder.passages([row.text for row in rows])
    except EncoderMissing as error:
        logger.warning("memories have no vectors: %s", error)
        return False
    _store(key, rows, [vector.astype("<f2").tobytes() for vector in vectors])
    return True


def _claim(key: str, count: int) -> list[Memory]:
    """Memories that are now this worker's for a while."""
    now = timezone.now()
    waiting = Memory.objects.without_vector(key, now)
    keys = list(waiting.order_by("pk").values_list("pk", flat=True)[:count])
    until = now + LEASE
    if not keys or not waiting.filter(pk__in=keys).update(lease_until=until):
        return []
    return list(Memory.objects.filter(pk__in=keys, lease_until=until).defer("vector"))


def _store(key: str, rows: Sequence[Memory], vectors: Sequence[bytes]) -> None:
    by_holder: dict[Holder, dict[UUID, tuple[str, bytes]]] = defaultdict(dict)
    for row, vector in zip(rows, vectors, strict=True):
        by_holder[holder_of_row(row)][row.pk] = (row.digest, vector)
    for holder, made in by_holder.items():
        _store_of(holder, key, made)


@transaction.atomic
def _store_of(holder: Holder, key: str, made: dict[UUID, tuple[str, bytes]]) -> None:
    account = locked_account(holder)
    # Reworded meanwhile, a memory waits for another vector; forgotten, for none.
    found = Memory.objects.of(holder).filter(pk__in=made).only("pk", "digest")
    changed = [row for row in found if row.digest == made[row.pk][0]]
    if not changed:
        return
    revision = save_changes(account)
    for row in changed:
        row.encoder, row.vector, row.revision, row.lease_until = key, made[row.pk][1], revision, None
    Memory.objects.bulk_update(changed, ["encoder", "vector", "revision", "lease_until"])
