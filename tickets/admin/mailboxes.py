from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import ProtectedError, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from config.admin import ModelAdmin
from config.backoffice.confirm import find
from config.backoffice.display import EMPTY, ago, badge, display
from config.backoffice.filters import ChoicesDropdownFilter
from tickets.admin.autopilot_page import report_of
from tickets.admin.mailbox_form import MailboxForm
from tickets.admin.mailbox_tests import MailboxTests
from tickets.choices import AutopilotLevel
from tickets.models import AutopilotEvent, Mailbox
from tickets.triage.autopilot import pause, resume

LEVELS = {
    AutopilotLevel.DRAFT: (gettext_lazy("Draft"), ""),
    AutopilotLevel.CONFIDENT: (gettext_lazy("When confident"), "info"),
    AutopilotLevel.FULL: (gettext_lazy("Everything"), "warning"),
}


@admin.register(Mailbox)
class MailboxAdmin(MailboxTests, ModelAdmin):
    """Addresses that customers write to, and how their mail is dealt with."""

    form = MailboxForm
    list_display = ("name", "address", "state_label", "level", "sla_name", "fetching")
    list_select_related = ("sla",)
    list_filter = (("autopilot", ChoicesDropdownFilter),)
    search_fields = ("name", "address")
    ordering = ("name",)
    filter_horizontal = ()
    readonly_fields = ("autopilot_state", "fetching", "password_state")
    actions_detail = ("try_imap", "send_test_mail")
    empty_list_text = gettext_lazy("A mailbox is an address that customers write to. Its mail becomes tickets.")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        place = ("name", "address", "alias_lines", "sender_name", "language", "enabled", "is_default", "groups")
        pilot = ("autopilot", "autopilot_hours", "threshold", "shadow", "edit_limit")
        imap = ("imap_host", "imap_port", "imap_tls", "imap_user", "imap_password", "imap_folder")
        return (
            (None, {"fields": place}),
            (gettext_lazy("Signature"), {"fields": ("signature_en", "signature_ru")}),
            (gettext_lazy("Autopilot"), {"fields": ("autopilot_state", *pilot) if obj else pilot}),
            (gettext_lazy("Times"), {"fields": ("hours", "sla", "ask_rating")}),
            (
                gettext_lazy("Fetching mail by IMAP"),
                {"fields": ("fetching", "password_state", *imap, "remove_password") if obj else imap},
            ),
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        form.put_password(obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        try:
            super().delete_model(request, obj)
        except ProtectedError:
            self.message_user(request, _("A mailbox with tickets stays. Switch it off instead."), messages.ERROR)

    # Columns

    @display(description=gettext_lazy("state"))
    def state_label(self, row: Mailbox) -> SafeString:
        return badge(_("On"), "success") if row.enabled else badge(_("Off"))

    @display(description=gettext_lazy("autopilot"), ordering="autopilot")
    def level(self, row: Mailbox) -> SafeString:
        if row.is_paused():
            return badge(_("Paused"), "danger")
        text, colour = LEVELS[AutopilotLevel(row.autopilot)]
        return badge(_("Shadow mode"), "info") if row.shadow else badge(text, colour)

    @display(description=gettext_lazy("service level"))
    def sla_name(self, row: Mailbox) -> str:
        return str(row.sla) if row.sla else EMPTY

    @display(description=gettext_lazy("IMAP"))
    def fetching(self, row: Mailbox) -> str | SafeString:
        if not row.imap_host:
            return EMPTY
        if row.imap_error:
            return format_html('{} <span dir="auto">{}</span>', badge(_("Fails"), "danger"), row.imap_error)
        return format_html("{} {}", _("looked into"), ago(row.imap_checked_at)) if row.imap_checked_at else _("not yet")

    @display(description=gettext_lazy("password"))
    def password_state(self, row: Mailbox) -> str:
        return _("stored") if row.sealed_imap_password else _("none")

    @display(description=gettext_lazy("state"))
    def autopilot_state(self, row: Mailbox) -> SafeString:
        url = reverse("admin:tickets_mailbox_autopilot", args=[row.pk])
        return format_html('{} <a class="text-link" href="{}">{}</a>', self.level(row), url, _("How good it is"))

    # The autopilot's page

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        own: list[tuple[str, Any, str]] = [
            ("<int:pk>/autopilot/", require_safe(self.autopilot_view), "autopilot"),
            ("<int:pk>/autopilot/pause/", require_POST(self.pause_view), "pause"),
            ("<int:pk>/autopilot/resume/", require_POST(self.resume_view), "resume"),
        ]
        return [
            *(path(route, guard(view), name=f"tickets_mailbox_{name}") for route, view, name in own),
            *super().get_urls(),
        ]

    def autopilot_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How well the confidence agrees with what staff did, and the switch."""
        mailbox = self._mailbox(request, pk)
        events: QuerySet[AutopilotEvent] = AutopilotEvent.objects.filter(mailbox=mailbox).select_related("actor")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Autopilot: %(name)s") % {"name": mailbox.name},
            "mailbox": mailbox,
            "level": self.level(mailbox),
            "report": report_of(mailbox),
            "events": events.order_by("-id")[:20],
            "may_change": self.has_change_permission(request, mailbox),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/tickets/autopilot.html", context)

    def pause_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        mailbox = self._changed(request, pk)
        reason = request.POST.get("reason", "").strip()[:300] or _("Paused by a person.")
        pause(mailbox, reason=reason, actor=request.user)
        self.message_user(request, _("The autopilot is paused: every answer waits for approval."), messages.SUCCESS)
        return redirect("admin:tickets_mailbox_autopilot", pk)

    def resume_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        resume(self._changed(request, pk), actor=request.user)
        self.message_user(request, _("The autopilot works again."), messages.SUCCESS)
        return redirect("admin:tickets_mailbox_autopilot", pk)

    def _mailbox(self, request: HttpRequest, pk: int) -> Mailbox:
        mailbox: Mailbox = find(Mailbox.objects.all(), pk)
        if not self.has_view_permission(request, mailbox):
            raise PermissionDenied
        return mailbox

    def _changed(self, request: HttpRequest, pk: int) -> Mailbox:
        mailbox = self._mailbox(request, pk)
        if not self.has_change_permission(request, mailbox):
            raise PermissionDenied
        return mailbox
