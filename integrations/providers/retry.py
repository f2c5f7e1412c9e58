"""When to try a call again: data, not code at the call."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from integrations.providers.errors import ProviderError


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Up to `attempts` calls, the pause doubling from `first_delay` seconds to at most `longest_delay`.

    A call that timed out is not repeated: the asker has waited, and the provider may still be at work on it.
    """

    attempts: int
    first_delay: float
    longest_delay: float
    never: frozenset[str] = frozenset({"timeout"})

    def delay(self, attempt: int, error: ProviderError) -> float | None:
        """Seconds to wait after failed call number `attempt`, or None when to give up.

        A server that names a longer pause than we are ready to wait is not asked again.
        """
        if error.permanent or error.code in self.never or attempt >= self.attempts:
            return None
        if error.retry_after:
            # Never sooner than it was told; a little later, so that not all come back at once.
            if error.retry_after > self.longest_delay:
                return None
            return error.retry_after * random.uniform(1.0, 1.1)  # noqa: S311 - jitter, not a secret
        pause: float = min(self.first_delay * 2 ** (attempt - 1), self.longest_delay)
        return pause * random.uniform(0.75, 1.0)  # noqa: S311


class RetryThrottle:
    """Keeps retries a small part of the traffic to one account, so that a provider in trouble gets less, not more.

    A retry takes one of `most` tokens, a call that went well gives a tenth of one back.
    """

    def __init__(self, most: float = 10.0) -> None:
        self._most = most
        self._tokens = most

    def allows_retry(self) -> bool:
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def call_went_well(self) -> None:
        self._tokens = min(self._most, self._tokens + 0.1)


MODEL_CALLS = RetryPolicy(attempts=3, first_delay=0.5, longest_delay=4.0)


async def with_retries[T](
    call: Callable[[], Awaitable[T]], throttle: RetryThrottle, *, policy: RetryPolicy = MODEL_CALLS
) -> T:
    """The result of `call`, repeated as `policy` and `throttle` allow; raises its last ProviderError."""
    attempt = 1
    while True:
        try:
            result = await call()
        except ProviderError as failure:
            delay = policy.delay(attempt, failure)
            if delay is None or not throttle.allows_retry():
                raise
        else:
            throttle.call_went_well()
            return result
        await asyncio.sleep(delay)
        attempt += 1
