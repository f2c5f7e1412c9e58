"""What a call to a chain of models tells while it runs."""

from dataclasses import dataclass

from integrations.providers.base import Delta, Finish, Refusal, ToolCall
from integrations.services.routing import Route


@dataclass(frozen=True, slots=True)
class Waiting:
    """The model's server takes no more calls at the moment; this one stands in line."""

    route: Route


@dataclass(frozen=True, slots=True)
class Started:
    """The model is being asked."""

    route: Route


CallEvent = Waiting | Started | Delta | ToolCall | Refusal | Finish
