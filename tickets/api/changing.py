"""What `PATCH` asks for, done by the services of the desk in one transaction."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from accounts.models import User
from tickets.api.serializers import tags_named
from tickets.choices import EventBy, TicketPriority, TicketState
from tickets.models import Ticket, Topic
from tickets.services import changes
from tickets.sockets import may_look


@transaction.atomic
def change(ticket: Ticket, wanted: dict[str, Any], *, actor: User) -> None:
    """Raises ValidationError and NotPossible; nothing is changed then."""
    if "subject" in wanted:
        changes.set_subject(ticket, wanted["subject"], actor=actor)
    if "priority" in wanted:
        changes.set_priority(ticket, TicketPriority(wanted["priority"]), actor=actor, by=EventBy.PERSON)
    if "topic" in wanted:
        changes.set_topic(ticket, _topic(wanted["topic"]), actor=actor, by=EventBy.PERSON)
    if "tags" in wanted:
        _set_tags(ticket, wanted["tags"], actor=actor)
    if "assignee" in wanted:
        changes.assign(ticket, _assignee(ticket, wanted["assignee"]), actor=actor, only_if_free=wanted["only_if_free"])
    if "state" in wanted:
        changes.set_state(ticket, TicketState(wanted["state"]), actor=actor, by=EventBy.PERSON)


def _topic(key: str | None) -> Topic | None:
    if key is None:
        return None
    found = Topic.objects.filter(key=key).first()
    if found is None:
        raise ValidationError({"topic": [_("There is no such topic.")]})
    return found


def _assignee(ticket: Ticket, number: int | None) -> User | None:
    """Somebody who can see the ticket."""
    if number is None:
        return None
    found: User | None = User.objects.filter(pk=number, is_active=True).first()
    if found is None or not may_look(found) or not Ticket.objects.visible_to(found).filter(pk=ticket.pk).exists():
        raise ValidationError({"assignee": [_("Nobody of this number works at this mailbox.")]})
    return found


def _set_tags(ticket: Ticket, names: list[str], *, actor: User) -> None:
    tags, unknown = tags_named(names)
    if unknown:
        raise ValidationError({"tags": [_("There is no tag “%(name)s”.") % {"name": unknown[0]}]})
    former = [tag for tag in ticket.tags.all() if tag not in tags]
    changes.change_tags(ticket, add=tags, remove=former, actor=actor, by=EventBy.PERSON)
