"""Waking a worker for vectors and for what is to be learned."""

import logging

from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def wake() -> None:
    """Call it after commit. Never raises: the sweep finds what nobody was told of."""
    from chat.memory.tasks import work_on_memory

    try:
        work_on_memory.delay()
    except OperationalError:
        logger.warning("the broker cannot be reached; the sweep will find what is to be remembered")


def wake_soon() -> None:
    """As `wake`, once the transaction is over."""
    transaction.on_commit(wake)
