"""Waking the runners: by the bell, and by a task where none listens.

Whoever is woken claims from the database, so a call in vain, twice or to several runners does no harm,
and one that nobody hears is what the queue and the sweep are for.
"""

import logging
from typing import Any

from celery import bootsteps
from django.conf import settings
from kombu.exceptions import OperationalError

from chat.turns import bell, runner

logger = logging.getLogger(__name__)

AI_QUEUE = "ai"


def wake_runners() -> None:
    """Call it after commit. Never raises: the sweep finds the turns that nobody was told of."""
    if runner.wake_if_running() if settings.EMBEDDED else bell.publish():
        return
    from chat.tasks import run_turns

    try:
        run_turns.delay()
    except OperationalError:
        logger.warning("the broker cannot be reached; the sweep will find the turn")


class RunnerStep(bootsteps.StartStopStep):
    """Step of a worker's consumer: a worker that serves the AI queue has a runner from its first moment."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def start(self, parent: Any) -> None:
        if any(queue.name == AI_QUEUE for queue in parent.task_consumer.queues):
            runner.get_runner().wake()
