from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from config.admin import ReadOnlyAdmin
from config.backoffice.confirm import ask, find, is_confirmed
from config.backoffice.counting import ReachablePaginator
from config.backoffice.display import EMPTY, ago, choice_label, count, display
from config.backoffice.filters import ChoicesDropdownFilter, DayRangeFilter
from tickets.admin.files import raw_response
from tickets.admin.filters import MailboxFilter
from tickets.admin.portions import Portion, portion
from tickets.choices import INBOUND_COLOURS, InboundState
from tickets.errors import NotPossible
from tickets.intake.releasing import LEFT_OUT, block_sender, discard, release
from tickets.intake.storing import unpacked
from tickets.mime.parsing import parse
from tickets.models import Customer, CustomerAddress, InboundMail, RawMail

SHOWN_TEXT = 20_000
MOST = 200
FACTS = ("state_label", "why", "who", "about", "place", "in_ticket", "source", "size_text", "times", "came", "problems")


@admin.register(InboundMail)
class InboundMailAdmin(ReadOnlyAdmin):
    """Every received mail and where it is to be found: in a ticket, in quarantine, or among the automatic ones."""

    list_display = ("who", "about", "state_label", "why", "place", "came")
    list_select_related = ("mailbox", "ticket")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("reason", ChoicesDropdownFilter),
        ("source", ChoicesDropdownFilter),
        MailboxFilter,
        ("received_at", DayRangeFilter),
    )
    paginator = ReachablePaginator
    sortable_by = ()
    search_fields = ("sender",)
    search_help_text = gettext_lazy("Address of the sender, or Message-ID")
    ordering = ("-id",)
    fields = FACTS
    readonly_fields = FACTS
    change_form_outer_after_template = "admin/tickets/mail.html"
    actions = ("release_selected", "discard_selected", "block_selected")
    empty_list_text = gettext_lazy("Every mail that arrives leaves a row here, also those that become no ticket.")

    state_label = choice_label("state", InboundState, INBOUND_COLOURS, description=gettext_lazy("state"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = InboundMail.objects.visible_to(request.user)
        return rows.select_related("mailbox", "ticket")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By the beginning of the address, or the whole Message-ID: both along an index or nearly so."""
        term = search_term.replace("\0", "").strip()
        if not term:
            return queryset, False
        found = {"message_id": term} if term.startswith("<") else {"sender__startswith": term.lower()}
        return queryset.filter(**found), False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was received stays on record."""
        return False

    def has_sort_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("tickets.change_inboundmail")

    def row_title(self, row: Any) -> str:
        return row.subject or row.sender or str(row.pk)

    # Columns

    @display(description=gettext_lazy("sender"))
    def who(self, row: Any) -> SafeString | str:
        if not row.sender:
            return row.sender_name or EMPTY
        return format_html('{} <span class="bo-address bo-quiet" dir="ltr">{}</span>', row.sender_name, row.sender)

    @display(description=gettext_lazy("subject"))
    def about(self, row: Any) -> SafeString:
        return format_html('<span class="bo-reason" dir="auto">{}</span>', row.subject[:200] or EMPTY)

    @display(description=gettext_lazy("reason"))
    def why(self, row: Any) -> str:
        parts = (row.get_reason_display() if row.reason else "", row.reason_text[:200])
        return ": ".join(filter(None, parts)) or EMPTY

    @display(description=gettext_lazy("mailbox"))
    def place(self, row: Any) -> str:
        return str(row.mailbox) if row.mailbox else EMPTY

    @display(description=gettext_lazy("received"))
    def came(self, row: Any) -> str | SafeString:
        return ago(row.received_at)

    @display(description=gettext_lazy("ticket"))
    def in_ticket(self, row: Any) -> str | SafeString:
        if row.ticket is None:
            return EMPTY
        url = reverse("admin:tickets_ticket_change", args=[row.ticket_id])
        return format_html('<a class="text-link" href="{}">#{}</a>', url, row.ticket_id)

    @display(description=gettext_lazy("size, bytes"))
    def size_text(self, row: Any) -> str:
        return count(row.size)

    @display(description=gettext_lazy("deliveries"))
    def times(self, row: Any) -> str:
        return count(row.deliveries)

    @display(description=gettext_lazy("defects"))
    def problems(self, row: Any) -> str:
        return ", ".join(str(item) for item in row.defects) or EMPTY

    # The page of a mail

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        own: list[tuple[str, Any, str]] = [
            ("<uuid:pk>/raw/", require_safe(self.raw_view), "raw"),
            ("<uuid:pk>/do/<slug:name>/", require_POST(self.do_view), "do"),
        ]
        return [
            *(path(route, guard(view), name=f"tickets_inboundmail_{name}") for route, view, name in own),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        extra: dict[str, Any] = {}
        if row is not None and self.has_view_permission(request, row):
            extra = {
                "mail": row,
                "text": text_of(row),
                "may_sort": self.has_sort_permission(request) and row.state in LEFT_OUT,
                "is_discarded": row.state == InboundState.DISCARDED,
            }
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def raw_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        return raw_response(self._mail(request, pk))

    def do_view(self, request: HttpRequest, pk: Any, name: str) -> HttpResponse:
        row = self._mail(request, pk)
        if not self.has_sort_permission(request):
            raise PermissionDenied
        if name not in DONE:
            raise Http404
        try:
            self._do(request, row, name)
        except NotPossible as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, DONE[name].said, messages.SUCCESS)
        return redirect("admin:tickets_inboundmail_change", row.pk)

    def _do(self, request: HttpRequest, row: InboundMail, name: str) -> None:
        """With a line in the history of the mail, and of the customer who is blocked; raises NotPossible."""
        done = DONE[name]
        with transaction.atomic():
            touched = done.change(row, actor=request.user)
            self.log_change(request, row, str(done.said))
            if isinstance(touched, Customer):
                self.log_change(request, touched, _("Blocked."))

    def _mail(self, request: HttpRequest, pk: Any) -> InboundMail:
        row: InboundMail = find(self.get_queryset(request), pk)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row

    # Several at once

    @admin.action(description=gettext_lazy("Take in as tickets"), permissions=["sort"])
    def release_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        question = _("Take these mails in as tickets? They are decided on like any other.")
        return self._sorted(request, queryset, "release", question, _("Take in"))

    @admin.action(description=gettext_lazy("Discard"), permissions=["sort"])
    def discard_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        question = _("Discard these mails? They stay in this list and can still be taken in.")
        return self._sorted(request, queryset, "discard", question, _("Discard"))

    @admin.action(description=gettext_lazy("Block the senders"), permissions=["sort"])
    def block_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        question = _("Block these senders? Their further mails go into quarantine.")
        return self._sorted(request, queryset, "block", question, _("Block"))

    def _sorted(
        self, request: HttpRequest, queryset: QuerySet[Any], name: str, question: str, button: str
    ) -> HttpResponse | None:
        chosen = portion(queryset, MOST, done=DONE[name].already)
        if not is_confirmed(request):
            lines = [f"{row.sender}: {row.subject}"[:160] for row in chosen.rows]
            if chosen.is_cut:
                lines.append(of_all(chosen))
            action = f"{name}_selected"
            return ask(self, request, queryset, name=action, question=question, button=button, lines=lines)
        done = 0
        for row in chosen.rows:
            try:
                self._do(request, row, name)
                done += 1
            except NotPossible as error:
                self.message_user(request, f"{row.sender}: {error}", messages.WARNING)
        text = ngettext("%(n)s mail changed.", "%(n)s mails changed.", done) % {"n": count(done)}
        self.message_user(request, text, messages.SUCCESS if done else messages.INFO)
        if chosen.is_cut:
            self.message_user(request, of_all(chosen), messages.WARNING)
        return None


def of_all(chosen: Portion) -> str:
    """That more mails were chosen than are changed at a time."""
    text = ngettext(
        "%(n)s of %(all)s mail; run it again for the rest.",
        "%(n)s of %(all)s mails; run it again for the rest.",
        chosen.total,
    )
    return text % chosen.numbers


@dataclass(frozen=True, slots=True)
class Done:
    """What can be done to a mail, the words for it on the page and in its history, and with which it is done."""

    change: Callable[..., Any]
    said: Any
    already: Q


NOT_LEFT_OUT = ~Q(state__in=LEFT_OUT)
BLOCKED = Exists(CustomerAddress.objects.filter(address=OuterRef("sender"), customer__blocked=True))
DONE = {
    "release": Done(release, gettext_lazy("The mail is taken in."), NOT_LEFT_OUT),
    "discard": Done(discard, gettext_lazy("The mail is discarded."), NOT_LEFT_OUT | Q(state=InboundState.DISCARDED)),
    "block": Done(block_sender, gettext_lazy("The sender is blocked."), Q(sender="") | Q(BLOCKED)),
}


def text_of(row: InboundMail) -> str:
    """What the mail says, read anew from its bytes; parsing never fails."""
    if not RawMail.objects.filter(inbound=row).exists():
        return ""
    return parse(unpacked(row)).text[:SHOWN_TEXT]
