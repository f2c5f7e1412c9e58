"""Evaluations of search: starting them, watching them, and what they found."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from config.admin import ReadOnlyAdmin
from config.backoffice.confirm import find
from config.backoffice.display import EMPTY, ago, choice_label, count, display
from config.backoffice.filters import ChoicesDropdownFilter
from knowledge import encoders
from knowledge.admin.evaluation_pages import finished_runs, outcomes, share, tiles
from knowledge.admin.test_set import require, sample_set
from knowledge.choices import STATE_TONES, RunState
from knowledge.evaluation.runs import UNFINISHED, is_right, start_run
from knowledge.evaluation.texts import error_text
from knowledge.models import EvaluationRun

TONES = {state: STATE_TONES.get(state, "") for state in RunState}


@admin.register(EvaluationRun)
class EvaluationRunAdmin(ReadOnlyAdmin):
    """Measurements of search, and how its figures went from one to the next."""

    list_display = (
        "number",
        "labelled",
        "version",
        "encoded_by",
        "hit",
        "rank",
        "precision",
        "recall",
        "asked",
        "begun",
    )
    list_filter = (("state", ChoicesDropdownFilter),)
    fields = ("state",)
    change_form_template = "admin/knowledge/evaluation.html"
    list_before_template = "admin/knowledge/evaluations.html"
    empty_list_text = gettext_lazy("An evaluation asks all test questions and says how often search was right.")

    labelled = choice_label("state", RunState, TONES, description=gettext_lazy("state"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).select_related("started_by").defer("results")
        return rows

    @display(description=gettext_lazy("evaluation"), ordering="pk")
    def number(self, row: EvaluationRun) -> str:
        return str(row)

    @display(description=gettext_lazy("index version"), ordering="index_id")
    def version(self, row: Any) -> str:
        return f"#{row.index_id}" if row.index_id else EMPTY

    @display(description=gettext_lazy("embedding model"), ordering="encoder")
    def encoded_by(self, row: EvaluationRun) -> str:
        return encoder_title(row.encoder)

    @display(description="hit@3")
    def hit(self, row: EvaluationRun) -> str:
        return figure(row, "hit_at_3")

    @display(description="MRR@10")
    def rank(self, row: EvaluationRun) -> str:
        return figure(row, "mrr")

    @display(description=gettext_lazy("Silence: precision"))
    def precision(self, row: EvaluationRun) -> str:
        return figure(row, "no_answer_precision")

    @display(description=gettext_lazy("Silence: recall"))
    def recall(self, row: EvaluationRun) -> str:
        return figure(row, "no_answer_recall")

    @display(description=gettext_lazy("questions"))
    def asked(self, row: EvaluationRun) -> str:
        return count(row.questions)

    @display(description=gettext_lazy("started"), ordering="created_at")
    def begun(self, row: EvaluationRun) -> str | SafeString:
        return ago(row.created_at)

    # Pages

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        runs = finished_runs()
        extra = {
            "tiles": tiles(runs[-1]["metrics"], runs) if runs else [],
            "last_run": runs[-1]["pk"] if runs else None,
            "may_start": may_start(request),
            "running": EvaluationRun.objects.filter(state__in=UNFINISHED).defer("results").last(),
            **sample_set(request),
        }
        return super().changelist_view(request, {**extra, **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        run: Any = self.get_object(request, object_id)
        extra = _facts(run, wrong_only=request.GET.get("show") == "wrong") if run is not None else {}
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        return [
            path("start/", guard(require_POST(self.start_view)), name="knowledge_evaluationrun_start"),
            path("<path:object_id>/progress/", guard(self.progress_view), name="knowledge_evaluationrun_progress"),
            *super().get_urls(),
        ]

    def start_view(self, request: HttpRequest) -> HttpResponse:
        """A second press while one waits or runs changes nothing."""
        require(request, "knowledge.add_evaluationrun")
        running = EvaluationRun.objects.filter(state__in=UNFINISHED).defer("results").last()
        run = running or start_run(request.user)
        return HttpResponseRedirect(reverse("admin:knowledge_evaluationrun_change", args=[run.pk]))

    def progress_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The line that shows how far a run is; the whole page is loaded anew when it has ended."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = find(EvaluationRun.objects.defer("results"), object_id)
        response = TemplateResponse(request, "admin/knowledge/evaluation_progress.html", {"run": run})
        if run.state not in UNFINISHED:
            response["HX-Refresh"] = "true"
        return response


def encoder_title(key: str) -> str:
    return str(encoders.titles().get(key, key)) or _("words alone")


def may_start(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("knowledge.add_evaluationrun"))


def figure(row: EvaluationRun, name: str) -> str:
    return share((row.metrics.get(name) or {}).get("value"))


def _facts(run: EvaluationRun, *, wrong_only: bool) -> dict[str, Any]:
    wrong = sum(not is_right(result) for result in run.results)
    alone = sum(result["dense"] != "ok" for result in run.results) if run.encoder else 0
    return {
        "run": run,
        "encoder": encoder_title(run.encoder),
        "title": _("Evaluation #%(number)s") % {"number": run.pk},
        "subtitle": None,
        "state": RunState(run.state).label,
        "tone": TONES[RunState(run.state)],
        "unfinished": run.state in UNFINISHED,
        "error_text": error_text(run.error) if run.error else "",
        "tiles": tiles(run.metrics) if run.metrics else [],
        "outcomes": outcomes(run.results, wrong_only=wrong_only),
        "wrong_only": wrong_only,
        "wrong": wrong,
        "degraded": ngettext(
            "%(n)s question was answered by words alone: the vectors could not be used.",
            "%(n)s questions were answered by words alone: the vectors could not be used.",
            alone,
        )
        % {"n": count(alone)}
        if alone
        else "",
    }
