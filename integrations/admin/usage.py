import csv
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.admin import ReadOnlyAdmin
from config.backoffice.display import ago, choice_label, count, display, duration, money
from config.backoffice.filters import ChoicesDropdownFilter, DayRangeFilter, ValuesFilter
from integrations.admin.usage_chart import usage_by_day
from integrations.choices import CallOutcome
from integrations.models import AIModel, AIProvider, UsageRecord

OUTCOME_COLOURS = {
    CallOutcome.RUNNING: "info",
    CallOutcome.OK: "success",
    CallOutcome.STOPPED: "warning",
    CallOutcome.FAILED: "danger",
}
CSV_FIELDS = (
    "created_at",
    "provider_key",
    "model_key",
    "user__username",
    "purpose",
    "role",
    "attempt",
    "own_key",
    "input_tokens",
    "output_tokens",
    "estimated",
    "cost",
    "first_token_ms",
    "duration_ms",
    "outcome",
    "error_code",
    "turn_id",
)
# A spreadsheet would run a cell that begins like this.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class LedgerFilter(ValuesFilter):
    """By a key that the ledger copied; what has no row any more is found by search."""

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(**{str(self.parameter_name): value})


class ModelFilter(LedgerFilter):
    title = gettext_lazy("model")
    parameter_name = "model_key"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(AIModel.objects.order_by("title").values_list("key", "title"))


class ProviderFilter(LedgerFilter):
    title = gettext_lazy("provider")
    parameter_name = "provider_key"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(AIProvider.objects.order_by("name").values_list("key", "name"))


@admin.register(UsageRecord)
class UsageAdmin(ReadOnlyAdmin):
    """The ledger of calls to providers: written by the product, read and exported here."""

    list_display = (
        "when",
        "provider_key",
        "model_key",
        "caller",
        "tokens",
        "spent",
        "first_token",
        "took",
        "outcome_label",
    )
    list_select_related = ("user",)
    list_filter = (("created_at", DayRangeFilter), ModelFilter, ProviderFilter, ("outcome", ChoicesDropdownFilter))
    search_fields = ("user__username", "user__email", "model_key", "error_code")
    search_help_text = gettext_lazy("User, model or error")
    ordering = ("-created_at",)
    fields = (
        "created_at",
        "provider_key",
        "model_key",
        "caller",
        "reason",
        "role",
        "attempt",
        "own_key",
        "input_tokens",
        "output_tokens",
        "estimated",
        "spent",
        "first_token",
        "took",
        "outcome_label",
        "error_code",
        "turn_link",
    )
    readonly_fields = fields
    actions = ("export_csv",)
    list_before_template = "admin/integrations/usage_links.html"
    empty_list_text = gettext_lazy("Every call to a model leaves a row here: who asked, what it took, what it cost.")

    outcome_label = choice_label("outcome", CallOutcome, OUTCOME_COLOURS, description=gettext_lazy("outcome"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A ledger from which rows are torn is none."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user")

    @display(description=gettext_lazy("time"), ordering="created_at")
    def when(self, row: UsageRecord) -> str | SafeString:
        return ago(row.created_at)

    @display(description=gettext_lazy("user"), ordering="user__username")
    def caller(self, row: UsageRecord) -> str:
        return row.user.display_name if row.user else "–"

    @display(description=gettext_lazy("purpose"))
    def reason(self, row: UsageRecord) -> str:
        return _("Answer") if row.purpose == "answer" else row.purpose

    @display(description=gettext_lazy("tokens in / out"), ordering="output_tokens")
    def tokens(self, row: UsageRecord) -> str:
        text = f"{count(row.input_tokens)} / {count(row.output_tokens)}"
        return f"≈ {text}" if row.estimated else text

    @display(description=gettext_lazy("cost"), ordering="cost")
    def spent(self, row: UsageRecord) -> str:
        return "–" if row.outcome == CallOutcome.RUNNING else money(row.cost)

    @display(description=gettext_lazy("first token"), ordering="first_token_ms")
    def first_token(self, row: UsageRecord) -> str:
        return duration(row.first_token_ms)

    @display(description=gettext_lazy("duration"), ordering="duration_ms")
    def took(self, row: UsageRecord) -> str:
        return "–" if row.outcome == CallOutcome.RUNNING else duration(row.duration_ms)

    @display(description=gettext_lazy("answer"))
    def turn_link(self, row: UsageRecord) -> str | SafeString:
        if row.turn_id is None:
            return "–"
        url = reverse("admin:chat_turn_change", args=[row.turn_id])
        return format_html('<a class="text-link" href="{}">{}</a>', url, str(row.turn_id)[:8])

    # Export

    @admin.action(description=gettext_lazy("Export the selected rows as CSV"), permissions=["view"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Any]) -> StreamingHttpResponse:
        rows = queryset.order_by("created_at").values_list(*CSV_FIELDS).iterator(chunk_size=2000)
        response = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
        name = f"usage-{timezone.localdate():%Y-%m-%d}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    # Chart

    def get_urls(self) -> list[Any]:
        chart = path("chart/", self.admin_site.admin_view(self.chart_view), name="integrations_usagerecord_chart")
        return [chart, *super().get_urls()]

    def chart_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Usage by day"),
            "usage": usage_by_day(),
            "tokens_heading": _("Tokens in the last 30 days"),
            "cost_heading": _("Cost in the last 30 days"),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/integrations/usage_chart.html", context)


class Echo:
    """A file that hands back what is written to it, so that rows can be streamed."""

    def write(self, line: str) -> str:
        return line


def csv_lines(rows: Iterator[tuple[Any, ...]]) -> Iterator[str]:
    """CSV for spreadsheets: a mark of the encoding, a line of names, then the rows in UTC."""
    writer = csv.writer(Echo())
    yield "\ufeff"
    yield writer.writerow(name.replace("__", "_") for name in CSV_FIELDS)
    for row in rows:
        yield writer.writerow([_cell(value) for value in row])


def _cell(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat(timespec="seconds")
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return "" if value is None else value
