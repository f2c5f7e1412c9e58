"""Columns that conversations and turns share."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chat.choices import TURN_COLOURS, TurnState
from chat.models import Conversation
from config.backoffice.display import EMPTY, avatar, badge, person


def holder_name(conversation: Conversation) -> str:
    if conversation.owner is not None:
        return conversation.owner.display_name
    if conversation.visitor_id:
        return _("Visitor %(id)s") % {"id": str(conversation.visitor_id)[:8]}
    return _("Shared")


def holder(conversation: Conversation) -> SafeString:
    """Whose conversation it is, with initials."""
    if conversation.owner is not None:
        return person(conversation.owner)
    second_line = "" if conversation.visitor_id else conversation.workflow_key[:40]
    return avatar(holder_name(conversation), second_line)


def title_of(conversation: Conversation) -> str:
    return conversation.title or _("Untitled %(id)s") % {"id": str(conversation.pk)[:8]}


def place_name(conversation: Conversation) -> str:
    """Where it is held; for a widget its name."""
    channel = str(conversation.get_channel_display())
    return f"{channel}: {conversation.widget.name}" if conversation.widget else channel


def state_badge(state: str | None) -> str | SafeString:
    return badge(TurnState(state).label, TURN_COLOURS[TurnState(state)]) if state else EMPTY
