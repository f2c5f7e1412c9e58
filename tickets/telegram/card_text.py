"""What a card says: the ticket as it is now, in the language of the chat."""

from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from tickets.choices import OURS, TicketState
from tickets.models import Draft, Ticket
from tickets.models.mailboxes import shown_name
from tickets.telegram.texts import customer, mention, moment, newest_mail, one_line, safe, title, words_of

# Of 4096 that a message may have, with room for the rest of the card.
SUMMARY, EXCERPT, DRAFT = 700, 700, 1400


def card_text(ticket: Ticket, draft: Draft | None) -> str:
    """HTML; whatever people wrote is escaped and cut."""
    head = [f"{_sign(ticket)} <b>{title(ticket)}</b>", *_facts(ticket)]
    if ticket.state == TicketState.MERGED:
        return "\n".join(head)
    return "\n\n".join(["\n".join(head), *_reasons(ticket), *_draft(draft)])


def _sign(ticket: Ticket) -> str:
    """Whether somebody is needed, in one glance."""
    if ticket.state not in OURS:
        return "✅"
    return "🔵" if ticket.assignee_id else "🟠"


def _facts(ticket: Ticket) -> Iterator[str]:
    state = str(ticket.get_state_display())
    if ticket.state == TicketState.MERGED:
        yield f"<b>{state}</b> → #{ticket.merged_into_id}"
        return
    taken = _("with %(name)s") % {"name": mention(ticket.assignee)} if ticket.assignee else _("nobody has taken it")
    yield f"<b>{state}</b>, {taken}"
    yield customer(ticket)
    yield f"{one_line(ticket.mailbox.name, 100)} · {ticket.get_priority_display()}{_due(ticket)}"


def _due(ticket: Ticket) -> str:
    if ticket.due_at is None or ticket.state not in OURS:
        return ""
    words = _("overdue since %(when)s") if ticket.is_overdue(timezone.now()) else _("due %(when)s")
    return " · " + words % {"when": moment(ticket.due_at, ticket.mailbox)}


def _reasons(ticket: Ticket) -> Iterator[str]:
    if ticket.escalation_reason:
        yield _titled(_("Why a person"), one_line(shown_name(ticket.escalation_reason), 300))
    if ticket.summary:
        yield _titled(_("In short"), one_line(ticket.summary, SUMMARY))
    elif (mail := newest_mail(ticket)) is not None and (words := words_of(mail, EXCERPT)):
        yield f"<blockquote>{words}</blockquote>"


def _titled(title: str, text: str) -> str:
    return f"<b>{title}:</b> {text}"


def _draft(draft: Draft | None) -> Iterator[str]:
    if draft is None:
        return
    title = _("Draft")
    yield f"<b>{title}</b>{_confidence(draft)}\n<blockquote>{safe(draft.text, DRAFT)}</blockquote>"


def _confidence(draft: Draft) -> str:
    """The calibrated one, where staff's verdicts allow to tell."""
    if draft.triage is None:
        return ""
    value = draft.triage.confidence if draft.triage.calibrated is None else draft.triage.calibrated
    return "" if value is None else ", " + _("confidence %(share)d%%") % {"share": round(value * 100)}
