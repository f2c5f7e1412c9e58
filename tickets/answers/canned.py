"""Canned answers: a text for the answer box, and what using it does to the ticket."""

from typing import Any

from django.db import transaction
from django.db.models import F

from tickets.answers.addressing import language_of, newest_mail
from tickets.answers.variables import fill
from tickets.choices import TicketPriority, TicketState
from tickets.errors import NotPossible
from tickets.models import CannedAnswer, Ticket
from tickets.services import changes


def render(canned: CannedAnswer, ticket: Ticket, *, actor: Any) -> str:
    """The text in the customer's language, else in the other one. Changes nothing; raises NotPossible."""
    if canned.mailbox_id is not None and canned.mailbox_id != ticket.mailbox_id:
        raise NotPossible("canned", "canned_elsewhere")
    texts = {"en": canned.text_en, "ru": canned.text_ru}
    language = language_of(ticket, newest_mail(ticket))
    text = texts[language].strip() or texts["ru" if language == "en" else "en"].strip()
    if not text:
        raise NotPossible("canned", "empty")
    return fill(text, ticket, actor=actor)


@transaction.atomic
def apply(canned: CannedAnswer, ticket: Ticket, *, actor: Any) -> None:
    """What the canned answer does beside its text; each change is an event of its own. Raises NotPossible."""
    if canned.assign_to_me and actor is not None:
        changes.assign(ticket, actor, actor=actor)
    if canned.set_priority is not None:
        changes.set_priority(ticket, TicketPriority(canned.set_priority), actor=actor)
    changes.change_tags(ticket, add=canned.add_tags.all(), actor=actor)
    if canned.set_state:
        changes.set_state(ticket, TicketState(canned.set_state), actor=actor)
    CannedAnswer.objects.filter(pk=canned.pk).update(uses=F("uses") + 1)
