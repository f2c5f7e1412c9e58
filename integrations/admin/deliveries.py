import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.admin import ReadOnlyAdmin, ReadOnlyInline
from config.backoffice.confirm import BaseDialogForm, action, ask, dialog, find, is_confirmed, leave_dialog
from config.backoffice.display import EMPTY, ago, badge, choice_label, count, display, duration, milliseconds_between
from config.backoffice.filters import ChoicesDropdownFilter, DayRangeFilter, ValuesFilter
from integrations.admin.delivery_tests import DeliveryTests
from integrations.outbox import services
from integrations.outbox.choices import (
    ATTEMPT_COLOURS,
    CANCELLABLE_STATES,
    DELIVERY_COLOURS,
    REDELIVERABLE_STATES,
    AttemptOutcome,
    DeliveryKind,
    DeliveryState,
    HoldReason,
)
from integrations.outbox.errors import NotPossible
from integrations.outbox.models import Delivery, DeliveryAttempt
from integrations.outbox.querysets import held_condition, late_condition, overdue_condition

SHOWN_ERROR, SHOWN_ABOUT, SHOWN_RECIPIENT = 90, 70, 48
SHOWN_ROWS = 20
MESSAGE = ("kind_label", "state_label", "reason", "recipient", "about", "content")
SENDING = ("tried", "due", "handed_over", "finished", "priority", "ordering_key", "target", "repeatable")
ORIGIN = ("source", "asked_by", "created", "idempotency_key", "answer")


class AttentionFilter(ValuesFilter):
    """What the landing page counts."""

    title = gettext_lazy("needs attention")
    parameter_name = "attention"
    values = (
        ("dead", gettext_lazy("Not delivered")),
        ("uncertain", gettext_lazy("Perhaps delivered")),
        ("held", gettext_lazy("Held back")),
        ("late", gettext_lazy("Not being sent")),
        ("any", gettext_lazy("All of these")),
    )

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        now = timezone.now()
        ended = Q(state__in=[DeliveryState.FAILED, DeliveryState.UNCERTAIN])
        conditions = {
            "dead": Q(state=DeliveryState.FAILED),
            "uncertain": Q(state=DeliveryState.UNCERTAIN),
            "held": held_condition(),
            "late": overdue_condition(now),
            "any": ended | late_condition(now),
        }
        return queryset.filter(conditions.get(value, Q()))


class AttemptInline(ReadOnlyInline):
    model = DeliveryAttempt
    fields = ("when", "took", "outcome_label", "error")
    readonly_fields = fields
    verbose_name_plural = gettext_lazy("attempts")

    outcome_label = choice_label("outcome", AttemptOutcome, ATTEMPT_COLOURS, description=gettext_lazy("outcome"))

    @display(description=gettext_lazy("time"))
    def when(self, row: DeliveryAttempt) -> str | SafeString:
        return ago(row.finished_at)

    @display(description=gettext_lazy("duration"))
    def took(self, row: DeliveryAttempt) -> str:
        return duration(milliseconds_between(row.started_at, row.finished_at))


