from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chat.admin.columns import holder, title_of
from chat.memory.choices import EXTRACTION_COLOURS, ExtractionState
from chat.memory.extraction.work import try_again
from chat.memory.models import MemoryExtraction
from chat.memory.texts import extraction_error_text
from config.admin import ReadOnlyAdmin
from config.backoffice.display import EMPTY, ago, choice_label, count, display
from config.backoffice.filters import ChoicesDropdownFilter, DayRangeFilter


@admin.register(MemoryExtraction)
class MemoryExtractionAdmin(ReadOnlyAdmin):
    """What became of learning from each answer."""

    list_display = ("about", "who", "state_label", "learnt", "not_kept", "why", "tries", "next_try", "created")
    list_select_related = ("turn__conversation__owner", "turn__conversation__visitor")
    list_filter = (("state", ChoicesDropdownFilter), ("created_at", DayRangeFilter))
    search_fields = ("turn__conversation__title", "turn__conversation__owner__username")
    ordering = ("-created_at",)
    actions = ("try_selected_again",)
    fields = (
        "about", "who", "state_label", "learnt", "not_kept", "why", "tries", "next_try", "created", "ended", "answer",
    )  # fmt: skip
    readonly_fields = fields
    empty_list_text = _("After each answer of a model the assistant looks for what to remember; here is what it found.")

    state_label = choice_label("state", ExtractionState, EXTRACTION_COLOURS, description=_("state"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_retry_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("chat.change_memoryextraction"))

    def row_title(self, row: Any) -> str:
        return title_of(row.turn.conversation)

    @display(description=_("conversation"))
    def about(self, row: MemoryExtraction) -> str:
        return title_of(row.turn.conversation)

    @display(description=_("whose"))
    def who(self, row: MemoryExtraction) -> SafeString:
        return holder(row.turn.conversation)

    @display(description=_("learned"), ordering="learned")
    def learnt(self, row: MemoryExtraction) -> str:
        return count(row.learned)

    @display(description=_("refused"), ordering="refused")
    def not_kept(self, row: MemoryExtraction) -> str:
        return count(row.refused)

    @display(description=_("why not"))
    def why(self, row: MemoryExtraction) -> str:
        return extraction_error_text(row.error) if row.error else EMPTY

    @display(description=_("attempts"), ordering="attempts")
    def tries(self, row: MemoryExtraction) -> str:
        return count(row.attempts)

    @display(description=_("next attempt"), ordering="next_at")
    def next_try(self, row: MemoryExtraction) -> str | SafeString:
        return ago(row.next_at) if row.state == ExtractionState.PENDING else EMPTY

    @display(description=_("created"), ordering="created_at")
    def created(self, row: MemoryExtraction) -> str | SafeString:
        return ago(row.created_at)

    @display(description=_("finished"))
    def ended(self, row: MemoryExtraction) -> str | SafeString:
        return ago(row.finished_at)

    @display(description=_("answer"))
    def answer(self, row: MemoryExtraction) -> SafeString:
        url = reverse("admin:chat_turn_change", args=[row.pk])
        return format_html('<a class="text-link" href="{}">{}</a>', url, _("Open the answer"))

    @admin.action(description=_("Try the selected ones again"), permissions=["retry"])
    def try_selected_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        done = try_again(MemoryExtraction.objects.filter(pk__in=list(queryset.values_list("pk", flat=True))))
        text = ngettext("%(n)s is tried again.", "%(n)s are tried again.", done) % {"n": count(done)}
        self.message_user(request, text, messages.SUCCESS if done else messages.INFO)
