from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import formats
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from chat.admin.memory.columns import MemoryHolderFilter, PinnedFilter, whose
from chat.admin.memory.forms import MemoryForm
from chat.admin.memory.trial import trial
from chat.memory.choices import VALIDATION_COLOURS, Validation
from chat.memory.errors import MemoryRefused, SameMemory
from chat.memory.holders import holder_of_row
from chat.memory.models import Memory
from chat.memory.services import correct, decide, forget_memories, forget_one, pin
from chat.memory.texts import refusal_text
from config.admin import ModelAdmin
from config.backoffice.deletion import SummedDeletion
from config.backoffice.display import EMPTY, ago, choice_label, count, display
from config.backoffice.filters import ChoicesDropdownFilter, DayRangeFilter


@admin.register(Memory)
class MemoryAdmin(SummedDeletion, ModelAdmin):
    """What the assistant remembers of whom. Private: it needs a permission of its own."""

    form = MemoryForm
    list_display = (
        "text",
        "who",
        "state_label",
        "category",
        "memory_type",
        "weight",
        "sure",
        "recalled",
        "pin",
        "when",
    )
    list_select_related = ("owner", "visitor")
    list_filter = (
        ("validation", ChoicesDropdownFilter),
        ("category", ChoicesDropdownFilter),
        ("memory_type", ChoicesDropdownFilter),
        ("source", ChoicesDropdownFilter),
        MemoryHolderFilter,
        PinnedFilter,
        ("created_at", DayRangeFilter),
    )
    search_fields = ("text",)
    search_help_text = gettext_lazy("Text, user name or e-mail address, id of a visitor")
    ordering = ("-created_at",)
    actions = ("validate_selected", "reject_selected", "pin_selected", "unpin_selected")
    fieldsets = (
        (None, {"fields": ("who", "text", "category", "memory_type", "importance", "pinned")}),
        (
            gettext_lazy("How it is known"),
            {"fields": ("state_label", "sure", "source", "said", "conversation_link", "when", "changed")},
        ),
        (gettext_lazy("Use"), {"fields": ("recalled", "used", "fades", "findable")}),
    )
    readonly_fields = (
        "who", "state_label", "sure", "source", "said", "conversation_link", "when", "changed", "recalled", "used",
        "fades", "findable",
    )  # fmt: skip
    empty_list_text = gettext_lazy(
        "What people tell the assistant of themselves appears here, and what waits for a check before it is used."
    )

    state_label = choice_label("validation", Validation, VALIDATION_COLOURS, description=gettext_lazy("state"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A memory is what somebody has said."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("owner", "visitor", "conversation").defer("vector", "terms")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Every word must occur, in the text or in the person's names."""
        for word in search_term.replace("\0", "").split():
            person = Q(owner__username__icontains=word) | Q(owner__email__icontains=word)
            person |= Q(owner__first_name__icontains=word) | Q(owner__last_name__icontains=word)
            queryset = queryset.filter(Q(text__icontains=word) | person | Q(visitor__id__icontains=word))
        return queryset, False

    # Columns

    @display(description=gettext_lazy("whose"))
    def who(self, row: Memory) -> SafeString:
        return whose(row)

    @display(description=gettext_lazy("importance"), ordering="importance")
    def weight(self, row: Memory) -> str:
        return formats.number_format(row.importance, 2, use_l10n=True)

    @display(description=gettext_lazy("confidence"), ordering="confidence")
    def sure(self, row: Memory) -> str:
        return formats.number_format(row.confidence, 2, use_l10n=True)

    @display(description=gettext_lazy("times recalled"), ordering="access_count")
    def recalled(self, row: Memory) -> str:
        return count(row.access_count)

    @display(description=gettext_lazy("pinned"), boolean=True, ordering="pinned")
    def pin(self, row: Memory) -> bool:
        return row.pinned

    @display(description=gettext_lazy("remembered"), ordering="created_at")
    def when(self, row: Memory) -> str | SafeString:
        return ago(row.created_at)

    @display(description=gettext_lazy("changed"))
    def changed(self, row: Memory) -> str | SafeString:
        return ago(row.updated_at)

    @display(description=gettext_lazy("times said"))
    def said(self, row: Memory) -> str:
        return count(row.support)

    @display(description=gettext_lazy("last recalled"))
    def used(self, row: Memory) -> str | SafeString:
        return ago(row.last_accessed)

    @display(description=gettext_lazy("loses confidence"))
    def fades(self, row: Memory) -> str | SafeString:
        return ago(row.fades_at) if row.fades_at else _("never")

    @display(description=gettext_lazy("found by"))
    def findable(self, row: Memory) -> str:
        if not row.is_recalled:
            return _("nothing: it is not recalled")
        return _("words and meaning") if row.encoder else _("words")

    @display(description=gettext_lazy("conversation"))
    def conversation_link(self, row: Memory) -> str:
        return str(row.conversation) if row.conversation_id else EMPTY

    # Changes, through the services

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not form.changed_data:
            return
        try:
            correct(obj, form.corrections, actor=request.user, is_own=False)
        except MemoryRefused as error:
            self.message_user(request, refusal_text(error.code), messages.ERROR)
        except (SameMemory, Memory.DoesNotExist):
            self.message_user(request, _("It was changed or forgotten meanwhile."), messages.ERROR)

    @staticmethod
    def losses(rows: QuerySet[Any]) -> list[str]:
        return [_("It disappears from prompts and exports at once. This cannot be undone.")]

    def delete_one(self, request: HttpRequest, row: Any) -> None:
        forget_one(row, actor=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        rows = Memory.objects.filter(pk__in=list(queryset.values_list("pk", flat=True)))
        for holder in {holder_of_row(row) for row in rows.only("owner_id", "visitor_id")}:
            forget_memories(holder, rows, actor=request.user)

    @admin.action(description=gettext_lazy("Validate the selected memories"), permissions=["change"])
    def validate_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        done = sum(decide(row, Validation.VALIDATED, actor=request.user) for row in queryset)
        self._tell(request, ngettext("%(n)s memory is validated.", "%(n)s memories are validated.", done), done)

    @admin.action(description=gettext_lazy("Reject the selected memories"), permissions=["change"])
    def reject_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        done = sum(decide(row, Validation.REJECTED, actor=request.user) for row in queryset)
        self._tell(request, ngettext("%(n)s memory is rejected.", "%(n)s memories are rejected.", done), done)

    @admin.action(description=gettext_lazy("Pin the selected memories"), permissions=["change"])
    def pin_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        done = sum(pin(row, pinned=True, actor=request.user) for row in queryset)
        self._tell(request, ngettext("%(n)s memory is pinned.", "%(n)s memories are pinned.", done), done)

    @admin.action(description=gettext_lazy("Unpin the selected memories"), permissions=["change"])
    def unpin_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        done = sum(pin(row, pinned=False, actor=request.user) for row in queryset)
        self._tell(request, ngettext("%(n)s memory is unpinned.", "%(n)s memories are unpinned.", done), done)

    def _tell(self, request: HttpRequest, text: str, done: int) -> None:
        self.message_user(request, text % {"n": count(done)}, messages.SUCCESS if done else messages.INFO)

    # Recall, tried out

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_safe(self.trial_view))
        return [path("recall/", view, name="chat_memory_recall"), *super().get_urls()]

    def trial_view(self, request: HttpRequest) -> HttpResponse:
        return trial(request, self)
