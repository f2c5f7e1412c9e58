"""Forms for people's accounts. What they change goes through the services of the app."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import ReadOnlyPasswordHashField
from django.contrib.auth.hashers import is_password_usable
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Role
from accounts.models import User
from accounts.services.tokens import revoke_all_tokens
from config.backoffice.forms import ModelForm

if TYPE_CHECKING:
    from django.contrib.auth import forms as auth_forms

    AdminPasswordChangeForm = auth_forms.AdminPasswordChangeForm[User]
    UserChangeForm = auth_forms.UserChangeForm[User]
    UserCreationForm = auth_forms.UserCreationForm[User]
else:
    from django.contrib.auth.forms import UserChangeForm
    from unfold.forms import AdminPasswordChangeForm, UserCreationForm


class UniqueNames(ModelForm):
    """User name and e-mail address belong to one person each, whatever the case."""

    def clean_email(self) -> str:
        email = str(User.objects.normalize_email(self.cleaned_data["email"]))
        if self._taken(email__iexact=email):
            raise ValidationError(_("A user with this e-mail address exists already."))
        return email

    def clean_username(self) -> str:
        username = str(self.cleaned_data["username"])
        if self._taken(username__iexact=username):
            raise ValidationError(_("A user with this name exists already."))
        return username

    def _taken(self, **names: str) -> bool:
        return bool(User.objects.filter(**names).exclude(pk=self.instance.pk).exists())


class NewUserForm(UniqueNames, UserCreationForm):
    """Creates with a password; more is said on the next page."""

    usable_password = None

    class Meta:
        model = User
        fields = ("username", "email", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("password1", "password2"):
            self.fields[name].required = True


class PasswordState(forms.Widget):
    """Whether there is a password, and the way to a new one; no part of the hash."""

    read_only = True

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        usable = bool(value) and is_password_usable(value)
        return mark_safe(render_to_string("admin/accounts/password_state.html", {"usable": usable}))  # noqa: S308

    def id_for_label(self, id_: str) -> str:
        return ""


class EditUserForm(UniqueNames, UserChangeForm):
    """Keeps at least one active administrator."""

    password = ReadOnlyPasswordHashField(label=gettext_lazy("Password"), widget=PasswordState)

    class Meta:
        model = User
        fields = ("username", "email", "first_name", "last_name", "role", "is_active", "is_staff", "groups")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        before = User.objects.get(pk=self.instance.pk)
        role = self.cleaned_data.get("role", before.role)
        stays = role == Role.ADMIN and self.cleaned_data.get("is_active", before.is_active)
        if before.is_administrator and before.is_active and not stays and is_last_administrator(before):
            raise ValidationError(_("This is the last administrator; nobody could administer the system."))
        return cleaned


class PasswordForm(AdminPasswordChangeForm):
    """A new password ends everything that is logged in with the old one."""

    def save(self, commit: bool = True) -> Any:
        user = super().save(commit)
        if commit:
            revoke_all_tokens(user)
        return user


def is_last_administrator(user: User) -> bool:
    return not User.objects.active_administrators().exclude(pk=user.pk).exists()
