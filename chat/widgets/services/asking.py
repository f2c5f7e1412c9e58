"""A visitor's question to a widget."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language

from chat.choices import Channel
from chat.language import language_of
from chat.models import Conversation, Turn
from chat.services.conversations import new_conversation
from chat.services.turns import Question, start_turn
from chat.widgets.models import Widget, WidgetSession
from knowledge.folder import GUIDE

PAGE_LENGTH = 300


@transaction.atomic
def ask_widget(
    session: WidgetSession, text: str, *, conversation: UUID | None, page: str = "", address: str = ""
) -> Turn:
    """The question into the visitor's conversation, or a new one; the widget says which model answers.

    Raises Conversation.DoesNotExist and ConversationBusy.
    """
    widget = _widget(session)
    into = conversations_of(session).get(pk=conversation) if conversation else _begin(session)
    _note_place(into, session, page)
    key = widget.model.key if widget.model else ""
    question = Question(text, key, _language(text), _options(widget), address=address)
    return start_turn(into, question, actor=session.visitor)


def _options(widget: Widget) -> dict[str, Any]:
    """What the widget says to the one who answers."""
    return {"client_note": widget.instructions, "leaves_out": "" if widget.knows_guide else GUIDE.name}


def conversations_of(session: WidgetSession) -> Any:
    """The visitor's conversations with this widget, the latest first."""
    return Conversation.objects.visible_to(session.visitor).filter(widget=session.widget)


def place_of(page: str, *, origin: str) -> str:
    """`page` without query and fragment, which may hold secrets; empty when it is not on the session's site."""
    try:
        parts = urlsplit(page)
    except ValueError:
        return ""
    if f"{parts.scheme}://{parts.netloc}".lower() != origin:
        return ""
    return f"{origin}{parts.path}"[:PAGE_LENGTH]


def _begin(session: WidgetSession) -> Conversation:
    conversation = new_conversation(actor=session.visitor, channel=Channel.WIDGET)
    conversation.widget = session.widget
    return conversation


def _note_place(conversation: Conversation, session: WidgetSession, page: str) -> None:
    noted = {"language": _interface_language()}
    if _widget(session).keeps_pages and (place := place_of(page, origin=session.origin)):
        noted["page"] = place
    conversation.metadata = {**conversation.metadata, **noted}
    if not conversation._state.adding:
        conversation.save(update_fields=["metadata"])


def _widget(session: WidgetSession) -> Widget:
    if session.widget is None:
        raise Conversation.DoesNotExist
    return session.widget


def _language(text: str) -> str:
    return language_of(text, default=_interface_language())


def _interface_language() -> str:
    return "ru" if (get_language() or "").startswith("ru") else "en"
