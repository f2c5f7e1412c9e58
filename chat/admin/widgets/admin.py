from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from chat.admin.widgets import pages
from chat.admin.widgets.forms import WidgetForm
from chat.models import Conversation
from chat.widgets.models import Widget
from chat.widgets.origins import ANY
from chat.widgets.services.changes import delete_widget, replace_key, save_widget, switch_widget
from config.admin import ModelAdmin
from config.backoffice.confirm import BaseDialogForm, action, dialog, find, leave_dialog
from config.backoffice.counting import related_count
from config.backoffice.deletion import SummedDeletion
from config.backoffice.display import EMPTY, ago, badge, count, display
from config.backoffice.filters import ValuesFilter

SHOWN_SITES = 2
OPEN_TO_ALL = gettext_lazy("Every site may use this widget, at your expense. Name your sites as soon as you know them.")
ADDRESS = {"install": "admin:chat_widget_installation", "change": "admin:chat_widget_change"}


class EnabledFilter(ValuesFilter):
    title = gettext_lazy("state")
    parameter_name = "enabled"
    values = (("yes", gettext_lazy("On")), ("no", gettext_lazy("Switched off")))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(enabled=value == "yes")


@admin.register(Widget)
class WidgetAdmin(SummedDeletion, ModelAdmin):
    """Chats that other sites embed: looks, words, limits, and the sites on which they appear."""

    form = WidgetForm
    list_display = ("name", "state", "sites", "seen", "conversations", "changed")
    list_filter = (EnabledFilter,)
    search_fields = ("name", "key", "origins")
    ordering = ("name",)
    actions = ("switch_on", "switch_off")
    actions_detail = ("install", "try_out", "new_key")
    change_form_after_template = "admin/chat/widget/preview.html"
    empty_list_text = gettext_lazy("A widget puts the chat on a site of yours, with one line to paste. Make the first.")
    fieldsets = (
        (None, {"fields": ("name", "enabled", "origins")}),
        (gettext_lazy("Looks"), {"fields": ("accent", "icon", "position", "theme")}),
        (
            gettext_lazy("Words"),
            {
                "fields": (
                    "language",
                    ("title_en", "title_ru"),
                    ("greeting_en", "greeting_ru"),
                    ("placeholder_en", "placeholder_ru"),
                    ("suggestions_en", "suggestions_ru"),
                ),
                "description": gettext_lazy("What is left empty is said in the product's own words."),
            },
        ),
        (gettext_lazy("Answers"), {"fields": ("model", "instructions", "knows_guide")}),
        (
            gettext_lazy("Limits"),
            {
                "fields": (("visitor_per_minute", "visitor_per_day"), ("address_per_minute", "address_per_day")),
                "description": gettext_lazy("Questions; more are refused with the time to wait."),
            },
        ),
        (gettext_lazy("Privacy"), {"fields": ("privacy_url", "keeps_pages")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).with_last_seen()  # type: ignore[attr-defined]
        counted: QuerySet[Any] = rows.annotate(conversation_total=related_count(Widget, "conversations"))
        return counted

    # Columns

    @display(description=gettext_lazy("state"), ordering="enabled")
    def state(self, row: Widget) -> SafeString:
        return badge(_("On"), "success") if row.enabled else badge(_("Switched off"))

    @display(description=gettext_lazy("sites"))
    def sites(self, row: Widget) -> str | SafeString:
        if ANY in row.origins:
            return badge(_("Every site"), "warning")
        if not row.origins:
            return badge(_("None yet"), "warning")
        more = len(row.origins) - SHOWN_SITES
        return ", ".join(row.origins[:SHOWN_SITES]) + (f" +{more}" if more > 0 else "")

    @display(description=gettext_lazy("last seen on a site"), ordering="last_seen")
    def seen(self, row: Any) -> str | SafeString:
        return ago(row.last_seen) if row.last_seen else EMPTY

    @display(description=gettext_lazy("conversations"), ordering="conversation_total")
    def conversations(self, row: Any) -> str:
        return count(row.conversation_total)

    @display(description=gettext_lazy("changed"), ordering="updated_at")
    def changed(self, row: Widget) -> str | SafeString:
        return ago(row.updated_at)

    # Changes, through the services

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        save_widget(obj, actor=request.user)
        if ANY in obj.origins:
            self.message_user(request, OPEN_TO_ALL, messages.WARNING)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """What comes next is the tag."""
        response = super().response_add(request, obj, post_url_continue)
        wanted = {"_addanother", "_continue", "_popup"} & set(request.POST)
        return response if wanted else redirect(ADDRESS["install"], obj.pk)

    @staticmethod
    def losses(rows: QuerySet[Any]) -> list[str]:
        kept = Conversation.objects.filter(widget__in=rows).count()
        stays = ngettext("%(n)s conversation stays.", "%(n)s conversations stay.", kept) % {"n": count(kept)}
        return [_("It disappears from its sites at once, and open chats end."), stays]

    def delete_one(self, request: HttpRequest, row: Any) -> None:
        delete_widget(row, actor=request.user)

    @admin.action(description=gettext_lazy("Switch on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset, enabled=True)

    @admin.action(description=gettext_lazy("Switch off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset, enabled=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Any], *, enabled: bool) -> None:
        for widget in queryset:
            switch_widget(widget, enabled=enabled, actor=request.user)
            self.log_change(request, widget, "Switched on." if enabled else "Switched off.")
        self.message_user(request, _("Switched on.") if enabled else _("Switched off."), messages.SUCCESS)

    # Pages beside the form

    def get_urls(self) -> list[Any]:
        guarded = self.admin_site.admin_view
        own = [
            path("preview/", guarded(require_POST(self.preview_view)), name="chat_widget_preview"),
            path("<int:widget_id>/install/", guarded(self.install_view), name="chat_widget_installation"),
        ]
        return [*own, *super().get_urls()]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        if not (self.has_change_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        return pages.preview(request)

    def install_view(self, request: HttpRequest, widget_id: int) -> HttpResponse:
        widget = find(Widget.objects.all(), widget_id)
        if not self.has_view_permission(request, widget):
            raise PermissionDenied
        return pages.installation(request, self, widget)

    @action(description=gettext_lazy("Install"), icon="code", permissions=["view"], url_path="to-install")
    def install(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(ADDRESS["install"], find(Widget.objects.all(), object_id).pk)

    @action(description=gettext_lazy("Try it"), icon="play_arrow", permissions=["view"], url_path="to-trial")
    def try_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("widget-trial", find(Widget.objects.all(), object_id).key)

    @action(
        description=gettext_lazy("New public key"),
        icon="key",
        permissions=["change"],
        url_path="new-key",
        dialog=dialog(
            gettext_lazy("Replace the public key?"),
            gettext_lazy(
                "Tags with the old key stop working at once and open chats end. "
                "Paste the new tag on your sites after that."
            ),
            button=gettext_lazy("Replace"),
        ),
    )
    def new_key(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        widget = find(Widget.objects.all(), object_id)
        replace_key(widget, actor=request.user)
        self.log_change(request, widget, "Public key replaced.")
        self.message_user(request, _("The widget has a new public key."), messages.SUCCESS)
        return leave_dialog(reverse(ADDRESS["install"], args=[widget.pk]))
