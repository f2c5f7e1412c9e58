from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from config.admin import ReadOnlyAdmin
from config.backoffice.counting import ReachablePaginator
from config.backoffice.display import EMPTY, ago, badge, choice_label, display, money
from config.backoffice.filters import ChoicesDropdownFilter, DayRangeFilter
from tickets.admin.columns import title_of
from tickets.admin.filters import MailboxFilter
from tickets.admin.why import percent, why
from tickets.choices import DRAFT_COLOURS, DraftState, TriageState
from tickets.models import Triage
from tickets.querysets import seen_mailboxes

COLOURS = {TriageState.FAILED: "danger", TriageState.RUNNING: "info", TriageState.PENDING: "info"}


@admin.register(Triage)
class TriageAdmin(ReadOnlyAdmin):
    """What was decided about each mail, by whom, on what grounds, and what staff made of it."""

    list_display = (
        "matter",
        "state_label",
        "decided",
        "decider",
        "sureness",
        "done",
        "verdict_label",
        "cost_of",
        "when",
    )
    list_display_links = ("matter",)
    list_select_related = ("ticket", "mailbox")
    list_filter = (
        ("decision", ChoicesDropdownFilter),
        ("source", ChoicesDropdownFilter),
        ("action", ChoicesDropdownFilter),
        ("verdict", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
        MailboxFilter,
        ("created_at", DayRangeFilter),
    )
    paginator = ReachablePaginator
    sortable_by = ()
    ordering = ("-created_at",)
    fields = ("state",)
    change_form_template = "admin/tickets/decision.html"
    empty_list_text = _(
        "Every mail of a customer is decided upon: answer, ask, or hand over. Each decision is listed here."
    )

    state_label = choice_label("state", TriageState, COLOURS, description=_("state"))
    verdict_label = choice_label("verdict", DraftState, DRAFT_COLOURS, description=_("verdict of the staff"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The calibration and the trail of tickets rest on them."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("ticket", "mailbox")
        seen = seen_mailboxes(request.user)
        return rows if seen is None else rows.filter(mailbox__in=seen)

    def row_title(self, row: Any) -> str:
        return title_of(row.ticket)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        extra = {"why": why(row, reader=request.user), "ticket": row.ticket, "subtitle": None} if row else {}
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    @display(description=_("ticket"))
    def matter(self, row: Any) -> str:
        return title_of(row.ticket)[:120]

    @display(description=_("decision"))
    def decided(self, row: Any) -> str:
        return row.get_decision_display() or EMPTY

    @display(description=_("decided by"))
    def decider(self, row: Any) -> str:
        return row.get_source_display() if row.source else EMPTY

    @display(description=_("confidence"))
    def sureness(self, row: Any) -> str:
        return percent(row.confidence if row.calibrated is None else row.calibrated) or EMPTY

    @display(description=_("done"))
    def done(self, row: Any) -> str | SafeString:
        if not row.action:
            return EMPTY
        return badge(row.get_action_display(), "info") if row.shadow else str(row.get_action_display())

    @display(description=_("cost"))
    def cost_of(self, row: Any) -> str:
        return money(row.cost) if row.calls else EMPTY

    @display(description=_("time"))
    def when(self, row: Any) -> str | SafeString:
        return ago(row.created_at)
