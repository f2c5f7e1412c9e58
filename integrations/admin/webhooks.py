from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.admin import ModelAdmin
from config.backoffice.confirm import action, ask, find, is_confirmed
from config.backoffice.display import ago, badge, display
from config.backoffice.filters import ValuesFilter
from config.backoffice.forms import CheckboxList, ModelForm
from integrations.outbox.choices import DeliveryState
from integrations.webhooks import services
from integrations.webhooks.choices import EVERYTHING, WebhookEvent
from integrations.webhooks.models import WebhookEndpoint


class HealthFilter(ValuesFilter):
    title = gettext_lazy("health")
    parameter_name = "health"
    values = (
        ("up", gettext_lazy("In order")),
        ("failing", gettext_lazy("Fails")),
        ("off", gettext_lazy("Switched off")),
    )

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        conditions: dict[str, dict[str, Any]] = {
            "up": {"enabled": True, "failing_since": None},
            "failing": {"enabled": True, "failing_since__isnull": False},
            "off": {"enabled": False},
        }
        return queryset.filter(**conditions.get(value, {}))


class WebhookForm(ModelForm):
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Events"),
        choices=[(EVERYTHING, gettext_lazy("Everything, also what is added later")), *WebhookEvent.choices],
        widget=CheckboxList,
        initial=[EVERYTHING],
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("name", "url", "events", "enabled")
        help_texts = {
            "url": gettext_lazy(
                "What happens is sent there by POST, signed by Standard Webhooks. Servers in your own network must be "
                "listed in INTERNAL_HOSTS."
            )
        }


@admin.register(WebhookEndpoint)
class WebhookAdmin(ModelAdmin):
    """Who is told what happens. A secret is shown once, when it is made."""

    form = WebhookForm
    list_display = ("name", "host_name", "health", "listens_to", "enabled", "succeeded")
    list_filter = (HealthFilter,)
    search_fields = ("name", "url")
    ordering = ("name",)
    readonly_fields = ("health", "succeeded", "last_error", "rotation", "deliveries")
    actions_detail = ("test_now", "new_secret")
    empty_list_text = gettext_lazy("A webhook tells another program what happens here, as soon as it happens.")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        place = (None, {"fields": ("name", "url", "events", "enabled")})
        status = (gettext_lazy("Health"), {"fields": ("health", "succeeded", "last_error", "rotation", "deliveries")})
        return (place, status) if obj else (place,)

    def has_operate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("integrations.change_webhookendpoint")

    # Columns

    @display(description=gettext_lazy("server"))
    def host_name(self, row: WebhookEndpoint) -> str:
        """The address may hold a key, so lists show only where it leads."""
        return row.host

    @display(description=gettext_lazy("health"), ordering="failing_since")
    def health(self, row: WebhookEndpoint) -> str | SafeString:
        if row.disabled_at:
            return format_html("{} {}", badge(_("Switched off by the product"), "danger"), ago(row.disabled_at))
        if not row.enabled:
            return badge(_("Switched off"))
        if row.failing_since:
            return format_html("{} {}", badge(_("Fails"), "danger"), ago(row.failing_since))
        return badge(_("In order"), "success") if row.last_success_at else badge(_("Nothing sent yet"))

    @display(description=gettext_lazy("events"))
    def listens_to(self, row: WebhookEndpoint) -> str:
        labels = dict(WebhookEvent.choices)
        if EVERYTHING in row.events:
            return _("Everything")
        return ", ".join(str(labels.get(event, event)) for event in row.events)

    @display(description=gettext_lazy("last success"), ordering="last_success_at")
    def succeeded(self, row: WebhookEndpoint) -> str | SafeString:
        return ago(row.last_success_at)

    @display(description=gettext_lazy("secret"))
    def rotation(self, row: WebhookEndpoint) -> str | SafeString:
        if len(services.signing_keys(row)) < 2:
            return _("Set")
        return format_html("{} {}", _("Set; the former one signs too until"), ago(row.former_secret_until))

    @display(description=gettext_lazy("deliveries"))
    def deliveries(self, row: WebhookEndpoint) -> SafeString:
        url = f"{reverse('admin:integrations_delivery_changelist')}?kind__exact=webhook&q={row.name}"
        return format_html('<a class="text-link" href="{}">{}</a>', url, _("Show them"))

    # Changes

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One button: the next page shows the secret, whatever else was asked for."""
        one_button = {"show_save_and_continue": False, "show_save_and_add_another": False}
        return super().add_view(request, form_url, {**one_button, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if obj.enabled:
            obj.disabled_at = None
        super().save_model(request, obj, form, change)
        if not change:
            request.new_webhook_secret = services.set_new_secret(obj, actor=request.user)  # type: ignore[attr-defined]
        elif "enabled" in form.changed_data and obj.enabled:
            services.enable(obj, actor=request.user)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """The one page that ever shows the secret: it is rendered straight away and kept nowhere."""
        return self._show_secret(request, obj, request.new_webhook_secret)  # type: ignore[attr-defined]

    def _show_secret(self, request: HttpRequest, row: WebhookEndpoint, secret: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Your new secret"),
            "secret": secret,
            "row": row,
            "next_url": reverse("admin:integrations_webhookendpoint_change", args=[row.pk]),
        }
        request.current_app = self.admin_site.name
        headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
        return TemplateResponse(request, "admin/integrations/new_secret.html", context, headers=headers)

    # Actions

    @action(description=gettext_lazy("Send a test"), icon="network_check", permissions=["operate"], url_path="test")
    def test_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = find(WebhookEndpoint.objects.all(), object_id)
        delivery = services.send_test(row, actor=request.user)
        if delivery.state == DeliveryState.DELIVERED:
            text = _("The receiver answered %(status)s.") % {"status": delivery.result.get("status", "")}
            self.message_user(request, text, messages.SUCCESS)
        else:
            text = delivery.last_error or delivery.get_state_display()
            self.message_user(request, text, messages.ERROR)
        return redirect(reverse("admin:integrations_webhookendpoint_change", args=[row.pk]))

    @action(description=gettext_lazy("New secret"), icon="key", permissions=["operate"], url_path="new-secret")
    def new_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = find(WebhookEndpoint.objects.all(), object_id)
        if not is_confirmed(request):
            question = _("Make a new secret for %(name)s?") % {"name": row.name}
            lines = [
                _("It is shown once."),
                _("For 24 hours requests are signed with both, so that the receiver has time to change."),
            ]
            none = WebhookEndpoint.objects.none()
            return ask(self, request, none, name="", question=question, button=_("Make it"), lines=lines)
        return self._show_secret(request, row, services.set_new_secret(row, actor=request.user))
