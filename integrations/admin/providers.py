from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.admin import ModelAdmin, ReadOnlyInline
from config.backoffice.confirm import action, find
from config.backoffice.counting import related_count
from config.backoffice.display import ago, badge, count, display, duration, money
from config.backoffice.filters import ValuesFilter
from integrations.admin.forms import ProviderForm
from integrations.calls.circuit import close_circuit
from integrations.choices import ProviderKind
from integrations.models import AIModel, AIProvider
from integrations.services.providers import CheckResult, check_provider, key_hint, set_api_key

SHOWN_MODELS = 12


class HealthFilter(ValuesFilter):
    title = gettext_lazy("health")
    parameter_name = "health"
    values = (
        ("up", gettext_lazy("In order")),
        ("down", gettext_lazy("Does not answer")),
        ("new", gettext_lazy("Not tested")),
    )

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(healthy={"up": True, "down": False}.get(value))


class ModelInline(ReadOnlyInline):
    """The provider's models; each opens on its own page."""

    model = AIModel
    fields = ("title", "name", "price_in", "price_out", "enabled", "priority")
    readonly_fields = fields
    show_change_link = True
    verbose_name_plural = gettext_lazy("models")

    @display(description=gettext_lazy("in, per million"))
    def price_in(self, row: AIModel) -> str:
        return money(row.input_price)

    @display(description=gettext_lazy("out, per million"))
    def price_out(self, row: AIModel) -> str:
        return money(row.output_price)


