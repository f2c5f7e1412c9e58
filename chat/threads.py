"""Conversations as the knowledge base shows them beside the documents that they cite."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from knowledge import threads
from knowledge.threads import Thread


def register() -> None:
    threads.register("conversation", conversations)


def conversations(reader: Any, keys: Iterable[str]) -> dict[str, Thread]:
    """Titles for staff who may read conversations; the others learn that it was one."""
    from chat.models import Conversation

    if not reader.has_perm("chat.view_conversation"):
        return {key: Thread(_("A conversation")) for key in keys}
    rows = Conversation.objects.filter(pk__in=[key for key in keys if _is_id(key)]).values_list("pk", "title")
    return {str(pk): Thread(title or _("A conversation"), _url(pk)) for pk, title in rows}


def _is_id(key: str) -> bool:
    try:
        UUID(key)
    except ValueError:
        return False
    return True


def _url(pk: UUID) -> str:
    return reverse("admin:chat_conversation_change", args=[pk])
