"""The back office: one site and the base classes of every admin page."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import ActionLocation
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csp import csp_override

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite as SkinSite

    SkinModelAdmin = admin.ModelAdmin[Any]
    SkinTabularInline = admin.TabularInline[Any, Any]
else:
    from unfold.admin import ModelAdmin as SkinModelAdmin
    from unfold.admin import TabularInline as SkinTabularInline
    from unfold.sites import UnfoldAdminSite as SkinSite


class BackOfficeSite(SkinSite):
    """The admin site of the product; the default site of django.contrib.admin."""

    index_title = _("Today")
    index_template = "admin/dashboard.html"
    empty_value_display = "–"

    def admin_view[View: Callable[..., HttpResponseBase]](self, view: View, cacheable: bool = False) -> View:
        guarded: View = csp_override(settings.BACKOFFICE_CSP)(super().admin_view(view, cacheable))
        return guarded

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return csp_override(settings.BACKOFFICE_CSP)(super().login)(request, extra_context)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from config.dashboard import landing

        return super().index(request, {"landing": landing(request), **(extra_context or {})})


class ModelAdmin(SkinModelAdmin):
    """What our change lists and forms have in common."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_filter_submit = True
    list_fullwidth = True
    warn_unsaved_form = True
    # Said on an empty list instead of the skin's "no results": what the list is for and the next step.
    empty_list_text: Any = ""

    def row_title(self, row: Any) -> str:
        """What a row is called in headings and the browser's title, in the reader's language."""
        return str(row)

    def render_change_form(
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> Any:
        if obj is not None:
            context["subtitle"] = self.row_title(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        # Before the row is looked for: whoever may see none finds none.
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        title = _("Change history: %s") % self.row_title(row) if row else ""
        return super().history_view(request, object_id, {"title": title, **(extra_context or {})})

    def get_action_choices(
        self, request: HttpRequest, default_choices: Any = None, action_location: Any = ActionLocation.CHANGE_LIST
    ) -> list[tuple[str, str]]:
        """Past the skin's override, which lacks the parameter that Django asks for."""
        first = [("", str(_("Select action")))]
        return admin.ModelAdmin.get_action_choices(self, request, first, action_location)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)
        response = super().changelist_view(request, {"title": title, **(extra_context or {})})
        if isinstance(response, TemplateResponse) and (changes := (response.context_data or {}).get("cl")):
            if not (changes.query or changes.has_active_filters):
                # Nothing is left out, so the skin need not offer to show all.
                changes.full_result_count = changes.result_count
        return response


class ReadOnlyAdmin(ModelAdmin):
    """Rows that the product writes and people only read."""

    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class TabularInline(SkinTabularInline):
    """Rows of a parent, edited with it."""

    extra = 0
    show_change_link = True


class ReadOnlyInline(TabularInline):
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
