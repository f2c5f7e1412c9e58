"""What the outbox tells others, and how its threads end with their worker process.

`delivery_settled(delivery)`: sent in the transaction in which a delivery comes to an end, by itself or by a person;
the row's `state` and `result` say which. An end may be taken back by a person who has it sent again.
"""

from typing import Any

from celery.signals import worker_shutdown
from django.dispatch import Signal

delivery_settled = Signal()

# Below what process managers wait before they kill.
SECONDS = 20.0


@worker_shutdown.connect(weak=False)
def let_deliveries_end(**_: Any) -> None:
    from integrations.outbox import runner

    runner.shutdown(SECONDS)
