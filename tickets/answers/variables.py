"""What a canned answer may stand for: `{name}`, and `{{`, `}}` for braces. Nothing else is understood."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.prompts.template import pieces, substitute
from tickets.models import Customer, Ticket

VARIABLES: dict[str, str | Promise] = {
    "customer_name": _("Name of the customer"),
    "customer_first_name": _("First name of the customer"),
    "ticket_number": _("Number of the ticket"),
    "subject": _("Subject of the ticket"),
    "operator_name": _("Your name"),
    "mailbox_name": _("Name of the mailbox"),
    "mailbox_address": _("Address of the mailbox"),
    "topic": _("Topic of the ticket"),
    "rating_link": _("Link to the rating page"),
}


def check(text: str) -> None:
    """Raises ValidationError naming what is no variable."""
    for piece in pieces(text):
        if piece.kind == "variable" and piece.text not in VARIABLES:
            wrong = {"name": f"{{{piece.text}}}", "known": ", ".join(f"{{{name}}}" for name in VARIABLES)}
            raise ValidationError(_("There is no variable %(name)s. There are: %(known)s.") % wrong)
        if piece.kind == "stray":
            place = {"brace": piece.text, "line": piece.line}
            raise ValidationError(
                _("The brace %(brace)s in line %(line)d belongs to no variable; write it twice to show it.") % place
            )


def check_fields(**texts: str) -> None:
    """Raises ValidationError for the named fields whose text is wrong, or for all of them when none says anything."""
    wrong: dict[str, Any] = {}
    for field, text in texts.items():
        try:
            check(text)
        except ValidationError as error:
            wrong[field] = error
    if not any(text.strip() for text in texts.values()):
        wrong = {field: _("A canned answer needs a text in one of the languages.") for field in texts}
    if wrong:
        raise ValidationError(wrong)


def fill(text: str, ticket: Ticket, *, actor: Any = None) -> str:
    """The text with its values; raises KeyError for a variable that there is not."""
    values = {piece.text: VALUES[piece.text](ticket, actor) for piece in pieces(text) if piece.kind == "variable"}
    return substitute(text, values)


def _first_name(customer: Customer) -> str:
    """Names that are written back to front have a comma: `Petrova, Anna`."""
    last, _comma, first = customer.name.partition(",")
    return ((first or last).split() or [""])[0]


def _operator(_ticket: Ticket, actor: Any) -> str:
    return (actor.get_full_name() or actor.get_username()) if actor is not None else ""


def _rating(ticket: Ticket, _actor: Any) -> str:
    from tickets.rating.links import link_for

    return link_for(ticket)


VALUES: dict[str, Callable[[Ticket, Any], str]] = {
    "customer_name": lambda ticket, _actor: ticket.customer.name,
    "customer_first_name": lambda ticket, _actor: _first_name(ticket.customer),
    "ticket_number": lambda ticket, _actor: str(ticket.pk),
    "subject": lambda ticket, _actor: ticket.subject,
    "operator_name": _operator,
    "mailbox_name": lambda ticket, _actor: ticket.mailbox.sender_name or ticket.mailbox.name,
    "mailbox_address": lambda ticket, _actor: ticket.mailbox.address,
    "topic": lambda ticket, _actor: ticket.topic.name if ticket.topic else "",
    "rating_link": _rating,
}
