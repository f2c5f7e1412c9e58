from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from config.admin import ModelAdmin, ReadOnlyAdmin
from config.backoffice.confirm import action, find
from config.backoffice.display import EMPTY, ago, badge, choice_label, count, display, person
from config.backoffice.filters import DayRangeFilter, ValuesFilter
from integrations.admin.credential_forms import form_for, payload_fields
from integrations.credentials.catalog import BY_KEY, PROVIDER_NOTES, STRATEGY_NOTES, Kind, kind_of, kinds_of
from integrations.credentials.choices import ACTION_COLOURS, CredentialAction, CredentialProvider
from integrations.credentials.errors import CredentialError
from integrations.credentials.models import Credential, CredentialEvent
from integrations.services.credentials.changes import (
    create_credential,
    delete_credential,
    make_default,
    update_credential,
)
from integrations.services.credentials.trial import try_credential

KIND = "kind"


class ProviderFilter(ValuesFilter):
    title = gettext_lazy("provider")
    parameter_name = "provider"
    values = tuple(CredentialProvider.choices)

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(provider=value)


class ActionFilter(ValuesFilter):
    title = gettext_lazy("what happened")
    parameter_name = "action"
    values = tuple(CredentialAction.choices)

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(action=value)


@admin.register(Credential)
class CredentialAdmin(ModelAdmin):
    """The company's credentials. Their values are entered and never shown."""

    list_display = ("name", "kind_name", "recognised_by", "default_badge", "goes_to", "used")
    list_filter = (ProviderFilter,)
    search_fields = ("name", "hint")
    ordering = ("provider", "strategy", "name")
    readonly_fields = ("kind_name", "recognised_by", "entered", "used", "event_link")
    actions_detail = ("test_now", "make_it_default")
    actions_row = ("test_now",)
    empty_list_text = gettext_lazy(
        "A credential lets bots and integrations work with another service: Google, amoCRM, Telegram or one of yours."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).of_company()  # type: ignore[attr-defined]
        return rows

    # Pages

    @method_decorator(sensitive_post_parameters())
    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        if object_id is None and _asked_kind(request) is None and self.has_add_permission(request):
            return self._choose_kind(request)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _choose_kind(self, request: HttpRequest) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("What is the credential for?"),
            "providers": [_choices(provider) for provider in CredentialProvider],
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/integrations/choose_credential.html", context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kind = _kind(request, obj)
        return super().get_form(request, obj, change, **({"form": form_for(kind)} if kind else {}), **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        kind = _kind(request, obj)
        secret: Any = (gettext_lazy("Secret"), {"fields": payload_fields(kind) if kind else ()})
        use = (gettext_lazy("Use"), {"fields": ("is_default", "allowed_hosts", "scopes")})
        if obj is None:
            return ((None, {"fields": ("name",)}), secret, use)
        if self.has_change_permission(request, obj):
            note = gettext_lazy("What is stored is never shown. Empty fields stay as they are.")
            secret = (secret[0], {**secret[1], "description": note})
        else:
            secret = (secret[0], {"fields": ()})
        state = (gettext_lazy("State"), {"fields": ("recognised_by", "entered", "used", "event_link")})
        return ((None, {"fields": ("name", "kind_name")}), secret, use, state)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.readonly_fields if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        kind = _asked_kind(request)
        return {"name": kind.label, "allowed_hosts": list(kind.hosts)} if kind else {}

    # Columns

    @display(description=gettext_lazy("kind"), ordering="provider")
    def kind_name(self, row: Credential) -> str:
        kind = kind_of(row.provider, row.strategy)
        return kind.label if kind else f"{row.provider}: {row.strategy}"

    @display(description=gettext_lazy("recognised by"))
    def recognised_by(self, row: Credential) -> str:
        return row.hint or EMPTY

    @display(description=gettext_lazy("default"), ordering="is_default")
    def default_badge(self, row: Credential) -> str | SafeString:
        return badge(_("Default"), "info") if row.is_default else EMPTY

    @display(description=gettext_lazy("goes to"))
    def goes_to(self, row: Credential) -> str:
        if not row.allowed_hosts:
            return _("Nowhere yet")
        first, *others = row.allowed_hosts
        return f"{first} +{count(len(others))}" if others else str(first)

    @display(description=gettext_lazy("entered"))
    def entered(self, row: Credential) -> str | SafeString:
        return ago(row.payload_set_at)

    @display(description=gettext_lazy("last used"), ordering="last_used_at")
    def used(self, row: Credential) -> str | SafeString:
        return ago(row.last_used_at)

    @display(description=gettext_lazy("history"))
    def event_link(self, row: Credential) -> SafeString:
        url = reverse("admin:integrations_credentialevent_changelist")
        return format_html('<a href="{}?{}">{}</a>', url, urlencode({"q": str(row.pk)}), _("Who changed and used it"))

    # Changes

    @sensitive_variables()
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in ("name", "is_default", "allowed_hosts", "scopes")}
        if form.payload is not None:
            values["payload"] = form.payload
        if change:
            # The form has written into `obj`; the service compares with what is stored.
            update_credential(Credential.objects.get(pk=obj.pk), values, actor=request.user)
            return
        kind = form.kind
        # An empty list would be of no use; the provider's hosts are meant.
        values["allowed_hosts"] = values["allowed_hosts"] or None
        made = create_credential(provider=kind.provider, strategy=kind.strategy, actor=request.user, **values)
        obj.pk, obj.hint = made.pk, made.hint

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_credential(obj, actor=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for credential in queryset:
            delete_credential(credential, actor=request.user)

    # Actions

    def has_test_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("integrations.change_credential")

    @action(description=gettext_lazy("Test now"), icon="network_check", permissions=["test"], url_path="test")
    def test_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        credential = find(self.get_queryset(request), object_id)
        try:
            try_credential(credential, actor=request.user)
        except CredentialError as error:
            level = messages.INFO if error.code == "no_test" else messages.ERROR
            self.message_user(request, error.message, level)
        else:
            self.message_user(request, _("%(name)s works.") % {"name": credential.name}, messages.SUCCESS)
        return redirect(reverse("admin:integrations_credential_change", args=[credential.pk]))

    @action(description=gettext_lazy("Make the default"), icon="star", permissions=["test"], url_path="make-default")
    def make_it_default(self, request: HttpRequest, object_id: str) -> HttpResponse:
        credential = find(self.get_queryset(request), object_id)
        make_default(credential, actor=request.user)
        self.message_user(request, _("%(name)s is the default now.") % {"name": credential.name}, messages.SUCCESS)
        return redirect(reverse("admin:integrations_credential_change", args=[credential.pk]))


def _asked_kind(request: HttpRequest) -> Kind | None:
    return BY_KEY.get(request.GET.get(KIND, ""))


def _kind(request: HttpRequest, obj: Any) -> Kind | None:
    return kind_of(obj.provider, obj.strategy) if obj else _asked_kind(request)


def _choices(provider: CredentialProvider) -> dict[str, Any]:
    kinds = [
        {"label": kind.strategy.label, "note": STRATEGY_NOTES[kind.strategy], "query": urlencode({KIND: kind.key})}
        for kind in kinds_of(provider)
    ]
    return {"name": provider.label, "note": PROVIDER_NOTES[provider], "kinds": kinds}


@admin.register(CredentialEvent)
class CredentialEventAdmin(ReadOnlyAdmin):
    """Who changed and used which credential, for what, and where it went."""

    list_display = ("credential_name", "what", "who", "purpose", "host", "counted", "when")
    list_select_related = ("actor",)
    list_filter = (ActionFilter, ("last_at", DayRangeFilter))
    search_fields = ("credential_name", "credential_id", "host")
    ordering = ("-last_at",)
    fields = ("credential_name", "credential_id", "what", "who", "purpose", "host", "counted", "created_at", "when")
    readonly_fields = fields
    empty_list_text = gettext_lazy("Each change and each use of a credential leaves a line here, never a value.")
    what = choice_label("action", CredentialAction, ACTION_COLOURS, description=gettext_lazy("what happened"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=gettext_lazy("who"), ordering="actor__username")
    def who(self, row: CredentialEvent) -> str | SafeString:
        return person(row.actor) if row.actor else _("A bot or an integration")

    @display(description=gettext_lazy("times"), ordering="times")
    def counted(self, row: CredentialEvent) -> str:
        return count(row.times)

    @display(description=gettext_lazy("when"), ordering="last_at")
    def when(self, row: CredentialEvent) -> str | SafeString:
        return ago(row.last_at)
