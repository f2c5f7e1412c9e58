"""What concerns the caller alone: whether he is being answered, and how much of what was said is still in mind."""

from typing import Any

from chat.memory.holders import holder_of
from chat.memory.services.context import held_by
from chat.models import Message, Turn
from chat.services.queueing import queue_key

# Lines of a conversation that clients know as remembered.
MOST_LINES = 20


def is_processing(actor: Any, address: str) -> bool:
    """Whether an answer to the caller waits or is being written; one query.

    A caller without identity is known by nothing but his address.
    """
    active = Turn.objects.active()
    if holder := holder_of(actor):
        return bool(active.filter(**{f"conversation__{name}": pk for name, pk in holder.fields.items()}).exists())
    if actor is not None or not address:
        return False
    nobodys = active.filter(conversation__owner=None, conversation__visitor=None)
    return bool(nobodys.filter(queue_key=queue_key(None, address)).exists())


def session_context(actor: Any, address: str) -> int:
    """How many lines of the caller's newest conversation with the assistant are in mind, 20 at most; two queries."""
    newest = held_by(actor, address).order_by("-last_activity").values_list("pk", "context_after").first()
    if newest is None:
        return 0
    pk, after = newest
    lines = Message.objects.filter(conversation=pk, position__gt=after).exclude(content="")
    return int(lines.order_by()[:MOST_LINES].count())
