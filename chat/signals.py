"""The runner ends with its worker process."""

from typing import Any

from celery.signals import worker_shutdown

# Well below what process managers wait before they kill.
DRAIN_SECONDS = 20.0


@worker_shutdown.connect(weak=False)
def let_turns_end(**_: Any) -> None:
    from chat.turns import runner

    runner.shutdown(DRAIN_SECONDS)
