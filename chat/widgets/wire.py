"""What visitors of other sites are shown of an answer: nothing of models, tokens, cost, or what broke inside."""

from typing import Any
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chat.errors import error_text
from chat.models import Conversation, Turn
from config.api import utc_z
from integrations.services.environment import LOCAL_ANSWERS

PUBLIC_METADATA = frozenset({"sources", "degraded", "partial", "state", "failed", "code", "place"})
# Failures that a visitor can do something about; any other is "not now".
TOLD_CODES = frozenset({"interrupted", "too_long", "cut_stream", "timeout", "context_too_long", "empty_answer"})


def public_frame(frame: dict[str, Any]) -> dict[str, Any]:
    """A frame of the event log without what is the house's business."""
    metadata = frame.get("metadata")
    if metadata is None:
        return frame
    shown = {name: value for name, value in metadata.items() if name in PUBLIC_METADATA}
    if "degraded" in shown:
        shown["degraded"] = public_degraded(metadata)
    if frame.get("type") == "error" and frame.get("seq") is not None and shown.get("code") not in TOLD_CODES:
        return {**frame, "content": unavailable(), "metadata": {"code": "unavailable"}}
    return {**frame, "metadata": shown}


def public_degraded(metadata: dict[str, Any]) -> str | None:
    """`passages` when no model wrote the answer; which model stood in for which is the house's business."""
    return "passages" if metadata.get("degraded") and metadata.get("model") == LOCAL_ANSWERS else None


def unavailable() -> str:
    return _("The answer cannot be written right now. Try again in a minute.")


def conversation_json(conversation: Conversation) -> dict[str, Any]:
    """The conversation with its messages, in two queries."""
    turns = list(Turn.objects.filter(conversation=conversation).select_related("answer"))
    by_answer = {turn.answer_id: turn for turn in turns}
    messages = conversation.messages.order_by("position")
    active = next((turn for turn in turns if turn.is_active), None)
    return {
        "id": str(conversation.pk),
        "messages": [message_json(message, by_answer.get(message.pk)) for message in messages],
        "active_turn": str(active.pk) if active else None,
    }


def message_json(message: Any, turn: Turn | None) -> dict[str, Any]:
    return {
        "id": str(message.pk),
        "role": message.role,
        "content": message.content,
        "state": message.state,
        "created_at": utc_z(message.created_at),
        "sources": message.metadata.get("sources", []),
        "turn": turn_json(turn, message.metadata) if turn else None,
    }


def turn_json(turn: Turn, metadata: dict[str, Any]) -> dict[str, Any]:
    told = turn.error_code in TOLD_CODES
    text = error_text(turn.error_code, language=get_language() or "en") if told else unavailable()
    return {
        "id": str(turn.pk),
        "state": turn.state,
        "last_seq": turn.last_seq,
        "error_code": (turn.error_code if told else "unavailable") if turn.error_code else None,
        "error_text": text if turn.error_code else None,
        "degraded": public_degraded(metadata),
    }


def summary_json(conversation: Conversation | None) -> dict[str, Any] | None:
    """What the script on the host page needs: how many answers there are, and whether one is being written."""
    if conversation is None:
        return None
    turns = Turn.objects.filter(conversation=conversation)
    active: UUID | None = turns.active().values_list("pk", flat=True).first()
    return {
        "id": str(conversation.pk),
        "answers": turns.count() - (1 if active else 0),
        "active_turn": str(active) if active else None,
    }
