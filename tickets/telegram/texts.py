"""Pieces of what operators read: HTML as the Bot API takes it, and never longer than it takes."""

from datetime import datetime, tzinfo
from html import escape

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User
from integrations.telegram.text import units
from tickets.models import Mailbox, Operator, Ticket, TicketMessage
from tickets.sla.hours import parse_zone


def safe(text: str, limit: int) -> str:
    """Escaped, without characters that hide or turn text round, at most `limit` UTF-16 units before the escaping."""
    clean = "".join(character for character in text.strip() if character.isprintable() or character in "\n\t")
    return escape(cut(clean, limit), quote=False)


def one_line(text: str, limit: int) -> str:
    return safe(" ".join(text.split()), limit)


def cut(text: str, limit: int) -> str:
    """The beginning, with an ellipsis where something is missing."""
    if units(text) <= limit:
        return text
    kept, size = [], 0
    for character in text:
        size += units(character)
        if size >= limit:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def moment(when: datetime, mailbox: Mailbox) -> str:
    """In the time zone of the mailbox's office hours, else the product's."""
    local = when.astimezone(_zone(mailbox))
    return f"{date_format(local, 'SHORT_DATE_FORMAT')} {local:%H:%M} {local.tzname() or ''}".strip()


def _zone(mailbox: Mailbox) -> tzinfo:
    try:
        return parse_zone(mailbox.hours.time_zone) if mailbox.hours else timezone.get_default_timezone()
    except ValidationError:
        return timezone.get_default_timezone()


def title(ticket: Ticket) -> str:
    subject = one_line(ticket.subject, 200) or _("(no subject)")
    return f"#{ticket.pk} {subject}"


def customer(ticket: Ticket) -> str:
    """Name and address, as the newest mail has them."""
    last = newest_mail(ticket)
    name = ticket.customer.name or (last.sender_name if last else "")
    address = last.sender_address if last else ""
    return " · ".join(part for part in (one_line(name, 100), one_line(address, 100)) if part) or "–"


def newest_mail(ticket: Ticket) -> TicketMessage | None:
    found: TicketMessage | None = ticket.messages.filter(kind="customer").order_by("-sent_at", "-pk").first()
    return found


def words_of(message: TicketMessage, limit: int) -> str:
    """What a message says, without what it quotes, and the names of its files."""
    text = safe(message.new_text or message.text, limit)
    names = [one_line(name, 80) for name in message.attachments.values_list("name", flat=True)[:10]]
    files = "\n".join(f"📎 {name}" for name in names)
    return "\n".join(part for part in (text, files) if part)


def mention(user: User) -> SafeString | str:
    """A name that rings at the person's, where we know who that is in Telegram."""
    name = one_line(user.display_name, 64)
    known = Operator.objects.filter(user=user, telegram_id__isnull=False).values_list("telegram_id", flat=True).first()
    return f'<a href="tg://user?id={known}">{name}</a>' if known else name
