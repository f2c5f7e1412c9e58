"""The runner ends with its worker process, and so do comparisons of prompts."""

from typing import Any

from celery.signals import worker_shutdown, worker_shutting_down

# Well below what process managers wait before they kill.
DRAIN_SECONDS = 20.0


@worker_shutdown.connect(weak=False)
def let_turns_end(**_: Any) -> None:
    from chat.turns import runner

    runner.shutdown(DRAIN_SECONDS)


@worker_shutting_down.connect(weak=False)
def leave_comparisons_to_others(**_: Any) -> None:
    from chat.prompts.comparing.work import closing

    closing.set()
