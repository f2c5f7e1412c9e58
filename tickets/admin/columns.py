"""What lists and pages of the desk say of a ticket."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from config.backoffice.display import EMPTY, ago, badge, initials
from tickets.choices import PRIORITY_COLOURS, TICKET_COLOURS, TicketPriority, TicketState
from tickets.models import Ticket


def title_of(ticket: Ticket) -> str:
    return f"#{ticket.pk} {ticket.subject}".strip()


def subject_of(ticket: Ticket) -> str:
    return ticket.subject or _("(no subject)")


def state_badge(ticket: Ticket) -> SafeString:
    state = TicketState(ticket.state)
    return badge(state.label, TICKET_COLOURS[state])


def priority_badge(ticket: Ticket) -> SafeString:
    priority = TicketPriority(ticket.priority)
    return badge(priority.label, PRIORITY_COLOURS[priority])


def customer_name(ticket: Any) -> str:
    """The name, else the address; `customer_address` is added to the rows of a list."""
    return str(ticket.customer.name or getattr(ticket, "customer_address", "") or ticket.customer)


def matter(ticket: Any) -> SafeString:
    """Number and subject, who asks, and what it is about."""
    summary = format_html('<span class="desk-summary" dir="auto">{}</span>', ticket.summary) if ticket.summary else ""
    return format_html(
        '<span class="desk-matter"><span class="desk-subject" dir="auto"><span class="desk-number">#{}</span> {}</span>'
        '<span class="desk-asker" dir="auto">{}</span>{}</span>',
        ticket.pk,
        subject_of(ticket),
        customer_name(ticket),
        summary,
    )


def assignee(ticket: Any) -> str | SafeString:
    """Initials; the name on hover and for screen readers."""
    if ticket.assignee is None:
        return EMPTY
    name = ticket.assignee.display_name
    return format_html(
        '<span class="desk-avatar" title="{}"><span aria-hidden="true">{}</span>'
        '<span class="bo-hidden">{}</span></span>',
        name,
        initials(name),
        name,
    )


def clock(ticket: Ticket, now: datetime | None = None) -> str | SafeString:
    """When something is due, red when that is past; else since when the customer waits, else the last message."""
    now = now or timezone.now()
    if ticket.due_at is not None:
        text, tone = (_("overdue since"), "desk-late") if ticket.is_overdue(now) else (_("due"), "")
        return _moment(text, ticket.due_at, tone)
    if ticket.waiting_since is not None:
        return _moment(_("waits since"), ticket.waiting_since, "")
    return _moment(_("last message"), ticket.last_message_at, "bo-quiet")


def _moment(text: str, moment: datetime, tone: str) -> SafeString:
    return format_html('<span class="desk-clock {}"><span>{}</span> {}</span>', tone, text, ago(moment))


def tags(ticket: Any) -> str | SafeString:
    names = [(tag.name,) for tag in ticket.tags.all()]
    return format_html_join(" ", '<span class="desk-tag" dir="auto">{}</span>', names) if names else EMPTY
