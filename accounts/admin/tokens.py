from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin.columns import CredentialStateFilter, state_badge
from accounts.models import AccessToken, AnonymousSubscriber
from accounts.services.tokens import revoke_token
from config.admin import ReadOnlyAdmin
from config.backoffice.confirm import BaseDialogForm, action, ask, dialog, find, is_confirmed, leave_dialog
from config.backoffice.counting import related_count
from config.backoffice.display import ago, count, display
from config.backoffice.filters import DayRangeFilter, ValuesFilter


def visitor_name(visitor_id: Any) -> str:
    return _("Visitor %(id)s") % {"id": str(visitor_id)[:8]}


class HolderFilter(ValuesFilter):
    title = gettext_lazy("whose")
    parameter_name = "holder"
    values = (("user", gettext_lazy("Users")), ("visitor", gettext_lazy("Visitors")))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(user__isnull=value != "user")


class RevocableAdmin(ReadOnlyAdmin):
    """Credentials: read, filtered and revoked, never shown nor changed."""

    actions = ("revoke_selected",)
    actions_detail: Any = ("revoke",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What has ended stays for a while as a trace."""
        return False

    def has_revoke_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.delete_{self.opts.model_name}")

    def revoke_one(self, row: Any) -> bool:
        raise NotImplementedError

    @admin.action(description=gettext_lazy("Revoke the selected ones"), permissions=["revoke"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        rows = list(queryset.filter(revoked_at=None))
        if not rows:
            self.message_user(request, _("All of them had been revoked before."), messages.INFO)
            return None
        if not is_confirmed(request):
            lines = [self.row_title(row) for row in rows[:100]]
            question = _("Revoke these? Whoever uses them is refused from now on. This cannot be undone.")
            button = _("Revoke")
            return ask(self, request, queryset, name="revoke_selected", question=question, button=button, lines=lines)
        revoked = sum(self.revoke_one(row) for row in rows)
        self.message_user(request, ngettext("%(n)s revoked.", "%(n)s revoked.", revoked) % {"n": count(revoked)})
        return None

    @action(
        description=gettext_lazy("Revoke"),
        icon="block",
        permissions=["revoke"],
        url_path="revoke",
        dialog=dialog(
            gettext_lazy("Revoke this?"),
            gettext_lazy("Whoever uses it is refused from now on. This cannot be undone."),
            button=gettext_lazy("Revoke"),
        ),
    )
    def revoke(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        row = find(self.get_queryset(request), object_id)
        if self.revoke_one(row):
            self.message_user(request, _("Revoked: %(name)s") % {"name": self.row_title(row)}, messages.SUCCESS)
        else:
            self.message_user(request, _("It had been revoked before."), messages.INFO)
        return leave_dialog(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk]))

    @display(description=gettext_lazy("state"))
    def state(self, row: Any) -> SafeString:
        return state_badge(row)

    @display(description=gettext_lazy("created"), ordering="created_at")
    def created(self, row: Any) -> str | SafeString:
        return ago(row.created_at)

    @display(description=gettext_lazy("last used"), ordering="last_used_at")
    def used(self, row: Any) -> str | SafeString:
        return ago(row.last_used_at)

    @display(description=gettext_lazy("expires"), ordering="expires_at")
    def expires(self, row: Any) -> str | SafeString:
        return ago(row.expires_at)


@admin.register(AccessToken)
class AccessTokenAdmin(RevocableAdmin):
    """Log-ins over the API and visitors' cookies that are still good."""

    list_display = ("holder", "state", "created", "used", "expires")
    list_select_related = ("user", "visitor")
    list_filter = (CredentialStateFilter, HolderFilter, ("created_at", DayRangeFilter))
    search_fields = ("user__username", "user__email")
    ordering = ("-created_at",)
    fields = ("holder", "state", "created_at", "last_used_at", "expires_at", "revoked_at")
    readonly_fields = fields
    empty_list_text = gettext_lazy(
        "Whoever logs in over the API, or chats without a log-in, holds a token listed here."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user", "visitor")

    def revoke_one(self, row: Any) -> bool:
        return revoke_token(row)

    def row_title(self, row: Any) -> str:
        return str(self.holder(row))

    @display(description=gettext_lazy("holder"))
    def holder(self, row: Any) -> str:
        return str(row.user.display_name) if row.user else visitor_name(row.visitor_id)


@admin.register(AnonymousSubscriber)
class VisitorAdmin(ReadOnlyAdmin):
    """People who chat without a log-in."""

    list_display = ("named", "conversation_count", "created", "seen")
    list_filter = (("last_seen_at", DayRangeFilter),)
    ordering = ("-last_seen_at",)
    fields = ("named", "conversation_count", "created_at", "last_seen_at")
    readonly_fields = fields
    empty_list_text = gettext_lazy("Whoever chats without a log-in is listed here.")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Visitors without conversations go by themselves after a while."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        conversations = related_count(AnonymousSubscriber, "conversations")
        rows: QuerySet[Any] = super().get_queryset(request).annotate(conversation_count=conversations)
        return rows

    def row_title(self, row: Any) -> str:
        return visitor_name(row.pk)

    @display(description=gettext_lazy("visitor"))
    def named(self, row: Any) -> str:
        return visitor_name(row.pk)

    @display(description=gettext_lazy("conversations"), ordering="conversation_count")
    def conversation_count(self, row: Any) -> str:
        return count(row.conversation_count)

    @display(description=gettext_lazy("first seen"), ordering="created_at")
    def created(self, row: Any) -> str | SafeString:
        return ago(row.created_at)

    @display(description=gettext_lazy("last seen"), ordering="last_seen_at")
    def seen(self, row: Any) -> str | SafeString:
        return ago(row.last_seen_at)
