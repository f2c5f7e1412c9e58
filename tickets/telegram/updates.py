"""Updates of bots: kept before anything is done, dealt with once.

What an update brings about and the note that it has been dealt with are one transaction.
"""

import json
import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from integrations.outbox.errors import InvalidMessage
from tickets.models import TelegramUpdate

logger = logging.getLogger(__name__)

JSON = dict[str, Any]
LEASE = timedelta(minutes=3)
MOST_ATTEMPTS = 6
# Until what belongs to an update may be there, and after the first failure; it triples with each further one.
SOON, PAUSE = timedelta(seconds=3), timedelta(seconds=5)
# Telegram itself keeps an update for a day; a repetition is known for longer.
KEPT = timedelta(days=3)


class NotYet(Exception):
    """Something that belongs to this update is not there yet: it is looked at again in a moment."""


class Taken(Exception):
    """Somebody else has dealt with it meanwhile."""


def store(bot: str, updates: Iterable[JSON]) -> int:
    """Keeps what is not there yet, in the caller's transaction; returns the highest number, 0 for none."""
    rows = [
        TelegramUpdate(bot=bot, update_id=update["update_id"], payload=_storable(update), album=_album(update))
        for update in updates
        if _has_number(update)
    ]
    TelegramUpdate.objects.bulk_create(rows, ignore_conflicts=True)
    return max((row.update_id for row in rows), default=0)


def _has_number(update: JSON) -> bool:
    number = update.get("update_id")
    return isinstance(number, int) and 0 <= number < 2**63


def _storable(update: JSON) -> JSON:
    """PostgreSQL takes no zero characters."""
    clean: JSON = json.loads(json.dumps(update).replace("\\u0000", ""))
    return clean


def _album(update: JSON) -> str:
    message = update.get("message")
    return str(message.get("media_group_id") or "")[:64] if isinstance(message, dict) else ""


def handle_due() -> None:
    """Deals with all that are there, in the order in which they came."""
    for key in list(_open().order_by("pk").values_list("pk", flat=True)):
        handle(key)


def _open() -> Any:
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=timezone.now())
    return TelegramUpdate.objects.filter(free, handled_at__isnull=True)


def handle(key: int) -> bool:
    """Deals with one update unless somebody else does; whether it is done with."""
    from tickets.telegram.dispatch import dispatch

    if not _open().filter(pk=key).update(lease_until=timezone.now() + LEASE, attempts=F("attempts") + 1):
        return False
    row = TelegramUpdate.objects.get(pk=key)
    try:
        dispatch(row)
    except NotYet:
        _again(row, SOON, "what belongs to it has not come")
    except Taken:
        return False
    except Exception as error:  # noqa: BLE001 - one update that we cannot deal with must not hold up the others
        logger.exception("Telegram update %s of %s", row.update_id, row.bot)
        _again(row, PAUSE * 3 ** (row.attempts - 1), type(error).__name__)
    return TelegramUpdate.objects.filter(pk=key, handled_at__isnull=False).exists()


def finish(rows: Iterable[TelegramUpdate], error: str = "") -> None:
    """Notes in the caller's transaction that they are dealt with; raises Taken when another has done so.

    What people wrote is in the tickets now, and is not kept twice.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an update is finished in the transaction of its effects")
    keys = [row.pk for row in rows]
    done = TelegramUpdate.objects.filter(pk__in=keys, handled_at__isnull=True)
    if done.update(handled_at=timezone.now(), lease_until=None, payload={}, error=error[:300]) != len(keys):
        raise Taken


def is_last_attempt(row: TelegramUpdate) -> bool:
    return row.attempts >= MOST_ATTEMPTS


def _again(row: TelegramUpdate, pause: timedelta, why: str) -> None:
    if is_last_attempt(row):
        _give_up(row, why)
        return
    rows = TelegramUpdate.objects.filter(pk=row.pk, handled_at__isnull=True)
    rows.update(lease_until=timezone.now() + pause, error=why[:300])


def _give_up(row: TelegramUpdate, why: str) -> None:
    """Said aloud, where that can be done: somebody believes that his answer has left."""
    from tickets.telegram.dispatch import say_failed

    try:
        with transaction.atomic():
            say_failed(row)
            finish([row], error=why)
    except (InvalidMessage, Taken):
        TelegramUpdate.objects.filter(pk=row.pk).update(handled_at=timezone.now(), lease_until=None, error=why[:300])


def prune() -> int:
    return int(TelegramUpdate.objects.filter(handled_at__lt=timezone.now() - KEPT).delete()[0])


def wake() -> None:
    """Never raises: the sweep finds what nobody was told of."""
    from tickets.telegram.tasks import handle_updates

    try:
        handle_updates.delay()
    except OperationalError:
        logger.warning("the broker cannot be reached; the sweep will find the updates")
