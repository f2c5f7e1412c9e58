from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from config.admin import ReadOnlyAdmin
from config.backoffice.confirm import BaseDialogForm, action, dialog, leave_dialog
from config.backoffice.display import EMPTY, ago, choice_label, count, display
from config.backoffice.forms import Select
from knowledge import encoders
from knowledge.admin.columns import ChangeList
from knowledge.choices import STATE_TONES, IndexState, RunState
from knowledge.indexing.versions import (
    BuildInProgress,
    after_cursor,
    begin_build,
    building_version,
    cancel_build,
    live_version,
)
from knowledge.models import Document, EvaluationRun, IndexVersion, PendingVector
from knowledge.services.documents import wake_on_commit
from knowledge.texts import index_error_text

LIST = "admin:knowledge_indexversion_changelist"
# Large values that no page shows.
DEFERRED = ("background", "calibration")
METRICS = {"hit_at_3": "hit@3", "mrr": "MRR", "ndcg_at_10": "nDCG@10"}


class RebuildForm(BaseDialogForm):
    encoder = forms.ChoiceField(
        label=gettext_lazy("Embedding model"),
        required=False,
        widget=Select,
        help_text=gettext_lazy("The present one again builds the index anew with the same model."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        live = live_version()
        self.fields["encoder"].choices = encoders.choices()  # type: ignore[attr-defined]
        self.fields["encoder"].initial = live.encoder if live else ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a version is: `documents` copied of `all_documents` (while it is built), vectors made and to be made."""

    version: IndexVersion
    vectors: int
    pending: int
    documents: int = 0
    all_documents: int = 0

    @property
    def is_busy(self) -> bool:
        return self.version.state == IndexState.BUILDING or self.pending > 0

    @property
    def encoder(self) -> str:
        return encoder_title(self.version.encoder)

    @property
    def problem(self) -> str:
        return index_error_text(self.version.error) if self.version.error else ""

    @property
    def url(self) -> str:
        return reverse("admin:knowledge_indexversion_progress")


def progress_of(version: IndexVersion) -> Progress:
    """A few countings; vectors are counted by the version itself."""
    pending = PendingVector.objects.filter(index=version).count() if version.is_open else 0
    if version.state != IndexState.BUILDING:
        return Progress(version, version.vectors, pending)
    published = Document.objects.filter(published=True).count()
    left = after_cursor(version).count()
    return Progress(version, version.vectors, pending, published - left, published)


def encoder_title(key: str) -> str:
    return str(dict(encoders.choices()).get(key, key))


class IndexList(ChangeList):
    """The titles of the models, found once for the page."""

    def get_results(self, request: Any) -> None:
        super().get_results(request)
        titles = dict(encoders.choices())
        rows: list[Any] = list(self.result_list)
        for row in rows:
            row.encoder_title = str(titles.get(row.encoder, row.encoder))
        self.result_list = rows


@admin.register(IndexVersion)
class IndexVersionAdmin(ReadOnlyAdmin):
    """Which index answers now, which one is being built, and the former ones."""

    list_display = ("number", "state_label", "encoder_name", "passages", "vector_count", "live_since", "measured")
    list_before_template = "admin/knowledge/index_now.html"
    list_after_template = "admin/knowledge/live.html"
    ordering = ("-pk",)
    actions = None
    actions_list = ("rebuild", "cancel")
    fields = (
        "number",
        "state_label",
        "encoder_name",
        "passages",
        "vector_count",
        "problem",
        "created",
        "live_since",
        "measured",
    )
    readonly_fields = fields
    empty_list_text = gettext_lazy("The first published document begins an index.")

    state_label = choice_label("state", IndexState, STATE_TONES, description=gettext_lazy("state"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).defer(*DEFERRED)
        runs = EvaluationRun.objects.filter(index=OuterRef("pk"), state=RunState.DONE).order_by("-pk")
        measured: QuerySet[Any] = rows.annotate(newest_metrics=Subquery(runs.values("metrics")[:1]))
        return measured

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return IndexList

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_build_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("knowledge.change_indexversion")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        live, building = live_version(), building_version()
        now = {
            "live_index": progress_of(live) if live else None,
            "building_index": progress_of(building) if building else None,
        }
        return super().changelist_view(request, {**now, **(extra_context or {})})

    # Columns

    @display(description=gettext_lazy("version"), ordering="pk")
    def number(self, row: IndexVersion) -> str:
        return f"#{row.pk}"

    @display(description=gettext_lazy("embedding model"), ordering="encoder")
    def encoder_name(self, row: Any) -> str:
        return getattr(row, "encoder_title", "") or encoder_title(row.encoder)

    @display(description=gettext_lazy("passages"), ordering="chunks")
    def passages(self, row: IndexVersion) -> str:
        return count(row.chunks)

    @display(description=gettext_lazy("vectors"), ordering="vectors")
    def vector_count(self, row: IndexVersion) -> str:
        return count(row.vectors)

    @display(description=gettext_lazy("live since"), ordering="activated_at")
    def live_since(self, row: IndexVersion) -> Any:
        return ago(row.activated_at)

    @display(description=gettext_lazy("created"), ordering="created_at")
    def created(self, row: IndexVersion) -> Any:
        return ago(row.created_at)

    @display(description=gettext_lazy("problem"))
    def problem(self, row: IndexVersion) -> str:
        return index_error_text(row.error) if row.error else EMPTY

    @display(description=gettext_lazy("evaluation"))
    def measured(self, row: Any) -> str:
        """What the last evaluation of this version said."""
        metrics = row.newest_metrics or {}
        values = [(label, metrics[name].get("value")) for name, label in METRICS.items() if name in metrics]
        shown = [f"{label} {formats.number_format(value, 2)}" for label, value in values if value is not None]
        return ", ".join(shown) or EMPTY

    # Building

    def get_urls(self) -> list[Any]:
        progress = self.admin_site.admin_view(require_safe(self.progress_view))
        return [path("progress/", progress, name="knowledge_indexversion_progress"), *super().get_urls()]

    def progress_view(self, request: HttpRequest) -> HttpResponse:
        """The open versions as pieces of the page, by their numbers."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = IndexVersion.objects.filter(pk__in=[key for key in request.GET.getlist("id")[:9] if _is_number(key)])
        pieces = {
            str(row.pk): render_to_string("admin/knowledge/index_progress.html", {"progress": progress_of(row)})
            for row in rows.defer(*DEFERRED)
        }
        return JsonResponse(pieces, headers={"Cache-Control": "no-store"})

    @action(
        description=gettext_lazy("Rebuild / change the embedding model"),
        icon="refresh",
        permissions=["build"],
        url_path="rebuild",
        dialog=dialog(
            gettext_lazy("Build a new index?"),
            gettext_lazy(
                "All documents are cut and embedded anew beside the present index. Answers keep coming from the "
                "present one until the new one is complete; then they change over at once. It can be cancelled."
            ),
            button=gettext_lazy("Build"),
            form=RebuildForm,
        ),
    )
    def rebuild(self, request: HttpRequest, form: BaseDialogForm) -> HttpResponse:
        try:
            version = begin_build(form.cleaned_data["encoder"])
        except BuildInProgress:
            self.message_user(
                request, _("An index is being built already. Wait for it, or cancel it."), messages.WARNING
            )
        else:
            wake_on_commit()
            self.log_addition(request, version, _("Begun."))
            self.message_user(request, _("The new index is being built."), messages.SUCCESS)
        return leave_dialog(reverse(LIST))

    @action(
        description=gettext_lazy("Cancel the building"),
        icon="cancel",
        permissions=["build"],
        url_path="cancel",
        dialog=dialog(
            gettext_lazy("Cancel the new index?"),
            gettext_lazy("What was built of it is thrown away. The present index is not touched."),
            button=gettext_lazy("Cancel the building"),
        ),
    )
    def cancel(self, request: HttpRequest, form: BaseDialogForm) -> HttpResponse:
        version = building_version()
        if cancel_build() and version is not None:
            self.log_change(request, version, _("Cancelled."))
            self.message_user(request, _("The new index is given up."), messages.SUCCESS)
        else:
            self.message_user(request, _("No index is being built any more."), messages.INFO)
        return leave_dialog(reverse(LIST))

    def get_actions_list(self, request: HttpRequest) -> list[Any]:
        """The one that makes sense now."""
        actions: list[Any] = super().get_actions_list(request)  # type: ignore[misc]
        other = "rebuild" if IndexVersion.objects.filter(state=IndexState.BUILDING).exists() else "cancel"
        return [each for each in actions if each.method.__name__ != other]


def _is_number(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) < 19
