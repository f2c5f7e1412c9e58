"""The guide: published documents as pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from knowledge.models import Document
from knowledge.rendering import render as render_document


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """The documents in the reader's language, or all of them when there are none."""
    published = Document.objects.filter(published=True).defer("body")
    own = list(published.filter(language=_language()))
    response = render(request, "knowledge/guide.html", {"documents": own or list(published)})
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


@require_safe
def document(request: HttpRequest, slug: str) -> HttpResponse:
    """One document, with its neighbours in the guide and the same document in the other language."""
    found = get_object_or_404(Document.objects.visible_to(request.user), slug=slug)
    siblings = list(Document.objects.filter(published=True, language=found.language).defer("body"))
    place = next((index for index, sibling in enumerate(siblings) if sibling.pk == found.pk), None)
    context = {
        "document": found,
        "page": render_document(found.body, title=found.title),
        "twin": _twin(found),
        "previous": siblings[place - 1] if place else None,
        "next": siblings[place + 1] if place is not None and place + 1 < len(siblings) else None,
    }
    return render(request, "knowledge/document.html", context)


def _language() -> str:
    return (get_language() or "en").partition("-")[0]


def _twin(found: Document) -> Document | None:
    """The document made from the file of the same name in the other language's folder."""
    parts = found.source.rsplit("/", 2)
    if len(parts) != 3:
        return None
    collection, _, name = parts
    sources = [f"{collection}/{language}/{name}" for language in ("en", "ru") if language != found.language]
    return Document.objects.filter(published=True, source__in=sources).defer("body").first()
