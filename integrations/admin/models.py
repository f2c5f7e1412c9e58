from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.admin import ModelAdmin
from config.backoffice.display import badge, count, display, money
from config.backoffice.filters import ValuesFilter
from config.backoffice.forms import CheckboxList, ModelForm
from integrations.choices import CHAT_CAPABILITIES
from integrations.models import AIModel, AIProvider
from integrations.services.routing import default_route


class ProviderFilter(ValuesFilter):
    title = gettext_lazy("provider")
    parameter_name = "provider"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(AIProvider.objects.order_by("name").values_list("key", "name"))

    def narrow(self, queryset: Any, value: str) -> Any:
        return queryset.filter(provider__key=value)


class EnabledFilter(ValuesFilter):
    title = gettext_lazy("enabled")
    parameter_name = "enabled"
    values = (("yes", gettext_lazy("Enabled")), ("no", gettext_lazy("Switched off")))

    def narrow(self, queryset: Any, value: str) -> Any:
        return queryset.filter(enabled=value == "yes")


class RegistryForm(ModelForm):
    """Capabilities are ticked, not typed."""

    capabilities = forms.MultipleChoiceField(
        label=gettext_lazy("Capabilities"),
        choices=[(capability.value, capability.label) for capability in CHAT_CAPABILITIES],
        widget=CheckboxList,
        required=False,
        help_text=gettext_lazy(
            "What the provider says that the model can do. Without structured output it is asked for in words."
        ),
    )

    class Meta:
        model = AIModel
        fields = "__all__"  # noqa: DJ007 - the admin's fieldsets choose


@admin.register(AIModel)
class ModelRegistryAdmin(ModelAdmin):
    """What can answer, at what price, and in which order; the first usable one answers by default."""

    form = RegistryForm
    list_display = ("titled", "provider", "window", "price_in", "price_out", "enabled", "priority")
    list_editable = ("enabled", "priority")
    list_select_related = ("provider",)
    list_filter = (ProviderFilter, EnabledFilter)
    search_fields = ("title", "key", "name")
    ordering = ("priority", "key")
    autocomplete_fields = ("provider",)
    fieldsets = (
        (None, {"fields": ("title", "provider", "name", "key", "kind", "enabled", "priority")}),
        (gettext_lazy("Capabilities"), {"fields": ("capabilities",)}),
        (gettext_lazy("Limits"), {"fields": ("context_window", "max_output_tokens", "is_local", "vram_gb")}),
        (
            gettext_lazy("Prices"),
            {
                "fields": ("input_price", "output_price"),
                "description": gettext_lazy(
                    "The cost of every answer is worked out from these at the time of the answer."
                ),
            },
        ),
    )
    empty_list_text = gettext_lazy("Models come with their provider: add one, test it, then name the models to use.")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Statistics refer to a model by its key."""
        return ("key",) if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"key": ("name",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        is_default = Q(key=default_route().model_key)
        rows: QuerySet[Any] = super().get_queryset(request).annotate(answers_by_default=is_default)
        return rows

    @display(description=gettext_lazy("model"), ordering="title")
    def titled(self, row: Any) -> str | SafeString:
        marks = [badge(_("Default"), "primary")] if row.answers_by_default else []
        marks += [badge(_("Local"))] if row.is_local else []
        return format_html_join(" ", "{}", ([part] for part in [row.title, *marks]))

    @display(description=gettext_lazy("context window"), ordering="context_window")
    def window(self, row: AIModel) -> str:
        return count(row.context_window)

    @display(description=gettext_lazy("in, per million"), ordering="input_price")
    def price_in(self, row: AIModel) -> str:
        return money(row.input_price)

    @display(description=gettext_lazy("out, per million"), ordering="output_price")
    def price_out(self, row: AIModel) -> str:
        return money(row.output_price)
