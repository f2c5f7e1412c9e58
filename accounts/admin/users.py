from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin.forms import EditUserForm, NewUserForm, PasswordForm
from accounts.choices import Role
from accounts.models import ApiKey, User
from accounts.services.tokens import revoke_all_tokens
from accounts.services.users import LastAdministrator, UserError, create_user, delete_user, update_user
from config.admin import ModelAdmin
from config.backoffice.confirm import BaseDialogForm, action, ask, dialog, find, is_confirmed, leave_dialog
from config.backoffice.counting import related_count
from config.backoffice.deletion import SummedDeletion
from config.backoffice.display import ago, choice_label, count, display, person
from config.backoffice.filters import ChoicesDropdownFilter, DayRangeFilter, ValuesFilter

if TYPE_CHECKING:
    UserAdminBase = DjangoUserAdmin[User]
    GroupAdminBase = DjangoGroupAdmin
else:
    UserAdminBase = DjangoUserAdmin
    GroupAdminBase = DjangoGroupAdmin

ROLE_COLOURS = {Role.ADMIN: "primary", Role.DEVELOPER: "info", Role.USER: ""}
SERVICE_FIELDS = ("username", "email", "first_name", "last_name", "role", "is_active")
RIGHTS = ("role", "is_staff", "groups")

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(GroupAdminBase, ModelAdmin):
    """Sets of permissions for members of staff."""

    empty_list_text = gettext_lazy("A group holds what its members may see and do here.")


class ActiveFilter(ValuesFilter):
    title = gettext_lazy("active")
    parameter_name = "active"
    values = (("yes", gettext_lazy("Active")), ("no", gettext_lazy("Deactivated")))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(is_active=value == "yes")


