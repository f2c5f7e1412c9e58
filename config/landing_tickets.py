"""The support desk on the landing page: what waits for a person, and what today was like."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.backoffice.display import ago, count
from config.backoffice.notices import Notice
from tickets.admin.queues import MANY, numbers_of
from tickets.choices import InboundState
from tickets.models import InboundMail, Mailbox, Ticket

LIST = "admin:tickets_ticket_changelist"


def ticket_notices(user: Any) -> Iterator[Notice]:
    """Five queries along indexes, however many tickets there are."""
    numbers = numbers_of(Ticket.objects.visible_to(user), user)
    yield from _queue(
        "overdue",
        numbers["overdue"],
        "danger",
        ngettext("%(n)s ticket is overdue", "%(n)s tickets are overdue", numbers["overdue"]),
        _("Their customers wait longer than was promised."),
    )
    yield from _queue(
        "drafts",
        numbers["drafts"],
        "warning",
        ngettext("%(n)s draft waits for approval", "%(n)s drafts wait for approval", numbers["drafts"]),
        _("Read it, then send, edit or reject it."),
    )
    yield from _queue(
        "mine",
        numbers["mine"],
        "info",
        ngettext("%(n)s open ticket is yours", "%(n)s open tickets are yours", numbers["mine"]),
        _("The most urgent one is on top."),
    )
    yield from _queue(
        "unassigned",
        numbers["unassigned"],
        "info",
        ngettext("%(n)s open ticket is nobody's", "%(n)s open tickets are nobody's", numbers["unassigned"]),
        _("Take one, or assign them."),
    )


def _queue(key: str, number: int, level: str, text: str, advice: str) -> Iterator[Notice]:
    if number:
        shown = f"{count(MANY)}+" if number > MANY and key in {"overdue", "drafts"} else count(number)
        yield Notice(level, text % {"n": shown}, advice, f"{reverse(LIST)}?queue={key}", _("Show them"))


def quarantine_notices(user: Any) -> Iterator[Notice]:
    kept = InboundMail.objects.visible_to(user).filter(state=InboundState.QUARANTINE)
    number = kept.order_by().values("pk")[: MANY + 1].count()
    if number:
        text = ngettext("%(n)s mail is in quarantine", "%(n)s mails are in quarantine", number)
        yield Notice(
            "warning",
            text % {"n": f"{count(MANY)}+" if number > MANY else count(number)},
            _("Each says why. Take it in, or discard it."),
            f"{reverse('admin:tickets_inboundmail_changelist')}?state__exact={InboundState.QUARANTINE}",
            _("Show them"),
        )


def mailbox_notices() -> Iterator[Notice]:
    """Autopilots that stand back, and mailboxes that cannot be looked into."""
    for mailbox in Mailbox.objects.filter(enabled=True).order_by("name"):
        if mailbox.is_paused():
            yield Notice(
                "warning",
                _("The autopilot of %(name)s is paused") % {"name": mailbox.name},
                mailbox.autopilot_paused_for or _("Every answer waits for approval."),
                reverse("admin:tickets_mailbox_autopilot", args=[mailbox.pk]),
                _("See why"),
                since=ago(mailbox.autopilot_paused_at),
            )
        if mailbox.imap_host and mailbox.imap_error:
            yield Notice(
                "danger",
                _("Mail of %(name)s cannot be fetched") % {"name": mailbox.name},
                mailbox.imap_error,
                reverse("admin:tickets_mailbox_change", args=[mailbox.pk]),
                _("Check it"),
                since=ago(mailbox.imap_checked_at),
            )
