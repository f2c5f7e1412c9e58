"""When to try again: data, one policy for each transport."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from integrations.outbox.errors import DeliveryError

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Times in seconds. The pause grows from `first_pause` by `growth` up to `longest_pause`, give or take a fifth.

    `max_age` counts from the first attempt, so that a message that had to wait for a set-up still gets its
    attempts. `repeat_unknown`: a message that may have arrived is sent again, because the receiver can tell.
    """

    attempts: int
    first_pause: float
    growth: float
    longest_pause: float
    max_age: float
    repeat_unknown: bool

    def pause(
        self, *, tries: int, age: float, error: DeliveryError, spread: Callable[[float, float], float] | None = None
    ) -> float | None:
        """Seconds until the next attempt after `tries` attempts and `age` seconds, or None to give up."""
        if error.permanent or tries >= self.attempts:
            return None
        spread = spread or random.uniform
        pause = self._own_pause(tries) * spread(0.8, 1.2)
        if error.retry_after is not None:
            # Never sooner than asked for; a little later, so that the waiting ones do not come at once.
            pause = error.retry_after * spread(1.0, 1.1)
        return pause if age + pause <= self.max_age else None

    def _own_pause(self, tries: int) -> float:
        # The exponent is bounded: a float overflows long before an int does.
        return min(self.longest_pause, self.first_pause * self.growth ** min(tries - 1, 32))


# A mail server that greylists wants minutes, one that is down may be so over a weekend. A mail that is sent
# again has the same Message-ID.
MAIL = RetryPolicy(attempts=25, first_pause=30, growth=2, longest_pause=4 * HOUR, max_age=3 * DAY, repeat_unknown=True)
# Nothing lets a chat recognise a repeated message.
TELEGRAM = RetryPolicy(
    attempts=20, first_pause=2, growth=2, longest_pause=30 * MINUTE, max_age=DAY, repeat_unknown=False
)
# The receiver knows a repetition by its `webhook-id`.
WEBHOOK = RetryPolicy(
    attempts=15, first_pause=5, growth=3, longest_pause=8 * HOUR, max_age=3 * DAY, repeat_unknown=True
)
