"""Whose memory it is."""

from dataclasses import dataclass
from typing import Any, Literal

from accounts.models import AnonymousSubscriber, User


@dataclass(frozen=True, slots=True)
class Holder:
    """A user or a visitor, by the field that names him in rows and by his key."""

    field: Literal["owner", "visitor"]
    pk: Any

    @property
    def fields(self) -> dict[str, Any]:
        """What makes a row his, as filter and as values."""
        return {f"{self.field}_id": self.pk}

    def __str__(self) -> str:
        return f"{self.field} {self.pk}"


def holder_of(actor: Any) -> Holder | None:
    """None for a caller without identity, and for a person who has left."""
    if isinstance(actor, User):
        return Holder("owner", actor.pk) if actor.is_active else None
    if isinstance(actor, AnonymousSubscriber):
        return Holder("visitor", actor.pk)
    return None


def holder_of_row(row: Any) -> Holder:
    """The holder of a memory or an account; None of a shared conversation is an error of the caller."""
    return Holder("owner", row.owner_id) if row.owner_id is not None else Holder("visitor", row.visitor_id)


def holder_of_conversation(conversation: Any) -> Holder | None:
    shared = conversation.owner_id is None and conversation.visitor_id is None
    return None if shared else holder_of_row(conversation)
