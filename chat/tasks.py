"""Wake-up calls. The rows say what is to be done; losing a task loses nothing."""

from celery import shared_task

from chat.prompts.comparing.work import work_on_comparisons
from chat.turns.recovery import recover_abandoned
from chat.turns.runner import get_runner


@shared_task(ignore_result=True)
def run_turns() -> None:
    """There is a turn to run (or to stop) and no runner heard the bell: this process's looks for itself."""
    get_runner().wake()


@shared_task(ignore_result=True)
def sweep_turns() -> None:
    """Ends or restarts turns whose worker died, and picks up those whose wake-up call was lost."""
    recover_abandoned()
    get_runner().wake()


@shared_task(ignore_result=True)
def compare_prompts() -> None:
    """A piece of a comparison of prompts; the next one follows."""
    if work_on_comparisons():
        compare_prompts.delay()
