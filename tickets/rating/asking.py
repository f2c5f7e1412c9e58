"""The mail that asks how it went, once for a ticket."""

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from tickets.answers.addressing import envelope, language_of, newest_mail
from tickets.answers.body import compose
from tickets.answers.sending import dispatch
from tickets.choices import MessageKind
from tickets.errors import NotPossible
from tickets.models import Ticket, TicketMessage
from tickets.rating.links import link_for


@transaction.atomic
def ask(ticket: Ticket) -> TicketMessage | None:
    """The mail, in the caller's transaction; None where it cannot be sent, or was sent before."""
    link, key = link_for(ticket), f"rating:{ticket.uuid}"
    if not link or ticket.customer.erased_at is not None or TicketMessage.objects.filter(key=key).exists():
        return None
    answered = newest_mail(ticket)
    language = language_of(ticket, answered)
    try:
        head = envelope(ticket, answered, language=language)
    except NotPossible:
        return None
    text = _text(link, language)
    message = TicketMessage(kind=MessageKind.SYSTEM, key=key, language=language, in_answer_to=answered)
    body = compose(text, mailbox=ticket.mailbox, language=language)
    message = dispatch(ticket, message, head, body, text=text)
    ticket.message_count += 1
    ticket.save(update_fields=["message_count"])
    return message


def _text(link: str, language: str) -> str:
    """One link for each mark; they open the page with that mark chosen, and nothing is rated by opening it."""
    with translation.override(language):
        marks = [
            (5, _("Very good")),
            (4, _("Good")),
            (3, _("So-so")),
            (2, _("Bad")),
            (1, _("Very bad")),
        ]
        lines = [f"- [{mark} – {name}]({link}?score={mark})" for mark, name in marks]
        return "\n".join([_("How did we do? Please tell us with one click:"), "", *lines])
