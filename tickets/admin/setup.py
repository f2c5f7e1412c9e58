"""Small tables that staff keep: topics, tags, office hours, service levels."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from config.admin import ModelAdmin, TabularInline
from config.backoffice.counting import related_count
from config.backoffice.display import EMPTY, count, display
from tickets.admin.hours_form import HoursForm, spans_text
from tickets.models import BusinessHours, SlaPolicy, SlaTarget, Tag, Topic
from tickets.models.mailboxes import WEEKDAYS


@admin.register(Topic)
class TopicAdmin(ModelAdmin):
    list_display = ("title", "code", "level", "ticket_number")
    search_fields = ("name", "key")
    ordering = ("name",)
    fields = ("name", "key", "autopilot")
    empty_list_text = _("Topics sort tickets, and may hold the autopilot back where a person should answer.")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Rules and statistics name a topic by its key."""
        return ("key",) if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(ticket_total=related_count(Topic, "tickets"))
        return counted

    @display(description=_("name"), ordering="name")
    def title(self, row: Any) -> str:
        return str(row)

    @display(description=_("key"), ordering="key")
    def code(self, row: Any) -> SafeString:
        return format_html("<code>{}</code>", row.key)

    @display(description=_("autopilot"))
    def level(self, row: Any) -> str:
        return row.get_autopilot_display() or EMPTY

    @display(description=_("tickets"))
    def ticket_number(self, row: Any) -> str:
        return count(row.ticket_total)


@admin.register(Tag)
class TagAdmin(ModelAdmin):
    list_display = ("name",)
    search_fields = ("name",)
    ordering = ("name",)
    fields = ("name",)
    empty_list_text = _("Tags are made on a ticket's page, or here.")


@admin.register(BusinessHours)
class HoursAdmin(ModelAdmin):
    form = HoursForm
    list_display = ("name", "time_zone", "days")
    search_fields = ("name",)
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "time_zone")}),
        (_("Week"), {"fields": WEEKDAYS}),
        (_("Days off"), {"fields": ("holiday_lines",)}),
    )
    empty_list_text = _("Office hours say when service levels count, and when the autopilot may answer.")

    @display(description=_("week"))
    def days(self, row: Any) -> str:
        labels = HoursForm.base_fields
        texts = [f"{labels[day].label} {text}" for day in WEEKDAYS if (text := spans_text(row.week.get(day)))]
        return " · ".join(texts) or EMPTY


class TargetInline(TabularInline):
    model = SlaTarget
    fields = ("priority", "first_answer_minutes", "next_answer_minutes", "resolution_minutes")
    show_change_link = False
    max_num = 4


@admin.register(SlaPolicy)
class SlaAdmin(ModelAdmin):
    list_display = ("name", "hours_name", "warn_minutes")
    list_select_related = ("hours",)
    search_fields = ("name",)
    ordering = ("name",)
    fields = ("name", "hours", "warn_minutes")
    inlines = (TargetInline,)
    empty_list_text = _("A service level says how soon customers are answered, for each priority.")

    @display(description=_("office hours"))
    def hours_name(self, row: Any) -> str:
        return str(row.hours or _("day and night"))
