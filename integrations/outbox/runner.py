"""The threads of a worker process that send.

Tasks only wake them, so a receiver that hangs holds up no other task; and each kind has threads of its own,
so a mail server that hangs holds up no webhook.
"""

import logging
import threading
import time
from functools import lru_cache
from uuid import UUID

from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from integrations.outbox.choices import DeliveryKind
from integrations.outbox.claims import claim_next, renew
from integrations.outbox.models import Delivery
from integrations.outbox.work import attempt, worker_name

logger = logging.getLogger(__name__)

THREADS = {DeliveryKind.MAIL: 4, DeliveryKind.TELEGRAM: 4, DeliveryKind.WEBHOOK: 4}
RENEW_SECONDS = 15.0
# Longer than any transport's own deadline: a thread that hangs beyond it loses its row.
LONGEST_SECONDS = 300.0


class Lane:
    """Up to `width` threads that send rows of one kind for as long as there are any."""

    def __init__(self, kind: str, width: int, *, worker: str) -> None:
        self._kind, self._width, self._worker = kind, width, worker
        self._lock = threading.Condition()
        self._threads = 0
        self._calls = 0
        self._closed = False
        self._sending: dict[UUID, tuple[Delivery, float]] = {}

    def wake(self) -> None:
        with self._lock:
            self._calls += 1
            if self._closed or self._threads >= self._width:
                return
            self._threads += 1
        threading.Thread(target=self._drain, name=f"outbox-{self._kind}", daemon=True).start()

    def close(self) -> None:
        """Takes no more rows; what is being sent goes on."""
        self._closed = True

    def wait(self, deadline: float) -> None:
        with self._lock:
            self._lock.wait_for(lambda: not self._threads, timeout=max(0.0, deadline - time.monotonic()))

    def sending(self) -> list[Delivery]:
        """What is worth keeping: sent for less than LONGEST_SECONDS."""
        now = time.monotonic()
        return [row for row, since in list(self._sending.values()) if now - since < LONGEST_SECONDS]

    def _drain(self) -> None:
        close_old_connections()
        calls, left = -1, False
        try:
            while not (left := self._leaves(calls)):
                calls = self._calls
                self._send_all()
        except DatabaseError:
            logger.exception("cannot send %s: the sweep tries again", self._kind)
        finally:
            if not left:
                self._left()
            connection.close()

    def _leaves(self, calls: int) -> bool:
        """Ends this thread's service unless somebody has called meanwhile: decided under the lock, no call is lost."""
        with self._lock:
            if self._calls != calls and not self._closed:
                return False
            self._left()
        return True

    def _left(self) -> None:
        with self._lock:
            self._threads -= 1
            self._lock.notify_all()

    def _send_all(self) -> None:
        while not self._closed:
            delivery = claim_next(self._kind, worker=self._worker, now=timezone.now())
            if delivery is None:
                return
            # There may be work for one more.
            self.wake()
            self._sending[delivery.pk] = (delivery, time.monotonic())
            try:
                attempt(delivery)
            finally:
                del self._sending[delivery.pk]


class OutboxRunner:
    """All lanes of this process; `wake` and `shutdown` may be called from any thread."""

    def __init__(self) -> None:
        worker = worker_name()
        self._lanes = [Lane(kind, width, worker=worker) for kind, width in THREADS.items()]
        self._ended = threading.Event()
        threading.Thread(target=self._tend, name="outbox-leases", daemon=True).start()

    def wake(self) -> None:
        for lane in self._lanes:
            lane.wake()

    def close(self) -> None:
        for lane in self._lanes:
            lane.close()

    def shutdown(self, timeout: float) -> None:
        """Takes no more rows and waits for those being sent; what is left then is recovered by its lease."""
        self.close()
        deadline = time.monotonic() + timeout
        for lane in self._lanes:
            lane.wait(deadline)
        self._ended.set()

    def _tend(self) -> None:
        """Keeps the leases of what is being sent."""
        while not self._ended.wait(RENEW_SECONDS):
            rows = [row for lane in self._lanes for row in lane.sending()]
            if not rows:
                continue
            try:
                renew(rows)
            except DatabaseError:
                logger.exception("cannot renew the leases of deliveries")
            finally:
                connection.close()


@lru_cache
def get_runner() -> OutboxRunner:
    """This process's runner; made when the first wake-up call arrives."""
    return OutboxRunner()


def shutdown(timeout: float) -> None:
    """Ends the runner of this process if there is one."""
    if get_runner.cache_info().currsize:
        get_runner().shutdown(timeout)
        get_runner.cache_clear()


def close() -> None:
    """Lets the runner of this process take no more rows, without waiting."""
    if get_runner.cache_info().currsize:
        get_runner().close()
