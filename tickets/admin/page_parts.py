"""The parts of a ticket's page that are also sent to pages that are open."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext

from tickets.admin import columns
from tickets.admin.filters import staff_users
from tickets.admin.side import customer_side, moves_of
from tickets.admin.trail import trail
from tickets.admin.why import decisions_of
from tickets.choices import DraftState, TicketPriority, TicketState
from tickets.models import CannedAnswer, Draft, Tag, Ticket, Topic
from tickets.services.changes import CHOOSABLE

# Where there are more, they are written by name.
SUGGESTED_TAGS = 200


def live_parts(ticket: Ticket, *, reader: Any) -> dict[str, Any]:
    """What the head of the page and the draft with its grounds show; three queries."""
    decisions = decisions_of(ticket, reader=reader)
    draft = Draft.objects.filter(ticket=ticket, state=DraftState.OPEN).select_related("triage").first()
    tags = [tag.name for tag in ticket.tags.all()]
    return {
        "state_badge": columns.state_badge(ticket),
        "priority_badge": columns.priority_badge(ticket),
        "clock": columns.clock(ticket),
        "assignee": columns.assignee(ticket),
        "tags": tags,
        "tags_text": ", ".join(tags),
        "draft": draft,
        "decisions": decisions,
        "may_change": reader.has_perm("tickets.change_ticket"),
        "may_answer": reader.has_perm("tickets.answer_ticket"),
        "may_see_raw": reader.has_perm("tickets.view_inboundmail"),
        "may_view_customer": reader.has_perm("tickets.view_customer"),
        "is_merged": ticket.state == TicketState.MERGED,
    }


def parts_of(ticket: Ticket, *, reader: Any) -> dict[str, Any]:
    """What belongs to the ticket besides its messages; twelve queries, however much there is of each."""
    lines = trail(ticket)
    return {
        **live_parts(ticket, reader=reader),
        "lines": lines,
        "last_event": lines[-1].id if lines else 0,
        "side": customer_side(ticket, reader=reader),
        "moves": moves_of(ticket),
        **choices(ticket),
    }


def choices(ticket: Ticket) -> dict[str, Any]:
    """What the forms beside the conversation offer; the present value is always among it."""
    states = [(state.value, state.label) for state in CHOOSABLE]
    if ticket.state not in CHOOSABLE:
        states.insert(0, (ticket.state, TicketState(ticket.state).label))
    return {
        "states": states,
        "priorities": [(str(value), label) for value, label in TicketPriority.choices],
        "people": [(user.pk, user.display_name) for user in staff_users()],
        "topics": [(topic.pk, str(topic)) for topic in Topic.objects.all()],
        "known_tags": list(Tag.objects.values_list("name", flat=True)[:SUGGESTED_TAGS]),
        "canned_answers": list(
            CannedAnswer.objects.filter(Q(mailbox=None) | Q(mailbox=ticket.mailbox_id)).only("name")
        ),
    }


def strings() -> dict[str, str]:
    """What the page's script says, in the reader's language."""
    return {
        "reconnecting": gettext("The connection is lost; trying again."),
        "meanwhile": gettext("{names} wrote meanwhile. Read it before you send."),
        "typing": gettext("{names}: typing…"),
        "viewing": gettext("Also here: {names}"),
        "kept": gettext("Your text from before is kept."),
    }
