"""A question to a chain of models: the next one is asked when one fails before its first word."""

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from decimal import Decimal

from integrations.calls.attempt import Attempt
from integrations.calls.events import CallEvent
from integrations.providers.base import CompletionRequest, Usage
from integrations.providers.errors import WORTH_ANOTHER_MODEL, ProviderError
from integrations.services.environment import LOCAL_ANSWERS
from integrations.services.routing import Route
from integrations.services.usage import Call, Caller

logger = logging.getLogger(__name__)

Prepare = Callable[[Route], CompletionRequest]


@dataclass(frozen=True, slots=True)
class Total:
    """What all attempts took together."""

    usage: Usage
    cost: Decimal
    estimated: bool

    def __add__(self, other: "Total") -> "Total":
        read = self.usage.input_tokens + other.usage.input_tokens
        written = self.usage.output_tokens + other.usage.output_tokens
        return Total(Usage(read, written), self.cost + other.cost, self.estimated or other.estimated)


class ModelCall:
    """One question. `stream` gives the events; afterwards the attributes say what it took."""

    def __init__(self, routes: Sequence[Route], caller: Caller) -> None:
        self.route = routes[0]
        # The calls that were made, in order; the last one is the answer's.
        self.calls: list[Call] = []
        # Why the models before `route` did not answer: pairs of a model's key and an error's code.
        self.failed: list[tuple[str, str]] = []
        self._routes = routes
        self._caller = caller

    async def stream(self, prepare: Prepare) -> AsyncGenerator[CallEvent]:
        """Events of the first model that answers; raises the last model's ProviderError when none does.

        `prepare` makes the request for a model. A new `Started` tells that another model has taken over.
        """
        for number, planned in enumerate(self._routes, 1):
            self.route = self._said_to_be_a_substitute(planned)
            attempt = Attempt(self.route, self._caller, number=number)
            try:
                async with aclosing(attempt.stream(prepare(self.route))) as events:
                    async for item in events:
                        yield item
                return
            except ProviderError as error:
                if attempt.said or number == len(self._routes) or not _is_worth_another(error, planned):
                    raise
                self.failed.append((planned.model_key, error.code))
                logger.warning("%s failed (%s), the next model is asked", planned.model_key, error.code)
            finally:
                if attempt.call:
                    self.calls.append(attempt.call)

    @property
    def total(self) -> Total:
        read = sum(call.usage.input_tokens for call in self.calls)
        written = sum(call.usage.output_tokens for call in self.calls)
        cost = sum((call.cost for call in self.calls), Decimal(0))
        return Total(Usage(read, written), cost, any(call.estimated for call in self.calls))

    def _said_to_be_a_substitute(self, route: Route) -> Route:
        if not self.failed or route.degraded:
            return route
        return replace(route, degraded="provider_down" if route.model_key == LOCAL_ANSWERS else "fallback")


def _is_worth_another(error: ProviderError, route: Route) -> bool:
    """Who brings a key of his own asked for that account; nobody else is charged in its place."""
    return error.code in WORTH_ANOTHER_MODEL and not route.own_key