@admin.register(User)
class UserAdmin(SummedDeletion, UserAdminBase, ModelAdmin):
    """People with a log-in. Roles and rights are changed by administrators alone."""

    form = EditUserForm
    add_form = NewUserForm
    change_password_form = PasswordForm
    list_display = ("named", "role_label", "is_active", "is_staff", "seen", "conversation_count")
    list_filter = (("role", ChoicesDropdownFilter), ActiveFilter, ("last_login", DayRangeFilter))
    search_fields = ("username", "email", "first_name", "last_name")
    ordering = ("username",)
    filter_horizontal = ("groups",)
    readonly_fields = ("last_login", "date_joined", "uuid")
    fieldsets = (
        (None, {"fields": ("username", "email", "password")}),
        (gettext_lazy("Person"), {"fields": ("first_name", "last_name")}),
        (gettext_lazy("Rights"), {"fields": ("role", "is_active", "is_staff", "groups")}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined", "uuid")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "email", "role", "password1", "password2")}),)
    actions = ("revoke_tokens_of_selected",)
    actions_detail = ("revoke_tokens",)

    role_label = choice_label("role", Role, ROLE_COLOURS, description=gettext_lazy("role"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(conversation_count=related_count(User, "conversations"))

    @display(description=gettext_lazy("user"), ordering="username")
    def named(self, row: User) -> SafeString:
        return person(row)

    @display(description=gettext_lazy("last log-in"), ordering="last_login")
    def seen(self, row: User) -> str | SafeString:
        return ago(row.last_login)

    @display(description=gettext_lazy("conversations"), ordering="conversation_count")
    def conversation_count(self, row: Any) -> str:
        return count(row.conversation_count)

    # Who may change whom

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and may_touch(request, obj)

    def has_revoke_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("accounts.delete_accesstoken")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.readonly_fields if is_superuser(request) else (*self.readonly_fields, *RIGHTS)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None or is_superuser(request):
            return super().get_fieldsets(request, obj)
        return ((None, {"fields": ("username", "email", "password1", "password2")}),)

    # Saving, through the services

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in SERVICE_FIELDS if name in form.cleaned_data}
        if change:
            self._update(User.objects.get(pk=obj.pk), values, form.cleaned_data.get("is_staff"))
        else:
            obj.pk = create_user(password=form.cleaned_data["password1"], **values).pk
        obj.refresh_from_db()

    def _update(self, user: User, values: dict[str, Any], is_staff: bool | None) -> None:
        update_user(user, **values)
        if is_staff is not None and not user.is_administrator and is_staff != user.is_staff:
            user.is_staff = is_staff
            user.save(update_fields=["is_staff", "updated_at"])

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except UserError as error:
            # Somebody else was quicker: the form had found nothing wrong.
            self.message_user(request, refusal(error), messages.ERROR)
            return redirect(request.get_full_path())

    # Deleting

    @staticmethod
    def losses(rows: QuerySet[Any]) -> list[str]:
        conversations = sum(
            User.objects.filter(pk__in=rows).values_list(related_count(User, "conversations"), flat=True)
        )
        keys = ApiKey.objects.filter(user__in=rows, revoked_at=None).count()
        return [
            ngettext("%(n)s conversation", "%(n)s conversations", conversations) % {"n": count(conversations)},
            ngettext("%(n)s API key", "%(n)s API keys", keys) % {"n": count(keys)},
        ]

    def kept(self, request: HttpRequest, rows: QuerySet[Any]) -> list[str]:
        """Administrators, when the actor is none or nobody else would be left."""
        administrators = rows.filter(role=Role.ADMIN)
        others = User.objects.active_administrators().exclude(pk__in=rows)
        if is_superuser(request) and others.exists():
            return []
        return [_("%(user)s (administrator)") % {"user": user} for user in administrators]

    def delete_one(self, request: HttpRequest, row: Any) -> None:
        delete_user(row)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)
        except LastAdministrator as error:
            self.message_user(request, refusal(error), messages.ERROR)
            return redirect(reverse("admin:accounts_user_changelist"))

    # Tokens

    @admin.action(description=gettext_lazy("Revoke all tokens of the selected users"), permissions=["revoke"])
    def revoke_tokens_of_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        users = list(queryset)
        if not is_confirmed(request):
            question = _("Log these users out everywhere? Every access token of theirs ends. This cannot be undone.")
            lines = [user.display_name for user in users[:100]]
            name, button = "revoke_tokens_of_selected", _("Revoke")
            return ask(self, request, queryset, name=name, question=question, button=button, lines=lines)
        self._say_revoked(request, sum(revoke_all_tokens(user) for user in users))
        return None

    @action(
        description=gettext_lazy("Revoke all tokens"),
        icon="block",
        permissions=["revoke"],
        url_path="revoke-tokens",
        dialog=dialog(
            gettext_lazy("Log this user out everywhere?"),
            gettext_lazy("Every access token ends. API keys keep working. This cannot be undone."),
            button=gettext_lazy("Revoke"),
        ),
    )
    def revoke_tokens(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        user = find(User.objects.all(), object_id)
        self._say_revoked(request, revoke_all_tokens(user))
        return leave_dialog(reverse("admin:accounts_user_change", args=[user.pk]))

    def _say_revoked(self, request: HttpRequest, tokens: int) -> None:
        text = ngettext("%(n)s access token was revoked.", "%(n)s access tokens were revoked.", tokens)
        self.message_user(request, text % {"n": count(tokens)}, messages.SUCCESS)


def is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


def may_touch(request: HttpRequest, obj: Any) -> bool:
    """Administrators are changed by administrators alone. `obj` is a user, or the id that the skin passes."""
    if obj is None or is_superuser(request):
        return True
    user = obj if isinstance(obj, User) else find(User.objects.all(), obj)
    return not user.is_administrator


def refusal(error: UserError) -> str:
    if isinstance(error, LastAdministrator):
        return _("This is the last administrator; nobody could administer the system.")
    return _("The user name or e-mail address belongs to somebody else.")
