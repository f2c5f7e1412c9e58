"""The support desk on the landing page: what waits for a person, and what today was like."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.backoffice.charts import sparkline
from config.backoffice.display import ago, count
from config.backoffice.filters import day_start
from config.backoffice.notices import Notice
from config.backoffice.trends import Trend, fortnight
from integrations.outbox.ids import lowest_uuid
from tickets.admin.queues import BY_KEY, MANY, numbers_of
from tickets.choices import Decision, InboundState, MessageKind
from tickets.models import InboundMail, Mailbox, Ticket, TicketMessage, Triage
from tickets.querysets import seen_mailboxes

LIST = "admin:tickets_ticket_changelist"
FIGURES = "admin:tickets_ticket_statistics"


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
        shown = _up_to_many(number) if key in {"overdue", "drafts"} else count(number)
        yield Notice(level, text % {"n": shown}, advice, f"{reverse(LIST)}?queue={key}", _("Show them"))


def _up_to_many(number: int) -> str:
    """Of a count that went no further than MANY and one."""
    return f"{count(MANY)}+" if number > MANY else count(number)


def quarantine_notices(user: Any) -> Iterator[Notice]:
    kept = InboundMail.objects.visible_to(user).filter(state=InboundState.QUARANTINE)
    number = kept.order_by().values("pk")[: MANY + 1].count()
    if number:
        text = ngettext("%(n)s mail is in quarantine", "%(n)s mails are in quarantine", number)
        yield Notice(
            "warning",
            text % {"n": _up_to_many(number)},
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


def desk_trends(user: Any) -> Iterator[Trend]:
    """What today brought and who answered it; a query for each table, along its days."""
    if user.has_perm("tickets.view_inboundmail"):
        yield _mails(user)
    yield from _answers(user)
    yield _handed_over(user)
    yield _drafts(user)


def _mails(user: Any) -> Trend:
    first = day_start(fortnight()[0])
    # The key is made on arrival and is in the order of time; the moment itself has no index of its own.
    rows = InboundMail.objects.visible_to(user).filter(pk__gte=lowest_uuid(first), received_at__gte=first)
    per_day = _by_day(rows, "received_at", mails=Count("pk"))
    return _trend(_("Mails received"), per_day, "mails", _today("admin:tickets_inboundmail_changelist", "received_at"))


def _answers(user: Any) -> Iterator[Trend]:
    rows = TicketMessage.objects.visible_to(user).filter(
        kind=MessageKind.ANSWER, created_at__gte=day_start(fortnight()[0])
    )
    alone = Q(author__isnull=True, by_ai=True)
    people = Q(author__isnull=False)
    per_day = _by_day(rows, "created_at", alone=Count("pk", filter=alone), people=Count("pk", filter=people))
    url = reverse(FIGURES)
    yield _trend(_("Answered by the autopilot"), per_day, "alone", url)
    yield _trend(_("Answered by people"), per_day, "people", url)


def _handed_over(user: Any) -> Trend:
    rows = Triage.objects.filter(decision=Decision.ESCALATE, created_at__gte=day_start(fortnight()[0]))
    seen = seen_mailboxes(user)
    if seen is not None:
        rows = rows.filter(mailbox__in=seen)
    per_day = _by_day(rows, "created_at", escalated=Count("pk"))
    url = f"{reverse(LIST)}?queue=open"
    if user.has_perm("tickets.view_triage"):
        url = _today("admin:tickets_triage_changelist", "created_at", f"decision__exact={Decision.ESCALATE.value}")
    return _trend(_("Handed over to people"), per_day, "escalated", url)


def _drafts(user: Any) -> Trend:
    """Of now, without a line: what waited on other days is not kept."""
    waiting = BY_KEY["drafts"].narrow(Ticket.objects.visible_to(user), user).order_by()
    number = waiting.values("pk")[: MANY + 1].count()
    return Trend(_("Drafts waiting for approval"), _up_to_many(number), sparkline([]), f"{reverse(LIST)}?queue=drafts")


def _by_day(rows: QuerySet[Any], column: str, **what: Count) -> dict[Any, dict[str, Any]]:
    found = rows.order_by().values(day=TruncDate(column)).annotate(**what)
    return {row["day"]: row for row in found}


def _trend(title: str, per_day: dict[Any, dict[str, Any]], name: str, url: str) -> Trend:
    values = [per_day.get(day, {}).get(name, 0) for day in fortnight()]
    return Trend(title, count(values[-1]), sparkline(values), url)


def _today(name: str, column: str, *conditions: str) -> str:
    """The list `name`, narrowed to today."""
    today = fortnight()[-1].isoformat()
    return f"{reverse(name)}?{'&'.join([*conditions, f'{column}_from={today}', f'{column}_to={today}'])}"
