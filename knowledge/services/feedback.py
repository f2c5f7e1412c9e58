"""What people say of search results."""

from typing import Any

from knowledge.models import Chunk, Document, Feedback
from knowledge.services.questions import masked


def note_feedback(
    *,
    query: str,
    document: Document,
    helpful: bool,
    passage: Chunk | None = None,
    comment: str = "",
    author: Any = None,
) -> Feedback:
    """Keeps whether a found document helped, without addresses and numbers that a question may hold."""
    return Feedback.objects.create(
        query=masked(query),
        document=document,
        heading=passage.heading if passage else "",
        helpful=helpful,
        comment=masked(comment),
        author=author,
    )
