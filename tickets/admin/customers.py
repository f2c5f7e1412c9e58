import json
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from config.admin import ModelAdmin
from config.api.serializers import utc_z
from config.backoffice.confirm import BaseDialogForm, action, dialog, find, leave_dialog
from config.backoffice.counting import ReachablePaginator, related_count
from config.backoffice.display import EMPTY, ago, badge, count, display
from config.backoffice.filters import DayRangeFilter, ValuesFilter
from tickets.admin.columns import state_badge, title_of
from tickets.admin.side import talks_of
from tickets.erasure import erase
from tickets.models import Customer, CustomerAddress, Ticket, TicketMessage

PER_PAGE = 20
LIST = "admin:tickets_customer_changelist"


class BlockedFilter(ValuesFilter):
    title = _("blocked")
    parameter_name = "blocked"
    values = (("yes", _("Blocked")), ("no", _("Not blocked")))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(blocked=value == "yes") if value in {"yes", "no"} else queryset


class EraseForm(BaseDialogForm):
    """Says what goes."""

    form_before_template = "admin/chat/delete_dialog.html"

    def get_before_template_context(self, request: HttpRequest, object_id: str | None = None) -> dict[str, Any]:
        customer = find(Customer.objects.visible_to(request.user), object_id)
        tickets = customer.tickets.count()
        said = TicketMessage.objects.filter(ticket__customer=customer).count()
        return {
            "title": str(customer),
            "lines": [
                ngettext("%(n)s ticket", "%(n)s tickets", tickets) % {"n": count(tickets)},
                ngettext("%(n)s message", "%(n)s messages", said) % {"n": count(said)},
            ],
        }


@admin.register(Customer)
class CustomerAdmin(ModelAdmin):
    """Who writes to us: addresses, history across channels, and the end of both."""

    list_display = ("named", "address_list", "ticket_number", "language", "blocked_label", "since")
    list_filter = (BlockedFilter, ("created_at", DayRangeFilter))
    paginator = ReachablePaginator
    search_fields = ("name",)
    search_help_text = _("Name or address")
    ordering = ("-id",)
    sortable_by = ()
    fields = ("name", "language", "notes", "blocked", "address_list", "since", "erased")
    readonly_fields = ("address_list", "since", "erased")
    change_form_outer_after_template = "admin/tickets/customer.html"
    actions_detail = ("export_one", "erase_one")
    empty_list_text = _("Everybody who writes to a mailbox is listed here.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = Customer.objects.visible_to(request.user)
        addresses = Prefetch("addresses", CustomerAddress.objects.order_by("id"))
        counted: QuerySet[Any] = rows.annotate(ticket_total=related_count(Customer, "tickets"))
        return counted.prefetch_related(addresses)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By the beginning of an address, or by a part of the name."""
        term = search_term.replace("\0", "").strip().lower()
        if not term:
            return queryset, False
        same = CustomerAddress.objects.filter(customer=OuterRef("pk"), address__startswith=term)
        named = Q() if "@" in term else Q(name__icontains=term)
        return queryset.filter(named | Exists(same) if named else Exists(same)), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A customer is whoever writes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Erasing takes the personal data and leaves the figures."""
        return False

    def has_erase_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("tickets.erase_customer")

    def has_export_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("tickets.export_ticket")

    # Columns

    @display(description=_("customer"))
    def named(self, row: Any) -> str:
        return str(row)

    @display(description=_("addresses"))
    def address_list(self, row: Any) -> str | SafeString:
        found = [(address.address,) for address in row.addresses.all()]
        return format_html_join(", ", '<span class="bo-address" dir="ltr">{}</span>', found) if found else EMPTY

    @display(description=_("tickets"))
    def ticket_number(self, row: Any) -> str:
        return count(row.ticket_total)

    @display(description=_("blocked"))
    def blocked_label(self, row: Any) -> str | SafeString:
        return badge(_("Blocked"), "danger") if row.blocked else EMPTY

    @display(description=_("since"))
    def since(self, row: Any) -> str | SafeString:
        return ago(row.created_at)

    @display(description=_("erased"))
    def erased(self, row: Any) -> str | SafeString:
        return ago(row.erased_at)

    # The page

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        customer = self.get_object(request, object_id)
        extra = history_of(customer, request) if customer and self.has_view_permission(request, customer) else {}
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    @action(
        description=_("Erase personal data"),
        icon="delete_forever",
        permissions=["erase"],
        url_path="erase",
        dialog=dialog(
            _("Erase all that this customer has told?"),
            _(
                "Texts, names, addresses, mails and files go for good, also from the index and from waiting messages. "
                "Numbers and times stay for the statistics. This cannot be undone."
            ),
            button=_("Erase"),
            form=EraseForm,
        ),
    )
    def erase_one(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        customer = find(Customer.objects.visible_to(request.user), object_id)
        erase(customer, actor=request.user)
        self.log_change(request, customer, _("Personal data erased."))
        self.message_user(request, _("The personal data are erased."), messages.SUCCESS)
        return leave_dialog(reverse("admin:tickets_customer_change", args=[customer.pk]))

    @action(description=_("Export"), icon="download", permissions=["export"], url_path="export-data")
    def export_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """All that is known about a customer, as JSON: what people may ask for by law."""
        customer = find(Customer.objects.visible_to(request.user), object_id)
        if not self.has_view_permission(request, customer):
            raise PermissionDenied
        response = HttpResponse(
            json.dumps(known_about(customer), ensure_ascii=False, indent=1), content_type="application/json"
        )
        response["Content-Disposition"] = f'attachment; filename="customer-{customer.uuid}.json"'
        response["Cache-Control"] = "private, no-store"
        return response


def history_of(customer: Customer, request: HttpRequest) -> dict[str, Any]:
    """The customer's tickets, page by page, and his chats."""
    rows = Ticket.objects.visible_to(request.user).filter(customer=customer).select_related("mailbox")
    page = Paginator(rows.order_by("-last_message_at", "-pk"), PER_PAGE).get_page(request.GET.get("p"))
    addresses = [address.address for address in customer.addresses.all()]
    return {
        "customer": customer,
        "page": page,
        "tickets": [(title_of(row), row, state_badge(row)) for row in page],
        "talks": talks_of(addresses, reader=request.user, limit=PER_PAGE),
    }


def known_about(customer: Customer) -> dict[str, Any]:
    tickets = customer.tickets.prefetch_related("messages__attachments").order_by("id")
    return {
        "name": customer.name,
        "language": customer.language,
        "addresses": list(customer.addresses.values_list("address", flat=True)),
        "notes": customer.notes,
        "created_at": utc_z(customer.created_at),
        "tickets": [_ticket(ticket) for ticket in tickets],
    }


def _ticket(ticket: Ticket) -> dict[str, Any]:
    return {
        "number": ticket.pk,
        "subject": ticket.subject,
        "state": ticket.state,
        "created_at": utc_z(ticket.created_at),
        "rating": ticket.rating,
        "rating_comment": ticket.rating_comment,
        "messages": [
            {
                "kind": message.kind,
                "from": message.sender_address,
                "subject": message.subject,
                "text": message.text,
                "sent_at": utc_z(message.sent_at),
                "attachments": [file.name for file in message.attachments.all()],
            }
            for message in ticket.messages.all()
        ],
    }
