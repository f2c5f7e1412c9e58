from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.columns import CredentialStateFilter
from accounts.admin.tokens import RevocableAdmin
from accounts.choices import Scope
from accounts.models import ApiKey, User
from accounts.services.keys import create_api_key, revoke_api_key
from config.backoffice.display import display, person
from config.backoffice.forms import CheckboxList, ModelForm


class ApiKeyForm(ModelForm):
    """What is said when a key is made; nothing of it changes later."""

    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=Scope.choices,
        widget=CheckboxList,
        help_text=gettext_lazy("What the key may do. Routes that need another scope refuse it."),
    )

    class Meta:
        model = ApiKey
        fields = ("user", "name", "scopes", "expires_at")
        help_texts = {
            "user": gettext_lazy("The key acts for this user and never has more rights."),
            "name": gettext_lazy("Where the key is used, so that you know what stops when you revoke it."),
            "expires_at": gettext_lazy("Empty: until it is revoked."),
        }

    def clean_expires_at(self) -> Any:
        expires_at = self.cleaned_data["expires_at"]
        if expires_at is not None and expires_at <= timezone.now():
            raise ValidationError(_("The key would have ended already."))
        return expires_at


@admin.register(ApiKey)
class ApiKeyAdmin(RevocableAdmin):
    """Machines' keys: made here, shown once, revoked when they leak or are no longer needed."""

    form = ApiKeyForm
    list_display = ("name", "begins_with", "acts_for", "scope_list", "state", "created", "used", "expires")
    list_select_related = ("user",)
    list_filter = (CredentialStateFilter,)
    search_fields = ("name", "prefix", "user__username", "user__email")
    ordering = ("-created_at",)
    fields = (
        "name",
        "begins_with",
        "acts_for",
        "scope_list",
        "state",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )
    readonly_fields = fields
    add_fieldsets = ((None, {"fields": ("user", "name", "scopes", "expires_at")}),)
    empty_list_text = gettext_lazy("Machines call the API with a key. Make one for each of them.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.add_apikey")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A key has its user's rights, so only administrators make keys for others."""
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.visible_to(request.user).filter(is_active=True)
            kwargs["initial"] = request.user.pk
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "user" and field is not None:
            for right in ("add", "change", "delete", "view"):
                setattr(field.widget, f"can_{right}_related", False)
        return field

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One button: the next page shows the key, whatever else was asked for."""
        one_button = {"show_save_and_continue": False, "show_save_and_add_another": False}
        return super().add_view(request, form_url, {**one_button, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = form.cleaned_data
        raw, row = create_api_key(
            values["user"], name=values["name"], scopes=values["scopes"], expires_at=values["expires_at"]
        )
        obj.pk, obj.prefix = row.pk, row.prefix
        request.new_api_key = raw  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """The one page that ever shows the key: it is rendered straight away and kept nowhere."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Your new key"),
            "key": request.new_api_key,  # type: ignore[attr-defined]
            "row": obj,
            "list_url": reverse("admin:accounts_apikey_changelist"),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request, "admin/accounts/new_key.html", context, headers={"Cache-Control": "no-store", "Pragma": "no-cache"}
        )

    def revoke_one(self, row: Any) -> bool:
        return revoke_api_key(row)

    @display(description=gettext_lazy("begins with"), ordering="prefix")
    def begins_with(self, row: Any) -> str:
        return f"{row.prefix}…"

    @display(description=gettext_lazy("acts for"), ordering="user__username")
    def acts_for(self, row: Any) -> SafeString:
        return person(row.user)

    @display(description=gettext_lazy("scopes"))
    def scope_list(self, row: Any) -> str:
        labels = dict(Scope.choices)
        return ", ".join(str(labels.get(scope, scope)) for scope in row.scopes)
