"""Fetching the updates of bots without a webhook: one reader per bot, whichever process it is in.

The lease in TelegramBotState says who reads. What was fetched and how far one has got are stored in one transaction, so
nothing is skipped; what is fetched twice is recognised.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import Q
from django.utils import timezone

from integrations.outbox.errors import DeliveryError
from integrations.telegram.bots import ENVIRONMENT, token_of
from integrations.telegram.client import BotClient
from tickets.models import Operator, OperatorChat, TelegramBotState
from tickets.telegram import updates

logger = logging.getLogger(__name__)

ALLOWED = ["message", "callback_query"]
POLL_SECONDS = 20
# Beyond one poll with the time that its connection may take.
LEASE = timedelta(seconds=POLL_SECONDS + 20)
# Between polls that come back at once with nothing, and after failures: the last pause is kept.
SHORT_PAUSE = 1.0
PAUSES = (2.0, 5.0, 15.0, 30.0)


def bots_to_poll() -> list[str]:
    """The bots that the desk uses and that have no webhook."""
    if not settings.TELEGRAM_POLLING:
        return []
    used = {chat or ENVIRONMENT for chat in OperatorChat.objects.filter(enabled=True).values_list("bot", flat=True)}
    if settings.TELEGRAM_CHAT_ID or Operator.objects.exists():
        used.add(ENVIRONMENT)
    if not settings.TELEGRAM_BOT_TOKEN:
        used.discard(ENVIRONMENT)
    hooked = set(TelegramBotState.objects.exclude(webhook_secret_digest="").values_list("bot", flat=True))
    return sorted(used - hooked)


class Lease:
    """The right to read a bot's updates, for as long as it is renewed."""

    def __init__(self, bot: str) -> None:
        self._bot = bot
        self._until: datetime | None = None

    def take(self) -> bool:
        TelegramBotState.objects.get_or_create(bot=self._bot)
        now = timezone.now()
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        return self._set(Q(bot=self._bot) & free, now + LEASE)

    def renew(self) -> bool:
        """False when it ran out and somebody else took it."""
        return self._set(self.mine(), timezone.now() + LEASE)

    def release(self) -> None:
        TelegramBotState.objects.filter(self.mine()).update(lease_until=None)

    def mine(self) -> Q:
        return Q(bot=self._bot, lease_until=self._until)

    def _set(self, condition: Q, until: datetime) -> bool:
        if not TelegramBotState.objects.filter(condition).update(lease_until=until):
            return False
        self._until = until
        return True


def poll_once(bot: str, lease: Lease, *, seconds: int = POLL_SECONDS) -> int:
    """Fetches and keeps what has come; returns how much. Raises DeliveryError."""
    offset = TelegramBotState.objects.values_list("offset", flat=True).get(bot=bot)
    client = BotClient(token_of(bot))
    found = async_to_sync(client.get_updates)(offset=offset or None, timeout=seconds, allowed_updates=ALLOWED)
    with transaction.atomic():
        highest = updates.store(bot, found)
        state = {"checked_at": timezone.now(), "error": ""}
        if highest:
            state["offset"] = highest + 1
        TelegramBotState.objects.filter(lease.mine()).update(**state)
    if found:
        updates.wake()
    return len(found)


def poll(bot: str, stopped: threading.Event, *, wanted: Callable[[], bool]) -> None:
    """Reads a bot's updates until it is stopped or not wanted any more; nothing when somebody else does."""
    lease = Lease(bot)
    if not lease.take():
        return
    failures = 0
    try:
        while not stopped.is_set() and wanted() and lease.renew():
            begun = time.monotonic()
            try:
                found = poll_once(bot, lease)
            except DeliveryError as error:
                _note(lease, error)
                stopped.wait(PAUSES[min(failures, len(PAUSES) - 1)])
                failures += 1
                continue
            failures = 0
            if not found and time.monotonic() - begun < SHORT_PAUSE:
                stopped.wait(SHORT_PAUSE)
    finally:
        lease.release()


def _note(lease: Lease, error: DeliveryError) -> None:
    logger.warning("updates cannot be fetched: %s", error.text)
    TelegramBotState.objects.filter(lease.mine()).update(error=error.text[:300], checked_at=timezone.now())


class Pollers:
    """The reading threads of this process."""

    def __init__(self) -> None:
        self._threads: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def keep(self) -> None:
        """A thread for each bot that has none here; it ends by itself when another process reads."""
        for bot in bots_to_poll():
            with self._lock:
                known = self._threads.get(bot)
                if self._stopped.is_set() or (known is not None and known.is_alive()):
                    continue
                thread = threading.Thread(target=self._run, args=(bot,), name=f"telegram-{bot[:8]}", daemon=True)
                self._threads[bot] = thread
                thread.start()

    def _run(self, bot: str) -> None:
        close_old_connections()
        try:
            poll(bot, self._stopped, wanted=lambda: bot in bots_to_poll())
        except DatabaseError:
            logger.exception("the updates of %s cannot be read: it is tried again", bot)
        finally:
            connection.close()

    def stop(self, timeout: float) -> None:
        """What is being fetched is not waited for: it is fetched again by the next reader."""
        self._stopped.set()
        for thread in self._threads.values():
            thread.join(timeout)


pollers = Pollers()
