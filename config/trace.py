"""The trace id: one for a request and everything that it sets in motion."""

import contextvars
import re
import uuid
from typing import Any

from celery import signals

HEADER = "X-TRACE-ID"
TASK_HEADER = "trace_id"
VALID = re.compile(r"[A-Za-z0-9_-]{8,64}")

trace_id: contextvars.ContextVar[str] = contextvars.ContextVar("trace_id", default="-")


def new_or(given: str) -> str:
    """The caller's trace id if it is a plausible one, else a new one."""
    return given if VALID.fullmatch(given) else str(uuid.uuid4())


@signals.before_task_publish.connect(weak=False)
def send_along(headers: dict[str, Any] | None = None, **_: Any) -> None:
    if headers is not None and trace_id.get() != "-":
        headers[TASK_HEADER] = trace_id.get()


@signals.task_prerun.connect(weak=False)
def take_over(task: Any = None, **_: Any) -> None:
    if task.request.is_eager:  # It runs inside the request that sent it.
        return
    trace_id.set(getattr(task.request, TASK_HEADER, None) or task.request.id)
