"""Search as a visitor: what somebody would get for a question, what was kept back, and why."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import formats
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from config.backoffice.display import count
from integrations.providers.base import Passage
from knowledge.models import Document, TestQuestion
from knowledge.models.documents import LANGUAGES
from knowledge.scopes import EVERYBODY, STAFF, choices
from knowledge.search import MODEL_MISSING, QUERY_CUT, RERANKER_MISSING, VECTORS_LOADING, SearchResult, search

LONGEST_QUESTION = 500
SHOWN = 5
# Passages looked at, with those that visitors do not get.
LOOKED_AT = 20


class QuestionForm(forms.Form):
    q = forms.CharField(max_length=LONGEST_QUESTION, strip=True)
    scope = forms.ChoiceField(required=False)
    language = forms.ChoiceField(choices=[("", gettext_lazy("Any")), *LANGUAGES], required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = scope_choices()  # type: ignore[attr-defined]


class TestQuestionForm(QuestionForm):
    """`document` is the id of the expected one; empty: nothing may be found."""

    __test__ = False
    document = forms.ModelChoiceField(Document.objects.defer("body"), required=False)


def scope_choices() -> list[tuple[str, Any]]:
    return [(EVERYBODY, _("Anybody")), (STAFF, _("Staff")), *choices()]


@dataclass(frozen=True, slots=True)
class Sign:
    """One line of an explanation; `share` (0..1, as the page's markup wants it) is drawn as a bar."""

    title: str
    text: str
    share: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A passage with the reasons for its place."""

    passage: Passage
    signs: list[Sign]
    document_url: str

    @property
    def percent(self) -> int:
        return round(100 * self.passage.confidence)


class DocumentSearch:
    has_view_permission: Any
    admin_site: Any
    message_user: Any
    _page: Any

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        return [
            path("search/", guard(require_safe(self.search_view)), name="knowledge_document_search"),
            path("search/keep/", guard(require_POST(self.keep_view)), name="knowledge_document_search_keep"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def search_view(self, request: HttpRequest) -> HttpResponse:
        """Nothing is noted: who tries a question out has not asked it in vain."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = QuestionForm(request.GET if "q" in request.GET else None)
        context: dict[str, Any] = {
            "title": _("Search as a visitor"),
            "form": form,
            "asked": request.GET.get("q", "")[:LONGEST_QUESTION],
            "scope": request.GET.get("scope", EVERYBODY),
            "language": request.GET.get("language", ""),
            "may_keep": request.user.has_perm("knowledge.add_testquestion"),
            "may_write": request.user.has_perm("knowledge.add_document"),
        }
        if form.is_bound and form.is_valid():
            context |= _results(form.cleaned_data)
        response: HttpResponse = self._page(request, "admin/knowledge/search.html", context)
        return response

    def keep_view(self, request: HttpRequest) -> HttpResponse:
        """Makes a test question of what was asked, with the document that should be found for it, or with none."""
        if not request.user.has_perm("knowledge.add_testquestion"):
            raise PermissionDenied
        form = TestQuestionForm(request.POST)
        if not form.is_valid():
            self.message_user(request, _("This cannot be kept as a test question."), messages.ERROR)
            return redirect("admin:knowledge_document_search")
        values = form.cleaned_data
        _keep(values)
        self.message_user(request, _("It is a test question now."), messages.SUCCESS)
        query = urlencode({name: values[name] for name in ("q", "scope", "language")})
        return redirect(f"{reverse('admin:knowledge_document_search')}?{query}")


def _keep(values: dict[str, Any]) -> None:
    document = values["document"]
    language = values["language"] or (document.language if document else _reader_language())
    wanted = {"language": language, "scope": values["scope"], "answerable": document is not None}
    kept, is_new = TestQuestion.objects.get_or_create(question=values["q"], defaults=wanted)
    if not is_new and kept.answerable != wanted["answerable"]:
        kept.answerable = document is not None
        kept.save(update_fields=["answerable"])
    if document is None:
        kept.documents.clear()
    else:
        kept.documents.add(document)


def _reader_language() -> str:
    code = (get_language() or "en").partition("-")[0]
    return code if code in dict(LANGUAGES) else "en"


def _results(values: dict[str, Any]) -> dict[str, Any]:
    asked = {"scope": values["scope"], "language": values["language"] or None}
    result = search(values["q"], limit=SHOWN, **asked)
    looked_at = search(values["q"], limit=LOOKED_AT, everything=True, **asked)
    shown = {passage.id for passage in result.passages}
    kept_back = [passage for passage in looked_at.passages if passage.id not in shown]
    return {
        "result": result,
        "confidence": round(100 * result.confidence),
        "threshold": round(100 * result.threshold),
        "legs": _legs(result),
        "degraded": _degraded(result.degraded),
        "found": [_found(passage) for passage in result.passages],
        "kept_back": [_found(passage) for passage in kept_back],
    }


def _degraded(code: str) -> str:
    texts = {
        MODEL_MISSING: _("The embedding model is missing, so words alone decide."),
        VECTORS_LOADING: _("Vectors are being loaded, so words alone decide for a moment."),
        RERANKER_MISSING: _("The reranker cannot be reached, so words and meaning alone decide the order."),
        QUERY_CUT: _("The question is long: its first words were searched for."),
    }
    return texts.get(code, code)


def _legs(result: SearchResult) -> list[Sign]:
    states = {
        "ok": _("worked"),
        "off": _("switched off: this index has no embedding model"),
        "model_missing": _("the model cannot be reached"),
        "loading": _("vectors are being loaded"),
        "pending": _("vectors are still to be made"),
    }
    titles = {"lexical": _("Words"), "dense": _("Meaning"), "reranker": _("Reranker")}
    return [Sign(titles.get(leg, leg), states.get(state, state)) for leg, state in result.legs.items()]


def _found(passage: Passage) -> Found:
    url = reverse("admin:knowledge_document_change", args=[passage.document_id])
    return Found(passage, _signs(passage), url)


def _signs(passage: Passage) -> list[Sign]:
    words, meaning = passage.ranking.get("lexical", {}), passage.ranking.get("dense", {})
    confidence = passage.confidence
    return [
        Sign(_("Place by words"), _place(words.get("rank"))),
        Sign(_("Score by words"), _number(words.get("score"))),
        Sign(_("Share of the question's words"), _number(words.get("evidence")), _share(words.get("evidence"), 1.5)),
        *_weights(words.get("terms") or {}),
        Sign(_("Place by meaning"), _place(meaning.get("rank"))),
        Sign(_("Likeness"), _number(meaning.get("likeness")), _share(meaning.get("likeness"), 1)),
        Sign(_("Likeness above the usual"), _number(meaning.get("standing")), _share(meaning.get("standing"), 8)),
        Sign(_("Both places together"), _number(passage.ranking.get("fused"), 4)),
        *_relevance(passage.ranking.get("reranker")),
        Sign(_("Confidence"), f"{round(100 * confidence)} %", _share(confidence, 1)),
    ]


def _relevance(reranker: dict[str, float] | None) -> list[Sign]:
    return [Sign(_("Relevance to the reranker"), _number(reranker["relevance"], 3))] if reranker else []


def _weights(terms: dict[str, float]) -> list[Sign]:
    heaviest = max(terms.values(), default=1.0) or 1.0
    ordered = sorted(terms.items(), key=lambda pair: -pair[1])
    return [
        Sign(_("Word: %(word)s") % {"word": term}, _number(weight), _share(weight, heaviest))
        for term, weight in ordered
    ]


def _place(rank: int | None) -> str:
    return count(rank) if rank else _("not found by it")


def _number(value: float | None, places: int = 2) -> str:
    return "–" if value is None else formats.number_format(value, places, use_l10n=True)


def _share(value: float | None, whole: float) -> str:
    return "" if value is None else f"{max(0.0, min(1.0, value / whole)):.3f}"
