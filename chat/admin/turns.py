from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chat import services
from chat.admin.calls import calls_of
from chat.admin.columns import holder_name, title_of
from chat.admin.filters import AttentionFilter, TurnModelFilter
from chat.admin.prompts.questions import KeepsQuestions
from chat.admin.prompts.used import prompt_used
from chat.admin.stages import stages_of
from chat.choices import TURN_COLOURS, TurnState
from chat.models import Turn
from config.admin import ReadOnlyAdmin
from config.backoffice.confirm import BaseDialogForm, action, ask, dialog, find, is_confirmed, leave_dialog
from config.backoffice.display import ago, choice_label, count, display, duration, milliseconds_between, money
from config.backoffice.filters import ChoicesDropdownFilter, DayRangeFilter


@admin.register(Turn)
class TurnAdmin(KeepsQuestions, ReadOnlyAdmin):
    """One question and its answer: what happened when, on which worker, at what price."""

    list_display = ("asked_in", "who", "labelled", "model_used", "tokens_used", "spent", "first_token", "took", "asked")
    list_select_related = ("conversation__owner", "conversation__visitor")
    list_filter = (
        AttentionFilter,
        ("state", ChoicesDropdownFilter),
        TurnModelFilter,
        ("created_at", DayRangeFilter),
    )
    search_fields = ("conversation__title", "error_code", "error_text", "worker", "model_key")
    search_help_text = _("Conversation, model, worker or error")
    ordering = ("-created_at",)
    fields = ("state",)
    change_form_template = "admin/chat/turn.html"
    actions = ("stop_selected",)
    actions_detail = ("stop_answer",)
    empty_list_text = _("Every question that is asked leaves a row here, with what its answer took.")

    labelled = choice_label("state", TurnState, TURN_COLOURS, description=_("state"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A turn goes with its conversation."""
        return False

    def has_stop_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("chat.change_turn")

    def row_title(self, row: Any) -> str:
        return title_of(row.conversation)

    @display(description=_("conversation"), ordering="conversation__title")
    def asked_in(self, row: Turn) -> str:
        return title_of(row.conversation)

    @display(description=_("who"))
    def who(self, row: Turn) -> str:
        return holder_name(row.conversation)

    @display(description=_("model"), ordering="model_key")
    def model_used(self, row: Turn) -> str:
        return row.model_key or row.requested_model or "–"

    @display(description=_("tokens"), ordering="output_tokens")
    def tokens_used(self, row: Turn) -> str:
        tokens = count(row.input_tokens + row.output_tokens)
        return f"≈ {tokens}" if row.usage_estimated else tokens

    @display(description=_("cost"), ordering="cost")
    def spent(self, row: Turn) -> str:
        return money(row.cost)

    @display(description=_("first token"), ordering="first_token_ms")
    def first_token(self, row: Turn) -> str:
        return duration(row.first_token_ms)

    @display(description=_("duration"))
    def took(self, row: Turn) -> str:
        return duration(milliseconds_between(row.started_at, row.finished_at))

    @display(description=_("asked"), ordering="created_at")
    def asked(self, row: Turn) -> str | SafeString:
        return ago(row.created_at)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        turn: Any = self.get_object(request, object_id)
        extra = timeline(turn, reader=request.user) if turn is not None else {}
        extra["may_keep_question"] = request.user.has_perm("chat.add_promptquestion")
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("conversation__owner", "conversation__visitor")

    # Stopping

    @admin.action(description=_("Stop the selected answers"), permissions=["stop"])
    def stop_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        turns = list(queryset.filter(pk__in=Turn.objects.active()))
        if not turns:
            self.message_user(request, _("None of the selected answers is being written."), messages.INFO)
            return None
        if not is_confirmed(request):
            lines = [format_html("{} · {}", title_of(turn.conversation), turn.get_state_display()) for turn in turns]
            question = _("Stop these answers? The text written so far is kept.")
            return ask(self, request, queryset, name="stop_selected", question=question, button=_("Stop"), lines=lines)
        for turn in turns:
            services.stop_turn(turn, actor=request.user)
        text = ngettext("%(n)s answer is being stopped.", "%(n)s answers are being stopped.", len(turns))
        self.message_user(request, text % {"n": count(len(turns))}, messages.SUCCESS)
        return None

    @action(
        description=_("Stop"),
        icon="stop_circle",
        permissions=["stop"],
        url_path="stop",
        dialog=dialog(_("Stop this answer?"), _("The text written so far is kept and marked."), button=_("Stop")),
    )
    def stop_answer(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        turn = find(Turn.objects.all(), object_id)
        if turn.is_active:
            services.stop_turn(turn, actor=request.user)
            self.message_user(request, _("The answer is being stopped."), messages.SUCCESS)
        else:
            self.message_user(request, _("The answer had ended before."), messages.INFO)
        return leave_dialog(reverse("admin:chat_turn_change", args=[turn.pk]))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only an answer that is being written can be stopped."""
        actions: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        turn = self.get_object(request, str(object_id))
        return actions if turn is not None and turn.is_active else []


def timeline(turn: Any, *, reader: Any) -> dict[str, Any]:
    """The moments of a turn with the time from one to the next, its stages and its calls, for the template."""
    first_token = milliseconds_between(turn.created_at, turn.started_at)
    steps = [
        (_("Asked"), turn.created_at, None),
        (_("Taken by a worker"), turn.started_at, first_token),
        (_("First token"), None, turn.first_token_ms),
        (_("Finished"), turn.finished_at, milliseconds_between(turn.started_at, turn.finished_at)),
    ]
    label = TurnState(turn.state).label
    return {
        "turn": turn,
        "steps": [step for step in steps if step[1] or step[2] is not None],
        "state": label,
        "colour": TURN_COLOURS[TurnState(turn.state)],
        "who": holder_name(turn.conversation),
        "title": title_of(turn.conversation),
        "subtitle": None,
        "prompt": prompt_used(turn),
        "stages": stages_of(turn, reader=reader),
        "calls": calls_of(turn, reader=reader),
        "conversation_url": reverse("admin:chat_conversation_change", args=[turn.conversation_id]),
    }
