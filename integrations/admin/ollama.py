"""Ollama servers: what is in their memory, what they could load, and doing so by hand."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from config.admin import ReadOnlyAdmin
from config.backoffice.confirm import find, is_confirmed
from config.backoffice.display import EMPTY, ago, count, display
from integrations.admin.ollama_panel import SHOWN_MODELS, memory_text, panel, server_state
from integrations.models import OllamaServer
from integrations.ollama import seats
from integrations.ollama.names import LONGEST, full_name
from integrations.ollama.services import (
    ModelBusy,
    ServerBusy,
    UnknownModel,
    add_to_registry,
    ask_to_load,
    unload,
)
from integrations.providers.errors import ProviderError

CHANGE = "admin:integrations_ollamaserver_change"


@admin.register(OllamaServer)
class OllamaServerAdmin(ReadOnlyAdmin):
    """The product finds these servers itself; people watch and help."""

    list_display = ("server", "state", "memory", "loaded_models", "switched", "looked")
    list_select_related = ("provider",)
    search_fields = ("provider__name", "provider__key")
    ordering = ("provider__name",)
    fields = ("provider",)
    actions = None
    change_form_template = "admin/integrations/ollama.html"
    empty_list_text = gettext_lazy(
        "Add a provider with the address of an Ollama server, for example http://127.0.0.1:11434/v1, and test it. "
        "What is in its memory is then shown here."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).select_related("provider").prefetch_related("loaded")
        return rows

    def row_title(self, row: Any) -> str:
        return str(row.provider.name)

    # Columns

    @display(description=gettext_lazy("server"), ordering="provider__name")
    def server(self, row: OllamaServer) -> str:
        return row.provider.name

    @display(description=gettext_lazy("state"))
    def state(self, row: OllamaServer) -> SafeString:
        return server_state(row)

    @display(description=gettext_lazy("memory"))
    def memory(self, row: OllamaServer) -> str:
        return memory_text(row)

    @display(description=gettext_lazy("in memory"))
    def loaded_models(self, row: OllamaServer) -> str:
        names = [model.name for model in row.loaded.all()]
        more = f" +{len(names) - SHOWN_MODELS}" if len(names) > SHOWN_MODELS else ""
        return ", ".join(names[:SHOWN_MODELS]) + more or EMPTY

    @display(description=gettext_lazy("switches"), ordering="switches")
    def switched(self, row: OllamaServer) -> str:
        return count(row.switches)

    @display(description=gettext_lazy("last looked at"), ordering="seen_at")
    def looked(self, row: OllamaServer) -> str | SafeString:
        return ago(row.seen_at)

    # Pages

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        server: Any = self.get_object(request, object_id)
        extra = self._panel(request, server) if server is not None else {}
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        def page(name: str, view: Any) -> Any:
            guarded = self.admin_site.admin_view(view)
            return path(f"<uuid:pk>/{name}/", guarded, name=f"integrations_ollamaserver_{name}")

        return [
            page("live", self.live_view),
            page("load", require_POST(self.load_view)),
            page("unload", require_POST(self.unload_view)),
            page("register", require_POST(self.register_view)),
            *super().get_urls(),
        ]

    def live_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """What is in memory now, for a page that watches."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = self._panel(request, find(self.get_queryset(request), pk))
        response = TemplateResponse(request, "admin/integrations/ollama_live.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def load_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        server, name = self._asked_for(request, pk, "integrations.change_aiprovider")
        try:
            ask_to_load(server, name, actor=request.user)
        except UnknownModel:
            return self._back(request, server, _("The server does not have this model."), messages.ERROR)
        return self._back(request, server, _("%(model)s is being loaded.") % {"model": name}, messages.SUCCESS)

    def unload_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        server, name = self._asked_for(request, pk, "integrations.change_aiprovider")
        try:
            unload(server, name, actor=request.user, though_busy=is_confirmed(request))
        except ModelBusy:
            return self._ask_first(request, server, name)
        except ServerBusy:
            text = _("Another model is just being loaded: try again in a moment.")
            return self._back(request, server, text, messages.WARNING)
        except ProviderError as error:
            return self._back(request, server, error.message, messages.ERROR)
        return self._back(request, server, _("%(model)s is unloaded.") % {"model": name}, messages.SUCCESS)

    def register_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        server, name = self._asked_for(request, pk, "integrations.add_aimodel")
        try:
            row = add_to_registry(server, name, actor=request.user)
        except UnknownModel:
            return self._back(request, server, _("The server does not have this model."), messages.ERROR)
        self.message_user(request, _("%(model)s can be chosen now.") % {"model": row.title}, messages.SUCCESS)
        return redirect(reverse("admin:integrations_aimodel_change", args=[row.pk]))

    def _panel(self, request: HttpRequest, server: OllamaServer) -> dict[str, Any]:
        return {
            "panel": panel(server),
            "may_switch": request.user.has_perm("integrations.change_aiprovider"),
            "may_add": request.user.has_perm("integrations.add_aimodel"),
        }

    def _asked_for(self, request: HttpRequest, pk: Any, permission: str) -> tuple[OllamaServer, str]:
        """The server and the model's name from the form; a name that cannot be one is that of no model."""
        if not (self.has_view_permission(request) and request.user.has_perm(permission)):
            raise PermissionDenied
        name = request.POST.get("name", "")
        return find(self.get_queryset(request), pk), name if len(name) <= LONGEST and name.isprintable() else ""

    def _back(self, request: HttpRequest, server: OllamaServer, text: str, level: int) -> HttpResponse:
        self.message_user(request, text, level)
        return redirect(reverse(CHANGE, args=[server.pk]))

    def _ask_first(self, request: HttpRequest, server: OllamaServer, name: str) -> TemplateResponse:
        calls = seats.calls_on(server.pk).get(full_name(name), 0)
        running = ngettext("%(n)s answer is being written with it.", "%(n)s answers are being written with it.", calls)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Unload %(model)s though it is in use?") % {"model": name},
            "lines": [
                running % {"n": count(calls)},
                _("The server finishes them first; the next question has to load the model again."),
            ],
            "button": _("Unload"),
            "action_name": "",
            "action_checkbox_name": "name",
            "selected": [name],
            "select_across": "0",
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/confirm_action.html", context)
