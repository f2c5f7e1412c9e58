"""Who works on a row: a lease that others respect until it runs out, so that killed workers hold up nothing."""

import os
import socket
import threading
from datetime import timedelta
from typing import Any

from django.db.models import Model, Q
from django.utils import timezone

LEASE = timedelta(seconds=60)


class LeaseLost(Exception):
    """Somebody else works on it, or nobody may any more."""


def free() -> Q:
    """Rows on which nobody works."""
    return Q(lease_until=None) | Q(lease_until__lt=timezone.now())


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"[:80]


def renew(rows: Any, **values: Any) -> None:
    """Holds on to the one row of `rows` that is still this worker's; raises LeaseLost."""
    if not rows.update(lease_until=timezone.now() + LEASE, **values):
        raise LeaseLost


def release(row: Model, **values: Any) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(lease_until=None, **values)
