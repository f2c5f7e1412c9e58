from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from chat.admin.prompts.forms import version_title
from chat.admin.prompts.results import entries, side_title, sides_by_place, summary, totals
from chat.prompts.choices import COMPARISON_COLOURS, UNFINISHED, ComparisonState, Side
from chat.prompts.comparing.texts import error_text
from chat.prompts.models import PromptAnswer, PromptComparison
from chat.prompts.registry import specs
from chat.prompts.services.comparisons import cancel_comparison, delete_comparison, judge, reveal
from config.admin import ReadOnlyAdmin
from config.backoffice.confirm import BaseDialogForm, action, dialog, find, leave_dialog
from config.backoffice.deletion import SummedDeletion
from config.backoffice.display import EMPTY, ago, choice_label, count, display, money
from config.backoffice.filters import ChoicesDropdownFilter

PER_PAGE = 10
CHANGE = "admin:chat_promptcomparison_change"


@admin.register(PromptComparison)
class PromptComparisonAdmin(SummedDeletion, ReadOnlyAdmin):
    """Two versions of a prompt on the same questions: who answers better."""

    list_display = ("number", "prompt_title", "versions", "labelled", "progress", "spent", "who", "begun")
    list_filter = (("state", ChoicesDropdownFilter),)
    list_select_related = ("prompt", "started_by")
    fields = ("state",)
    change_form_template = "admin/chat/prompt/comparison.html"
    actions_detail = ("cancel", "show_sides")
    empty_list_text = gettext_lazy(
        "A comparison asks your saved questions with two versions of a prompt. Start one from a prompt's page."
    )

    labelled = choice_label("state", ComparisonState, COMPARISON_COLOURS, description=gettext_lazy("state"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).with_progress()  # type: ignore[attr-defined]
        return rows.select_related("prompt", "started_by").defer("text_a", "text_b")

    def _row(self, request: HttpRequest, object_id: Any) -> Any:
        return find(self.get_queryset(request).visible_to(request.user), object_id)  # type: ignore[attr-defined]

    def has_judge_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("chat.change_promptcomparison")

    # Columns

    @display(description=gettext_lazy("comparison"), ordering="pk")
    def number(self, row: PromptComparison) -> str:
        return str(row)

    @display(description=gettext_lazy("prompt"), ordering="prompt__key")
    def prompt_title(self, row: PromptComparison) -> str:
        return prompt_title(row)

    @display(description=gettext_lazy("versions"))
    def versions(self, row: PromptComparison) -> str:
        return f"{version_title(row.number_a)} – {version_title(row.number_b)}"

    @display(description=gettext_lazy("answers"))
    def progress(self, row: Any) -> str:
        return f"{count(row.done_answers)} / {count(row.all_answers)}"

    @display(description=gettext_lazy("cost"))
    def spent(self, row: Any) -> str:
        return money(row.cost)

    @display(description=gettext_lazy("started by"))
    def who(self, row: PromptComparison) -> str:
        return row.started_by.display_name if row.started_by else EMPTY

    @display(description=gettext_lazy("started"), ordering="created_at")
    def begun(self, row: PromptComparison) -> str | SafeString:
        return ago(row.created_at)

    # The page

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row: Any = self.get_object(request, object_id)
        extra = self._facts(request, row) if row is not None else {}
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def _facts(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        questions = row.questions.prefetch_related("answers").select_related("judged_by").order_by("position")
        page = Paginator(questions, PER_PAGE).get_page(request.GET.get("p"))
        return {
            "comparison": row,
            "page": page,
            "entries": entries(row, list(page)),
            "sides": [] if row.blind else totals(row),
            "summary": summary(row, row),
            "title": _("Comparison #%(number)s") % {"number": row.pk},
            "subtitle": None,
            "prompt_title": prompt_title(row),
            "side_titles": [side_title(row, side) for side in Side.values],
            "state": ComparisonState(row.state).label,
            "tone": COMPARISON_COLOURS[ComparisonState(row.state)],
            "unfinished": row.state in UNFINISHED,
            "error_text": error_text(row.error) if row.error else "",
            "may_judge": self.has_judge_permission(request),
        }

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        judged = guard(require_POST(self.judge_view))
        progress = guard(require_safe(self.progress_view))
        return [
            path("<int:pk>/questions/<int:position>/", judged, name="chat_promptcomparison_judge"),
            path("<path:object_id>/progress/", progress, name="chat_promptcomparison_progress"),
            *super().get_urls(),
        ]

    def progress_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The line that shows how far it is; the whole page is loaded anew when it has ended."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self._row(request, object_id)
        response = TemplateResponse(request, "admin/chat/prompt/progress.html", {"comparison": row})
        if row.state not in UNFINISHED:
            response["HX-Refresh"] = "true"
        return response

    def judge_view(self, request: HttpRequest, pk: int, position: int) -> HttpResponse:
        """The verdict on one question: `first`, `second` (as they stand on the page), `equal`, or nothing."""
        row = self._row(request, pk)
        if not self.has_judge_permission(request):
            raise PermissionDenied
        asked = get_object_or_404(row.questions, position=position)
        verdict = request.POST.get("verdict", "")
        try:
            judge(asked, sides_by_place(asked).get(verdict, verdict), actor=request.user)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        page = (position - 1) // PER_PAGE + 1
        return redirect(f"{reverse(CHANGE, args=[pk])}?p={page}#question-{position}")

    # Actions

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Cancelling is for what runs, showing the sides for what hides them."""
        actions: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        row: Any = self.get_object(request, str(object_id))
        wanted = {"cancel": row and row.state in UNFINISHED, "show_sides": row and row.blind}
        return [each for each in actions if wanted[each.action_name.removeprefix("chat_promptcomparison_")]]

    @action(
        description=gettext_lazy("Cancel"),
        icon="stop_circle",
        permissions=["judge"],
        url_path="cancel",
        dialog=dialog(
            gettext_lazy("Cancel this comparison?"),
            gettext_lazy("No more questions are asked. The answers that are there stay."),
            button=gettext_lazy("Cancel the comparison"),
        ),
    )
    def cancel(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        row = self._row(request, object_id)
        if cancel_comparison(row, actor=request.user):
            self.log_change(request, row, "Cancelled.")
            self.message_user(request, _("The comparison is cancelled."), messages.SUCCESS)
        else:
            self.message_user(request, _("The comparison had ended before."), messages.INFO)
        return leave_dialog(reverse(CHANGE, args=[row.pk]))

    @action(
        description=gettext_lazy("Show which is which"),
        icon="visibility",
        permissions=["judge"],
        url_path="show-sides",
        dialog=dialog(
            gettext_lazy("Show which answer is whose?"),
            gettext_lazy("Whoever judges after that knows it. It cannot be hidden again."),
            button=gettext_lazy("Show it"),
        ),
    )
    def show_sides(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        row = self._row(request, object_id)
        reveal(row, actor=request.user)
        self.log_change(request, row, "Sides shown.")
        return leave_dialog(reverse(CHANGE, args=[row.pk]))

    # Deletion

    @staticmethod
    def losses(rows: QuerySet[Any]) -> list[str]:
        answers = PromptAnswer.objects.filter(asked__comparison__in=rows).count()
        text = ngettext("%(n)s answer goes with it.", "%(n)s answers go with them.", answers)
        return [text % {"n": count(answers)}]

    def delete_one(self, request: HttpRequest, row: Any) -> None:
        delete_comparison(row, actor=request.user)


def prompt_title(row: PromptComparison) -> str:
    """The prompt's title; its key when an update took the prompt away."""
    spec = specs().get(row.prompt.key)
    return str(spec.title) if spec else row.prompt.key
