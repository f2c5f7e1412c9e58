from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.admin.experience.personality import personality_page
from chat.admin.filters import TurnModelFilter
from chat.admin.memory.columns import MemoryHolderFilter, whose
from chat.experience.choices import THUMB_COLOURS, VERDICT_COLOURS, Lesson, Thumb
from chat.experience.erasing import forget_row
from chat.experience.models import Experience
from chat.experience.texts import lesson_text
from chat.pipeline.choices import Verdict
from config.admin import ReadOnlyAdmin
from config.backoffice.deletion import SummedDeletion
from config.backoffice.display import EMPTY, ago, avatar, badge, choice_label, count, display
from config.backoffice.filters import ChoicesDropdownFilter, DayRangeFilter, ValuesFilter


class ThumbFilter(ValuesFilter):
    title = gettext_lazy("person's rating")
    parameter_name = "thumb"
    values = (("up", Thumb.UP.label), ("down", Thumb.DOWN.label), ("none", gettext_lazy("Not rated")))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        conditions = {"up": Q(thumb=Thumb.UP), "down": Q(thumb=Thumb.DOWN), "none": Q(thumb=None)}
        return queryset.filter(conditions.get(value, Q()))


class ExperienceHolderFilter(MemoryHolderFilter):
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*super().lookups(request, model_admin), ("nobody", _("Nobody"))]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "nobody":
            return queryset.filter(owner=None, visitor=None)
        return super().narrow(queryset, value)


@admin.register(Experience)
class ExperienceAdmin(SummedDeletion, ReadOnlyAdmin):
    """What became of answers. Private, as memory is: it needs a permission of its own."""

    list_display = (
        "about", "who", "task_type", "points", "verdict_label", "thumb_label", "lesson", "model_key", "when",
    )  # fmt: skip
    list_select_related = ("owner", "visitor")
    list_filter = (
        ("task_type", ChoicesDropdownFilter),
        ("verdict", ChoicesDropdownFilter),
        ThumbFilter,
        ("lesson", ChoicesDropdownFilter),
        TurnModelFilter,
        ExperienceHolderFilter,
        ("created_at", DayRangeFilter),
    )
    search_fields = ("user_input",)
    search_help_text = gettext_lazy("Text, user name or e-mail address, id of a visitor")
    ordering = ("-created_at",)
    fieldsets = (
        (None, {"fields": ("question", "who", "task_type", "model_key", "when")}),
        (
            gettext_lazy("What was said of the answer"),
            {
                "fields": (
                    "points",
                    "verdict_label",
                    "verifiers_points",
                    "problems",
                    "thumb_label",
                    "correction",
                    "rated",
                )
            },
        ),
        (gettext_lazy("What it taught"), {"fields": ("lesson_words",)}),
    )
    readonly_fields = (
        "question", "who", "task_type", "model_key", "when", "conversation_link", "points", "verdict_label",
        "verifiers_points", "problems", "thumb_label", "correction", "rated", "lesson_words",
    )  # fmt: skip
    empty_list_text = gettext_lazy(
        "Answers that the verifier judged or people rated appear here, with what they taught."
    )

    verdict_label = choice_label("verdict", Verdict, VERDICT_COLOURS, description=gettext_lazy("verdict"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("owner", "visitor", "turn__conversation")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """With the way to the conversation for those who may go it."""
        shown = super().get_fieldsets(request, obj)
        if not request.user.has_perm("chat.view_conversation"):
            return shown
        return [*shown, (_("Conversation"), {"fields": ("conversation_link",)})]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Every word must occur, in what was said or in the person's names."""
        for word in search_term.replace("\0", "").split():
            person = Q(owner__username__icontains=word) | Q(owner__email__icontains=word)
            person |= Q(owner__first_name__icontains=word) | Q(owner__last_name__icontains=word)
            words = Q(user_input__icontains=word) | Q(problems__icontains=word) | Q(correction__icontains=word)
            queryset = queryset.filter(words | person | Q(visitor__id__icontains=word))
        return queryset, False

    def row_title(self, row: Any) -> str:
        return str(row) or _("Without words")

    # Columns

    @display(description=gettext_lazy("question"))
    def about(self, row: Experience) -> str:
        return str(row) or _("Without words")

    @display(description=gettext_lazy("question"))
    def question(self, row: Experience) -> str:
        return row.user_input or _("Without words")

    @display(description=gettext_lazy("whose"))
    def who(self, row: Experience) -> SafeString:
        return avatar(_("Nobody")) if row.owner is None and row.visitor_id is None else whose(row)

    @display(description=gettext_lazy("score"), ordering="effective")
    def points(self, row: Experience) -> str:
        return EMPTY if row.effective is None else count(row.effective)

    @display(description=gettext_lazy("verifier's score"))
    def verifiers_points(self, row: Experience) -> str:
        return EMPTY if row.score is None else count(row.score)

    @display(description=gettext_lazy("person's rating"), ordering="thumb")
    def thumb_label(self, row: Experience) -> str | SafeString:
        return EMPTY if row.thumb is None else badge(Thumb(row.thumb).label, THUMB_COLOURS[Thumb(row.thumb)])

    @display(description=gettext_lazy("created"), ordering="created_at")
    def when(self, row: Experience) -> str | SafeString:
        return ago(row.created_at)

    @display(description=gettext_lazy("rated"))
    def rated(self, row: Experience) -> str | SafeString:
        return ago(row.rated_at) if row.rated_at else EMPTY

    @display(description=gettext_lazy("lesson"))
    def lesson_words(self, row: Experience) -> str:
        return f"{Lesson(row.lesson).label}. {lesson_text(row.lesson)}" if row.lesson else EMPTY

    @display(description=gettext_lazy("conversation"))
    def conversation_link(self, row: Experience) -> str | SafeString:
        if row.turn is None:
            return EMPTY
        url = reverse("admin:chat_conversation_change", args=[row.turn.conversation_id])
        return format_html('<a class="text-link" href="{}">{}</a>', url, _("Open the conversation"))

    # Changes, through the services

    @staticmethod
    def losses(rows: QuerySet[Any]) -> list[str]:
        return [_("It no longer teaches anything and disappears from exports at once. This cannot be undone.")]

    def delete_one(self, request: HttpRequest, row: Any) -> None:
        forget_row(row, actor=request.user)

    # The personality

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.personality_view)
        return [path("personality/", view, name="chat_experience_personality"), *super().get_urls()]

    def personality_view(self, request: HttpRequest) -> HttpResponse:
        return personality_page(request, self)
