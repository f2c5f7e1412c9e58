from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from config.admin import ReadOnlyAdmin
from config.backoffice.counting import ReachablePaginator
from config.backoffice.display import display
from config.backoffice.filters import ChoicesDropdownFilter, DayRangeFilter
from tickets.admin import columns
from tickets.admin.bulk import BulkActions
from tickets.admin.export import csv_of
from tickets.admin.filters import AssigneeFilter, MailboxFilter, PriorityFilter, TagFilter, TopicFilter
from tickets.admin.queues import PARAMETER, chosen, tabs
from tickets.admin.statistics_page import figures_page
from tickets.admin.ticket_list import TicketList
from tickets.admin.ticket_page import TicketPage
from tickets.models import Ticket
from tickets.search import search_tickets


@admin.register(Ticket)
class TicketAdmin(BulkActions, TicketPage, ReadOnlyAdmin):
    """The desk: queues of tickets, and each ticket as a conversation. All changes are made by services."""

    list_display = ("matter", "state_label", "priority_label", "place", "subject_matter", "who", "clock", "labels")
    list_display_links = ("matter",)
    list_select_related = ("mailbox", "topic", "assignee", "customer")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        PriorityFilter,
        MailboxFilter,
        AssigneeFilter,
        TopicFilter,
        TagFilter,
        ("last_message_at", DayRangeFilter),
    )
    list_before_template = "admin/tickets/queues.html"
    list_disable_select_all = True
    paginator = ReachablePaginator
    search_fields = ("subject",)
    search_help_text = _("Number, words, name or address")
    sortable_by = ()
    fields = ("subject",)
    change_form_template = "admin/tickets/ticket.html"
    actions = (
        "take_selected",
        "assign_selected",
        "state_selected",
        "priority_selected",
        "tag_selected",
        "merge_selected",
        "close_selected",
        "spam_selected",
        "export_selected",
    )
    empty_list_text = _("Every mail of a customer becomes a ticket, or joins one.")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Personal data are erased on the customer's page; tickets stay for the statistics."""
        return False

    def may_change(self, request: HttpRequest) -> bool:
        """`has_change_permission` says no, so that no form of the admin's own is offered."""
        return request.user.has_perm("tickets.change_ticket")

    def has_handle_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_change(request)

    def has_export_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("tickets.export_ticket")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = Ticket.objects.visible_to(request.user)
        return rows.select_related("mailbox", "topic", "assignee", "customer").prefetch_related("tags")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return TicketList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.replace("\0", "").strip()
        return (search_tickets(queryset, term) if term else queryset), False

    def row_title(self, row: Any) -> str:
        return columns.title_of(row)

    # The list

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        extra: dict[str, Any] = {"title": _("Tickets")}
        if self.has_view_permission(request):
            queue = chosen(request.GET.get(PARAMETER, ""), searching=bool(request.GET.get("q")))
            rows = Ticket.objects.visible_to(request.user)
            extra |= {
                "queue_tabs": tabs(rows, request.user, current=queue),
                "may_export": self.has_export_permission(request),
            }
        return super().changelist_view(request, {**extra, **(extra_context or {})})

    def get_queryset_for_list(self, request: HttpRequest) -> QuerySet[Any]:
        """What the list shows, with its filters and search."""
        changes: Any = self.get_changelist_instance(request)
        rows: QuerySet[Any] = changes.get_queryset(request)
        return rows

    @display(description=_("ticket"))
    def matter(self, row: Any) -> SafeString:
        return columns.matter(row)

    @display(description=_("state"))
    def state_label(self, row: Any) -> SafeString:
        return columns.state_badge(row)

    @display(description=_("priority"))
    def priority_label(self, row: Any) -> SafeString:
        return columns.priority_badge(row)

    @display(description=_("mailbox"))
    def place(self, row: Any) -> str:
        return str(row.mailbox.name)

    @display(description=_("topic"))
    def subject_matter(self, row: Any) -> str:
        return str(row.topic) if row.topic else "–"

    @display(description=_("assigned to"))
    def who(self, row: Any) -> str | SafeString:
        return columns.assignee(row)

    @display(description=_("time"))
    def clock(self, row: Any) -> str | SafeString:
        return columns.clock(row)

    @display(description=_("tags"))
    def labels(self, row: Any) -> str | SafeString:
        return columns.tags(row)

    # Export

    @admin.action(description=_("Export as CSV"), permissions=["export"])
    def export_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponseBase:
        return csv_of(queryset)

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """All tickets of the list as it is filtered."""
        if not (self.has_export_permission(request) and self.has_view_permission(request)):
            raise PermissionDenied
        return csv_of(self.get_queryset_for_list(request))

    def get_urls(self) -> list[Any]:
        export = path("export/", self.admin_site.admin_view(self.export_view), name="tickets_ticket_export")
        figures = path(
            "statistics/", self.admin_site.admin_view(self.statistics_view), name="tickets_ticket_statistics"
        )
        return [export, figures, *super().get_urls()]

    def statistics_view(self, request: HttpRequest) -> HttpResponse:
        """The figures of a month, drawn."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": _("Statistics")}
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/tickets/statistics.html", {**context, "page": figures_page(request)})

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Numbers only: what cannot be one is not found."""
        return super().get_object(request, object_id, from_field) if object_id.isdecimal() else None

    def ticket_or_404(self, request: HttpRequest, pk: int) -> Ticket:
        ticket = self.get_object(request, str(pk))
        if ticket is None:
            raise Http404
        if not self.has_view_permission(request, ticket):
            raise PermissionDenied
        return ticket  # type: ignore[no-any-return]


def page_of(ticket_id: int) -> str:
    return reverse("admin:tickets_ticket_change", args=[ticket_id])
