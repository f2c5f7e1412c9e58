"""The landing page of the back office: what needs me, what is broken, what happened today.

The number of queries does not depend on how much there is.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, Sum, Window
from django.db.models.functions import RowNumber, TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.admin.lockouts import locked_logins
from chat.admin.attention import failed_lately, stuck
from chat.models import Conversation, Turn
from config import heartbeat
from config.backoffice.charts import sparkline
from config.backoffice.display import ago, count, duration, money
from config.backoffice.filters import day_start
from config.backoffice.notices import Notice
from config.backoffice.trends import DAYS, Trend, fortnight
from config.landing_knowledge import document_notices, index_notices, question_notices
from config.landing_outbox import outbox_notices, webhook_notices
from config.landing_telegram import telegram_notices
from config.landing_tickets import desk_trends, mailbox_notices, quarantine_notices, ticket_notices
from integrations.admin.providers import is_paused
from integrations.choices import CallOutcome, ProviderKind
from integrations.models import AIModel, AIProvider, UsageRecord
from integrations.services.rotation import known_seal_state


def landing(request: HttpRequest) -> dict[str, Any]:
    """What the landing page shows to this member of staff."""
    can = request.user.has_perm
    notices: list[Notice] = []
    if can("chat.view_turn"):
        notices += [*_workers(), *_turns()]
    if can("tickets.view_ticket"):
        notices += ticket_notices(request.user)
    if can("tickets.view_inboundmail"):
        notices += quarantine_notices(request.user)
    if can("tickets.view_mailbox"):
        notices += mailbox_notices()
    if can("integrations.view_aiprovider"):
        notices += _providers()
    if can("integrations.view_credential"):
        notices += _secrets()
    if can("integrations.view_delivery"):
        notices += outbox_notices()
    if can("integrations.view_webhookendpoint"):
        notices += webhook_notices()
    if can("knowledge.view_document"):
        notices += document_notices()
    if can("knowledge.view_openquestion"):
        notices += question_notices()
    if can("knowledge.view_indexversion"):
        notices += index_notices()
    if can("tickets.view_operatorchat"):
        notices += telegram_notices()
    if can("axes.view_accessattempt"):
        notices += _lockouts()
    trends: list[Trend] = []
    if can("tickets.view_ticket"):
        trends += desk_trends(request.user)
    if can("chat.view_conversation"):
        trends.append(_conversations())
    if can("integrations.view_usagerecord"):
        trends += _usage()
    order = ["danger", "warning", "info"]
    return {"notices": sorted(notices, key=lambda notice: order.index(notice.level)), "trends": trends, "days": DAYS}


def _workers() -> Iterator[Notice]:
    if heartbeat.age("ai") is not None:
        return
    yield Notice(
        "danger",
        _("No worker is answering"),
        _("Questions wait until one runs. Start the AI worker and look at its log."),
        f"{reverse('admin:chat_turn_changelist')}?attention=active",
        _("Show what waits"),
    )


def _turns() -> Iterator[Notice]:
    now = timezone.now()
    counts = Turn.objects.filter(failed_lately(now) | stuck(now)).aggregate(
        failed=Count("pk", filter=failed_lately(now)), stuck=Count("pk", filter=stuck(now))
    )
    url = reverse("admin:chat_turn_changelist")
    if counts["stuck"]:
        yield Notice(
            "danger",
            ngettext("%(n)s question is stuck", "%(n)s questions are stuck", counts["stuck"])
            % {"n": count(counts["stuck"])},
            _("Waiting for more than a minute. Check that the worker runs; what waits can be stopped."),
            f"{url}?attention=stuck",
            _("Show them"),
        )
    if counts["failed"]:
        yield Notice(
            "warning",
            ngettext(
                "%(n)s answer failed in the last 24 hours",
                "%(n)s answers failed in the last 24 hours",
                counts["failed"],
            )
            % {"n": count(counts["failed"])},
            _("Each row says what went wrong."),
            f"{url}?attention=failed",
            _("Show them"),
        )


def _providers() -> Iterator[Notice]:
    for provider in AIProvider.objects.filter(enabled=True).select_related("circuit"):
        if provider.healthy is False:
            yield Notice(
                "danger",
                _("%(provider)s does not answer") % {"provider": provider.name},
                provider.last_error or _("Check its address and key, then test it."),
                reverse("admin:integrations_aiprovider_change", args=[provider.pk]),
                _("Check and test"),
                since=ago(provider.failing_since),
            )
        elif is_paused(provider):
            yield Notice(
                "warning",
                _("Calls to %(provider)s are paused") % {"provider": provider.name},
                _("They failed several times in a row. One call at a time tries whether it works again."),
                reverse("admin:integrations_aiprovider_change", args=[provider.pk]),
                _("See why"),
                since=ago(provider.circuit.opened_at),
            )
    real = AIModel.objects.usable().exclude(provider__kind=ProviderKind.LOCAL)
    if not real.exists():
        yield Notice(
            "info",
            _("No model is connected"),
            _("Answers are extracts from the knowledge base. Connect OpenAI, Anthropic or a server of your own."),
            reverse("admin:integrations_aiprovider_add"),
            _("Add a provider"),
        )


def _secrets() -> Iterator[Notice]:
    state = known_seal_state()
    url = reverse("admin:integrations_credential_changelist")
    if state.lost:
        yield Notice(
            "danger",
            ngettext("%(n)s secret does not open", "%(n)s secrets do not open", state.lost) % {"n": count(state.lost)},
            _("Its key is missing. Put it into SECRET_BOX_KEYS, or enter keys and credentials anew."),
            url,
            _("Show credentials"),
        )
    if state.former:
        yield Notice(
            "warning",
            ngettext(
                "%(n)s secret is sealed with a former key", "%(n)s secrets are sealed with a former key", state.former
            )
            % {"n": count(state.former)},
            _("Run manage.py rotate_credentials before that key is taken out of the settings."),
            url,
            _("Show credentials"),
        )


def _lockouts() -> Iterator[Notice]:
    locked = locked_logins(timezone.now())
    if locked:
        yield Notice(
            "warning",
            ngettext("%(n)s log-in is locked out", "%(n)s log-ins are locked out", locked) % {"n": count(locked)},
            _("Too many wrong passwords. A lock ends by itself; you may lift it sooner."),
            f"{reverse('admin:axes_accessattempt_changelist')}?locked=yes",
            _("Show them"),
        )


def _conversations() -> Trend:
    days = fortnight()
    first = day_start(days[0])
    # `last_activity` is indexed and never before the creation.
    rows = (
        Conversation.objects.filter(last_activity__gte=first, created_at__gte=first)
        .order_by()
        .values(day=TruncDate("created_at"))
        .annotate(n=Count("pk"))
    )
    per_day = {row["day"]: row["n"] for row in rows}
    values = [per_day.get(day, 0) for day in days]
    url = reverse("admin:chat_conversation_changelist")
    return Trend(_("Conversations begun"), count(values[-1]), sparkline(values), url)


def _usage() -> list[Trend]:
    days = fortnight()
    records = UsageRecord.objects.ended().filter(created_at__gte=day_start(days[0])).order_by()
    per_day = {row["day"]: row for row in _totals(records)}
    medians = _medians(records)
    empty: dict[str, Any] = {"answers": 0, "tokens": 0, "spent": None}
    rows = [per_day.get(day) or empty for day in days]
    ledger = reverse("admin:integrations_usagerecord_changelist")
    chart = reverse("admin:integrations_usagerecord_chart")
    first_token = [medians.get(day) for day in days]
    return [
        Trend(_("Answers"), count(rows[-1]["answers"]), sparkline([row["answers"] for row in rows]), ledger),
        Trend(_("Tokens"), count(rows[-1]["tokens"]), sparkline([row["tokens"] for row in rows]), chart),
        Trend(_("Cost"), money(rows[-1]["spent"]), sparkline([row["spent"] or 0 for row in rows]), chart),
        Trend(
            _("Time to first token"),
            duration(first_token[-1]),
            sparkline(first_token),
            ledger,
            hint=_("Half of the answers began sooner."),
        ),
    ]


def _totals(records: Any) -> Any:
    answered = Q(purpose="answer", outcome=CallOutcome.OK)
    return records.values(day=TruncDate("created_at")).annotate(
        answers=Count("pk", filter=answered),
        tokens=Sum(F("input_tokens") + F("output_tokens")),
        spent=Sum("cost"),
    )


def _medians(records: Any) -> dict[date, float]:
    """The median time to the first token per day, found by the database on both engines."""
    day = TruncDate("created_at")
    ranked = (
        records.filter(first_token_ms__isnull=False)
        .annotate(
            day=day,
            rank=Window(RowNumber(), partition_by=day, order_by=F("first_token_ms").asc()),
            among=Window(Count("pk"), partition_by=day),
        )
        .filter(rank__gte=F("among") / 2.0, rank__lte=F("among") / 2.0 + 1)
        .values_list("day", "first_token_ms")
    )
    middle: dict[date, list[int]] = {}
    for when, value in ranked:
        middle.setdefault(when, []).append(value)
    return {when: sum(values) / len(values) for when, values in middle.items()}
