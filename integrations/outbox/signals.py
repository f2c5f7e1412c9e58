"""The sending threads end with their worker process."""

from typing import Any

from celery.signals import worker_shutdown

# Below what process managers wait before they kill.
SECONDS = 20.0


@worker_shutdown.connect(weak=False)
def let_deliveries_end(**_: Any) -> None:
    from integrations.outbox import runner

    runner.shutdown(SECONDS)
