from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.admin import ModelAdmin, TabularInline
from config.backoffice.display import badge, display
from integrations.models import ModelRole, RoleStep
from integrations.services.environment import ROLES


class StepInline(TabularInline):
    model = RoleStep
    fields = ("position", "model")
    autocomplete_fields = ("model",)
    show_change_link = False


@admin.register(ModelRole)
class ModelRoleAdmin(ModelAdmin):
    """Jobs by their stable names, and the models that are asked for each, in order."""

    list_display = ("titled", "key", "chain", "place", "needs")
    search_fields = ("title", "key")
    ordering = ("key",)
    inlines = (StepInline,)
    fieldsets = (
        (
            None,
            {
                "fields": ("title", "key", "place", "needs"),
                "description": gettext_lazy(
                    "Questions name a role and the first of its models that can be reached answers. The next one is "
                    "asked when it fails before its first word. Without models here, all that are switched on stand "
                    "in by their priority, as far as they run in the right place and can do what is needed. The role "
                    "“default” answers when nothing else is asked for."
                ),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("steps__model")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Clients and statistics refer to a role by its key."""
        return ("key",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What the product itself knows by name would come back with the next start."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.key not in ROLES)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        kept = [str(role) for role in objs if role.key in ROLES]
        shown, counts, missing, protected = super().get_deleted_objects(objs, request)
        return shown, counts, missing, [*protected, *kept]

    def row_title(self, row: Any) -> str:
        """The product's own roles read in the reader's language until somebody renames them."""
        return _(row.title) if (row.key in ROLES and row.title) else row.title

    @display(description=gettext_lazy("title"), ordering="title")
    def titled(self, row: ModelRole) -> str:
        return self.row_title(row)

    @display(description=gettext_lazy("models"))
    def chain(self, row: ModelRole) -> str | SafeString:
        titles = [step.model.title for step in row.steps.all()]
        return " → ".join(titles) if titles else badge(_("By priority"))
