"""Facts that every question needs and that seldom change, remembered for a moment.

A busy worker would ask the database for the same chain of models and the same empty list of budgets a hundred
times a second. What staff change takes effect within REMEMBER_SECONDS, in the process that changed it at once.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings

# The keys hold what people may type, such as a model's name.
MOST_FACTS = 500

_facts: dict[tuple[str, ...], tuple[float, Any]] = {}
_lock = threading.Lock()


def remembered[T](key: tuple[str, ...], find: Callable[[], T]) -> T:
    """What `find` said about `key` less than REMEMBER_SECONDS ago, or says now."""
    now = time.monotonic()
    known = _facts.get(key)
    if known is not None and now - known[0] < settings.REMEMBER_SECONDS:
        fact: T = known[1]
        return fact
    found = find()
    with _lock:
        if len(_facts) >= MOST_FACTS:
            _facts.clear()
        _facts[key] = (now, found)
    return found


def forget() -> None:
    """After a change in this process."""
    with _lock:
        _facts.clear()
