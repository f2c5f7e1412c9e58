"""Buttons that operators press. Every press is answered, and does what the desk's services do for this person."""

import logging
from collections.abc import Callable
from typing import Any

from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from integrations.outbox.errors import DeliveryError
from integrations.telegram.bots import token_of
from integrations.telegram.client import BotClient
from tickets.answers import drafts
from tickets.choices import DraftState, PromptKind, TicketState
from tickets.errors import NotPossible
from tickets.models import Draft, Operator, TelegramUpdate, Ticket
from tickets.services.changes import assign, set_state
from tickets.telegram import cards, operators
from tickets.telegram.buttons import Action, Press, read
from tickets.telegram.place import Place
from tickets.telegram.prompts import ask
from tickets.telegram.updates import finish

logger = logging.getLogger(__name__)

JSON = dict[str, Any]
# What Telegram shows in a notice.
LONGEST = 200


def deal_with(row: TelegramUpdate, query: JSON) -> None:
    place = Place.of(row.bot, query.get("message"), fallback=query.get("from"))
    with translation.override(place.language()):
        with transaction.atomic():
            finish([row])
            text = _outcome(query, place)
        _answer(row.bot, str(query.get("id", "")), text)


def _outcome(query: JSON, place: Place) -> str:
    sender = query.get("from")
    operator = operators.known(sender.get("id") if isinstance(sender, dict) else None)
    if operator is None:
        return _("This is for the support team. Are you one of them? Ask for a code in the back office.")
    press = read(query.get("data"))
    if press is None:
        return _("This button is out of date.")
    ticket = may_answer(operator.user, press.ticket_id)
    if ticket is None:
        return _("You may not answer this ticket.")
    try:
        with transaction.atomic():
            return ACTIONS[press.action](ticket, press, operator, place)
    except NotPossible as error:
        return refusal(error, ticket)


def may_answer(user: User, ticket_id: int) -> Ticket | None:
    """The ticket, when this person may see and answer it."""
    if not user.has_perm("tickets.answer_ticket"):
        return None
    found: Ticket | None = Ticket.objects.visible_to(user).filter(pk=ticket_id).first()
    return found


def refusal(error: NotPossible, ticket: Ticket) -> str:
    """Why not, and for a ticket that somebody has taken: who."""
    if error.code == "taken_by_another":
        holder = Ticket.objects.select_related("assignee").get(pk=ticket.pk).assignee
        if holder is not None:
            return _("%(name)s has taken this ticket.") % {"name": holder.display_name}
    return str(error)


def hold(ticket: Ticket, operator: Operator) -> None:
    """The ticket is this person's from now on; raises NotPossible when it is somebody else's."""
    assign(ticket, operator.user, actor=operator.user, only_if_free=True)


def _take(ticket: Ticket, press: Press, operator: Operator, place: Place) -> str:
    hold(ticket, operator)
    return _("It is yours.")


def _send(ticket: Ticket, press: Press, operator: Operator, place: Place) -> str:
    hold(ticket, operator)
    drafts.approve(_shown_draft(ticket, press), actor=operator.user)
    return _("The draft is on its way to the customer.")


def _edit(ticket: Ticket, press: Press, operator: Operator, place: Place) -> str:
    draft = _shown_draft(ticket, press)
    hold(ticket, operator)
    return _asked(ask(PromptKind.EDIT, ticket=ticket, operator=operator, place=place, draft=draft))


def _ask(ticket: Ticket, press: Press, operator: Operator, place: Place) -> str:
    hold(ticket, operator)
    return _asked(ask(PromptKind.ASK, ticket=ticket, operator=operator, place=place))


def _close(ticket: Ticket, press: Press, operator: Operator, place: Place) -> str:
    hold(ticket, operator)
    changed = set_state(ticket, TicketState.CLOSED, actor=operator.user)
    return _("Closed.") if changed else _("It is closed already.")


ACTIONS: dict[Action, Callable[[Ticket, Press, Operator, Place], str]] = {
    Action.TAKE: _take,
    Action.SEND: _send,
    Action.EDIT: _edit,
    Action.ASK: _ask,
    Action.CLOSE: _close,
}


def _asked(is_new: bool) -> str:
    return _("Answer to the message below.") if is_new else _("You have been asked already: answer to that message.")


def _shown_draft(ticket: Ticket, press: Press) -> Draft:
    """The draft that the operator has read; raises NotPossible when it is not the one that is open."""
    draft = Draft.objects.filter(ticket=ticket, state=DraftState.OPEN).first()
    if draft is None:
        raise NotPossible("draft", "draft_closed")
    if not press.is_about(draft):
        cards.want(ticket)
        cards.wake_on_commit()
        raise NotPossible("draft", "draft_changed")
    return draft


def _answer(bot: str, query_id: str, text: str) -> None:
    """What was done is done: a notice that cannot be shown is only missing, and the card says the same."""
    try:
        client = BotClient(token_of(bot))
        long = len(text) > 60
        async_to_sync(client.answer_callback_query)(query_id, text=text[:LONGEST], show_alert=long)
    except DeliveryError as error:
        logger.info("the press %s cannot be answered: %s", query_id, error.text)