@admin.register(Delivery)
class DeliveryAdmin(DeliveryTests, ReadOnlyAdmin):
    """What goes out: what waits and why, what was given up, what has arrived."""

    list_display = ("message", "kind_label", "state_label", "why", "tried", "due", "created")
    list_select_related = ("created_by",)
    list_filter = (
        AttentionFilter,
        ("state", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("created_at", DayRangeFilter),
    )
    search_fields = ("recipient", "summary", "source", "idempotency_key", "last_error")
    search_help_text = gettext_lazy("Recipient, subject, cause or error")
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": MESSAGE}),
        (gettext_lazy("Sending"), {"fields": SENDING}),
        (gettext_lazy("Origin"), {"fields": ORIGIN}),
    )
    readonly_fields = (*MESSAGE, *SENDING, *ORIGIN)
    inlines = (AttemptInline,)
    actions = ("redeliver_selected", "cancel_selected")
    actions_detail = ("redeliver_one", "confirm_one", "cancel_one")
    actions_list = ("send_test_mail", "send_test_chat")
    empty_list_text = gettext_lazy(
        "Every mail, Telegram message and webhook leaves a row here. Send a test to see whether they arrive."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("created_by")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows go by themselves when their time has come."""
        return False

    def has_decide_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("integrations.change_delivery")

    def row_title(self, row: Any) -> str:
        return row.summary or row.recipient  # type: ignore[no-any-return]

    # Columns

    @display(description=gettext_lazy("message"), ordering="summary")
    def message(self, row: Delivery) -> SafeString:
        about, recipient = _short(row.summary, SHOWN_ABOUT), _short(row.recipient, SHOWN_RECIPIENT)
        return format_html('{}<br><span class="bo-quiet bo-small">{}</span>', about or EMPTY, recipient)

    @display(description=gettext_lazy("state"), ordering="state")
    def state_label(self, row: Delivery) -> SafeString:
        if row.held_for:
            return badge(_("Held back"), "warning")
        state = DeliveryState(row.state)
        return badge(state.label, DELIVERY_COLOURS[state])

    @display(description=gettext_lazy("about"), ordering="summary")
    def about(self, row: Delivery) -> str:
        return row.summary or EMPTY

    @display(description=gettext_lazy("kind"), ordering="kind")
    def kind_label(self, row: Delivery) -> SafeString:
        return badge(DeliveryKind(row.kind).label)

    @display(description=gettext_lazy("why"))
    def why(self, row: Delivery) -> str:
        return _short(self.reason(row), SHOWN_ERROR)

    @display(description=gettext_lazy("why"))
    def reason(self, row: Delivery) -> str:
        return str(HoldReason(row.held_for).label) if row.held_for else row.last_error or EMPTY

    @display(description=gettext_lazy("attempts"), ordering="attempts")
    def tried(self, row: Delivery) -> str:
        return count(row.attempts)

    @display(description=gettext_lazy("next attempt"), ordering="next_attempt_at")
    def due(self, row: Delivery) -> str | SafeString:
        return ago(row.next_attempt_at) if row.state == DeliveryState.PENDING else EMPTY

    @display(description=gettext_lazy("created"), ordering="id")
    def created(self, row: Delivery) -> str | SafeString:
        return ago(row.created_at)

    @display(description=gettext_lazy("handed over"))
    def handed_over(self, row: Delivery) -> str | SafeString:
        return ago(row.handed_over_at)

    @display(description=gettext_lazy("finished"))
    def finished(self, row: Delivery) -> str | SafeString:
        return ago(row.finished_at)

    @display(description=gettext_lazy("asked for by"))
    def asked_by(self, row: Delivery) -> str:
        return row.created_by.display_name if row.created_by else EMPTY

    @display(description=gettext_lazy("text"))
    def content(self, row: Delivery) -> SafeString:
        """The text for reading; all of it, as JSON, for webhooks and where there is no text."""
        text = row.payload.get("text") or _pretty(row.payload)
        return format_html('<div class="bo-text bo-plain bo-boxed" dir="auto" tabindex="0">{}</div>', text)

    @display(description=gettext_lazy("answer of the other side"))
    def answer(self, row: Delivery) -> str | SafeString:
        return format_html("<code>{}</code>", _pretty(row.result)) if row.result else EMPTY

    # Decisions of a person

    @admin.action(description=gettext_lazy("Send the selected messages again"), permissions=["decide"])
    def redeliver_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        rows = queryset.filter(state__in=REDELIVERABLE_STATES)
        question = _("Send these messages again? What did arrive after all arrives twice.")
        return self._decide(request, rows, services.redeliver, "redeliver_selected", question, _("Send again"))

    @admin.action(description=gettext_lazy("Cancel the selected messages"), permissions=["decide"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        rows = queryset.filter(state__in=CANCELLABLE_STATES)
        question = _("Cancel these messages? Nobody gets them, unless somebody sends them again later.")
        return self._decide(request, rows, services.cancel, "cancel_selected", question, _("Cancel the messages"))

    def _decide(
        self, request: HttpRequest, rows: QuerySet[Any], decision: Any, name: str, question: str, button: str
    ) -> HttpResponse | None:
        found = rows.count()
        if not found:
            self.message_user(request, _("With none of the selected messages this can be done."), messages.INFO)
            return None
        if not is_confirmed(request):
            lines = [f"{row.recipient} · {row.summary} · {row.get_state_display()}" for row in rows[:SHOWN_ROWS]]
            if found > SHOWN_ROWS:
                more = found - SHOWN_ROWS
                lines.append(ngettext("and %(n)s more", "and %(n)s more", more) % {"n": count(more)})
            return ask(self, request, rows, name=name, question=question, button=button, lines=lines)
        done = sum(_done(decision, row, request.user) for row in rows)
        text = ngettext("Done with %(n)s message.", "Done with %(n)s messages.", done) % {"n": count(done)}
        self.message_user(request, text, messages.SUCCESS)
        return None

    @action(
        description=gettext_lazy("Send again"),
        icon="send",
        permissions=["decide"],
        url_path="redeliver",
        dialog=dialog(
            gettext_lazy("Send this message again?"),
            gettext_lazy(
                "It goes out at once, with all its attempts. If it did arrive before, the recipient gets it twice; "
                "messages of the same chat may have gone out since."
            ),
            button=gettext_lazy("Send again"),
        ),
    )
    def redeliver_one(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._one(request, object_id, services.redeliver, _("It is being sent again."))

    @action(
        description=gettext_lazy("It has arrived"),
        icon="check",
        permissions=["decide"],
        url_path="confirm",
        dialog=dialog(
            gettext_lazy("Has this message arrived?"),
            gettext_lazy("It then counts as delivered and is not sent again. Look in the chat or ask the recipient."),
            button=gettext_lazy("It has arrived"),
        ),
    )
    def confirm_one(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._one(request, object_id, services.confirm, _("It counts as delivered."))

    @action(
        description=gettext_lazy("Cancel the message"),
        icon="cancel",
        permissions=["decide"],
        url_path="cancel",
        dialog=dialog(
            gettext_lazy("Cancel this message?"),
            gettext_lazy("Nobody gets it, unless somebody sends it again later. It leaves the landing page."),
            button=gettext_lazy("Cancel the message"),
        ),
    )
    def cancel_one(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._one(request, object_id, services.cancel, _("The message is cancelled."))

    def _one(self, request: HttpRequest, object_id: str, decision: Any, done: str) -> HttpResponse:
        delivery = find(Delivery.objects.all(), object_id)
        try:
            decision(delivery, actor=request.user)
        except NotPossible as refused:
            self.message_user(request, str(refused), messages.WARNING)
        else:
            self.message_user(request, done, messages.SUCCESS)
        return leave_dialog(reverse("admin:integrations_delivery_change", args=[delivery.pk]))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Those that the state of the row allows."""
        actions: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        row: Any = self.get_object(request, str(object_id))
        states = {
            "redeliver_one": REDELIVERABLE_STATES,
            "confirm_one": (DeliveryState.UNCERTAIN,),
            "cancel_one": CANCELLABLE_STATES,
        }
        possible = [name for name, allowed in states.items() if row is not None and row.state in allowed]
        return [each for each in actions if each.method.__name__ in possible]


def _done(decision: Any, row: Delivery, actor: Any) -> bool:
    try:
        decision(row, actor=actor)
    except NotPossible:
        return False
    return True


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