@admin.register(AIProvider)
class ProviderAdmin(ModelAdmin):
    """Where models are served. A key can be entered and removed, and is never shown."""

    form = ProviderForm
    list_display = ("name", "kind", "health", "key_state", "model_count", "enabled", "checked")
    list_filter = (HealthFilter,)
    search_fields = ("name", "key", "base_url")
    ordering = ("name",)
    inlines = (ModelInline,)
    actions = ("test_selected",)
    actions_detail = ("test_now", "let_through")
    actions_row = ("test_now",)
    empty_list_text = gettext_lazy(
        "A provider is OpenAI, Anthropic, or a server of your own that speaks their language."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).select_related("circuit")
        counted: QuerySet[Any] = rows.annotate(model_total=related_count(AIProvider, "models"))
        return counted

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj else {"key": ("name",)}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        shown = ("health", "pause", "key_state", "checked", "last_error", "local_models", "origin_note")
        if obj is None:
            return shown
        return (*shown, "key", "kind", "base_url") if is_from_environment(obj) else (*shown, "key")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return (
                (None, {"fields": ("name", "key", "kind", "base_url", "enabled", "max_concurrency")}),
                (gettext_lazy("Key"), {"fields": ("api_key",)}),
            )
        place: tuple[str, ...] = ("name", "key", "kind", "base_url", "enabled", "max_concurrency")
        if is_from_environment(obj):
            place = (*place, "origin_note")
        seen: tuple[str, ...] = ("health", "pause", "checked", "last_error")
        status = (gettext_lazy("Health"), {"fields": (*seen, "local_models") if obj.serves_ollama else seen})
        if obj.kind == ProviderKind.LOCAL:
            return ((None, {"fields": ("name", "key", "kind", "enabled")}), status)
        key = ("key_state", "api_key", "remove_key") if obj.sealed_api_key else ("key_state", "api_key")
        return ((None, {"fields": place}), (gettext_lazy("Key"), {"fields": key}), status)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    # Columns

    @display(description=gettext_lazy("health"), ordering="healthy")
    def health(self, row: AIProvider) -> str | SafeString:
        if row.kind == ProviderKind.LOCAL:
            return badge(_("Built in"))
        if is_paused(row):
            return badge(_("Paused"), "warning")
        if row.healthy is None:
            return badge(_("Not tested"))
        if row.healthy:
            return badge(_("In order"), "success")
        return format_html("{} {}", badge(_("Does not answer"), "danger"), ago(row.failing_since))

    @display(description=gettext_lazy("calls"))
    def pause(self, row: AIProvider) -> str:
        """Whether calls are let through, and if not, why and until when."""
        if not is_paused(row):
            return _("Let through")
        until = timezone.localtime(row.circuit.open_until)
        if until <= timezone.now():
            return _("Paused after failures (%(reason)s); the next call tries whether it works again") % {
                "reason": row.circuit.reason
            }
        values = {"reason": row.circuit.reason, "time": formats.time_format(until, "H:i:s")}
        return _("Paused after failures (%(reason)s) until %(time)s") % values

    @display(description=gettext_lazy("key"))
    def key_state(self, row: AIProvider) -> str:
        """Whether there is a key and how it ends; never more of it."""
        if row.kind == ProviderKind.LOCAL:
            return _("Needs none")
        hint = key_hint(row)
        if not hint:
            return _("None")
        text = (
            _("Entered here, ends in %(hint)s") if row.sealed_api_key else _("From the environment, ends in %(hint)s")
        )
        return text % {"hint": hint}

    @display(description=gettext_lazy("local models"))
    def local_models(self, row: AIProvider) -> SafeString:
        url = reverse("admin:integrations_ollamaserver_change", args=[row.pk])
        return format_html('<a class="text-link" href="{}">{}</a>', url, _("What is in its memory"))

    @display(description=gettext_lazy("models"), ordering="model_total")
    def model_count(self, row: Any) -> str:
        return count(row.model_total)

    @display(description=gettext_lazy("last tested"), ordering="checked_at")
    def checked(self, row: AIProvider) -> str | SafeString:
        return ago(row.checked_at)

    @display(description=gettext_lazy("origin"))
    def origin_note(self, row: AIProvider) -> str:
        return _("Kind and address come from the environment (%(name)s) and are changed there.") % {
            "name": row.api_key_setting
        }

    # Changes

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if "base_url" in form.changed_data:
            # Another server: nobody knows yet what it is.
            obj.serves_ollama = None
        super().save_model(request, obj, form, change)
        if value := form.cleaned_data.get("api_key"):
            set_api_key(obj, value, actor=request.user)
        elif form.cleaned_data.get("remove_key"):
            set_api_key(obj, "", actor=request.user)

    # Testing

    def has_test_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("integrations.change_aiprovider")

    @action(description=gettext_lazy("Test now"), icon="network_check", permissions=["test"], url_path="test")
    def test_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        provider = find(AIProvider.objects.all(), object_id)
        self._report(request, provider, check_provider(provider, anew=True))
        return redirect(reverse("admin:integrations_aiprovider_change", args=[provider.pk]))

    @action(
        description=gettext_lazy("Let calls through"), icon="play_arrow", permissions=["test"], url_path="let-through"
    )
    def let_through(self, request: HttpRequest, object_id: str) -> HttpResponse:
        provider = find(AIProvider.objects.all(), object_id)
        if close_circuit(provider, actor=request.user):
            self.message_user(request, _("Calls to %(provider)s go through again.") % {"provider": provider.name})
        else:
            self.message_user(request, _("Calls to %(provider)s were not paused.") % {"provider": provider.name})
        return redirect(reverse("admin:integrations_aiprovider_change", args=[provider.pk]))

    @admin.action(description=gettext_lazy("Test the selected providers"), permissions=["test"])
    def test_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for provider in queryset:
            self._report(request, provider, check_provider(provider, anew=True))

    def _report(self, request: HttpRequest, provider: AIProvider, result: CheckResult) -> None:
        if not result.ok:
            text = _("%(provider)s does not answer: %(error)s")
            self.message_user(request, text % {"provider": provider.name, "error": result.error}, messages.ERROR)
            return
        found = ngettext("%(n)s model", "%(n)s models", len(result.models)) % {"n": count(len(result.models))}
        text = _("%(provider)s answered in %(time)s: %(found)s. %(names)s")
        names = ", ".join(result.models[:SHOWN_MODELS]) + ("…" if len(result.models) > SHOWN_MODELS else "")
        values = {"provider": provider.name, "time": duration(result.latency_ms), "found": found, "names": names}
        self.message_user(request, (text % values).strip(), messages.SUCCESS)


def is_paused(provider: AIProvider) -> bool:
    circuit = getattr(provider, "circuit", None)
    return circuit is not None and circuit.is_open


def is_from_environment(provider: AIProvider) -> bool:
    """Named by the environment: each start writes kind and address anew."""
    return bool(provider.api_key_setting)
