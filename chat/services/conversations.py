"""Changes to conversations."""

import logging
import re
import uuid
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.models import AnonymousSubscriber, User
from chat.choices import Channel
from chat.models import Conversation, Turn
from integrations.models import AIModel
from knowledge.services.citations import forget_thread

logger = logging.getLogger(__name__)

PLACEHOLDERS = re.compile(r"(new|unknown|new_.*)?", re.DOTALL)
DEFAULT_WORKFLOW = "unknown"


def is_placeholder(workflow_key: str) -> bool:
    """Whether the id stands for any workflow without one, so that it identifies nobody's history."""
    return PLACEHOLDERS.fullmatch(workflow_key) is not None


def holder(actor: Any) -> dict[str, Any]:
    """The fields that make a conversation belong to `actor`; none for a caller without identity."""
    if isinstance(actor, User):
        return {"owner": actor}
    if isinstance(actor, AnonymousSubscriber):
        return {"visitor": actor}
    return {}


def new_conversation(*, actor: Any, channel: Channel, workflow_key: str = "") -> Conversation:
    """One that is stored with its first question."""
    return Conversation(channel=channel, workflow_key=workflow_key, **holder(actor))


def find_or_start_session(*, actor: Any, session_id: str | None, workflow_key: str) -> Conversation:
    """The caller's copilot session with this id, or a new one with an id of ours.

    A session of another workflow is not reused: clients keep sending the id of the previous page.
    """
    if session_id and (known := _as_uuid(session_id)):
        session: Conversation | None = (
            Conversation.objects.visible_to(actor)
            .filter(pk=known, channel=Channel.COPILOT, workflow_key=workflow_key)
            .first()
        )
        if session is not None:
            return session
    return new_conversation(actor=actor, channel=Channel.COPILOT, workflow_key=workflow_key)


def rename_conversation(conversation: Conversation, title: str, *, actor: Any) -> None:
    conversation.title = title.strip()[:200]
    conversation.save(update_fields=["title"])
    logger.info("conversation %s renamed by %s", conversation.pk, actor)


def choose_model(conversation: Conversation, key: str | None) -> bool:
    """Makes the model the conversation's own, None the default one; False when there is no such model."""
    model = AIModel.objects.usable().filter(key=key).first() if key else None
    if key and model is None:
        return False
    conversation.model = model
    conversation.save(update_fields=["model"])
    return True


@transaction.atomic
def delete_conversation(conversation: Conversation, *, actor: Any) -> None:
    """Deletes the conversation with its messages; an answer in progress is stopped."""
    Turn.objects.active().filter(conversation=conversation).update(stop_requested=True)
    logger.info("conversation %s deleted by %s", conversation.pk, actor)
    forget_thread(f"conversation:{conversation.pk}")
    conversation.delete()


def delete_history(*, actor: Any, workflow_key: str) -> int:
    """Deletes the caller's copilot sessions of a workflow; returns how many there were.

    Without identity a placeholder id names everybody's unsaved workflows at once: nothing is deleted then.
    """
    if is_placeholder(workflow_key) and not holder(actor):
        return 0
    sessions = sessions_of(actor=actor, workflow_key=workflow_key)
    for session in (found := list(sessions)):
        delete_conversation(session, actor=actor)
    return len(found)


def sessions_of(*, actor: Any, workflow_key: str) -> Any:
    """The caller's copilot sessions of a workflow, the most recent first."""
    visible = Conversation.objects.visible_to(actor).filter(channel=Channel.COPILOT, workflow_key=workflow_key)
    if is_placeholder(workflow_key) and not holder(actor):
        return visible.none()
    return visible.filter(Q(messages__isnull=False)).distinct().order_by("-last_activity")


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
