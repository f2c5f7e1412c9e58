"""The guide: published documents as pages, and every other document for those who may open it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.db.models.functions import Length
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from knowledge.choices import DocumentFormat
from knowledge.citing import opens
from knowledge.models import Document
from knowledge.parts import LONGEST_PAGE, Part, part_at, parts_of, text_of
from knowledge.rendering import Page
from knowledge.rendering import render as render_document

SHOWN = ("slug", "title", "language", "position")
# Entries of the list of sections on one page.
MOST_ENTRIES = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """What one page shows of a document: all of it, or the part `number` of `count`; the links have their query."""

    page: Page
    number: int = 1
    count: int = 1
    pages: tuple[str, str] | None = None
    previous: str = ""
    next: str = ""


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """The documents in the reader's language, or all of them when there are none."""
    listed = Document.objects.listed().only(*SHOWN)
    own = list(listed.filter(language=_language()))
    response = render(request, "knowledge/guide.html", {"documents": own or list(listed)})
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


@require_safe
def document(request: HttpRequest, slug: str) -> HttpResponse:
    """One document, with its neighbours in the guide and the same document in the other language."""
    found = _found(request, slug)
    is_listed = found.published and not found.restricted
    context = {
        "document": found,
        "shown": (shown := shown_to(request, found)),
        "contents": shown.page.contents[:MOST_ENTRIES],
        "is_web_page": found.format == DocumentFormat.HTML and found.address.startswith(("http://", "https://")),
        "twin": _twin(found),
        "previous": _neighbour(found, before=True) if is_listed else None,
        "next": _neighbour(found, before=False) if is_listed else None,
    }
    response = render(request, "knowledge/document.html", context)
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    if not is_listed:
        add_never_cache_headers(response)
        response["X-Robots-Tag"] = "noindex"
    return response


def _found(request: HttpRequest, slug: str) -> Any:
    """The document without its text; raises Http404 when the reader may not open it."""
    rows = Document.objects.defer("body").annotate(size=Length("body")).filter(slug=slug)
    if found := rows.visible_to(request.user).first():
        return found
    cited = rows.filter(published=True).first()
    if cited is None or not opens(request.GET.get("key", ""), cited):
        raise Http404
    return cited


def shown_to(request: HttpRequest, found: Any) -> Shown:
    """The page of a document that the reader asks for; `found.size` is the length of its text."""
    if found.size <= LONGEST_PAGE:
        return Shown(render_document(found.body, title=found.title, places=found.places))
    parts = parts_of(found)
    index = part_at(parts, _line(request))
    part = parts[index]
    places = _places(found, parts, index)
    page = render_document(
        text_of(found, part),
        title="" if index else found.title,
        seen=part.seen,
        places=[[line - part.line, anchor, label] for line, anchor, label in places],
    )
    return Shown(
        page,
        number=index + 1,
        count=len(parts),
        pages=(places[0][2], places[-1][2]) if places else None,
        previous=_link(request, parts[index - 1]) if index else "",
        next=_link(request, parts[index + 1]) if index + 1 < len(parts) else "",
    )


def _line(request: HttpRequest) -> int:
    value = request.GET.get("at", "")
    return int(value) if value.isdecimal() and value.isascii() and len(value) < 10 else 0


def _places(found: Document, parts: list[Part], index: int) -> list[Any]:
    first = parts[index].line
    last = parts[index + 1].line if index + 1 < len(parts) else None
    return [place for place in found.places if place[0] >= first and (last is None or place[0] < last)]


def _link(request: HttpRequest, part: Part) -> str:
    key = request.GET.get("key", "")
    return "?" + urlencode({"at": part.line, **({"key": key} if key else {})})


def _neighbour(found: Document, *, before: bool) -> Document | None:
    listed = Document.objects.listed().filter(language=found.language).only(*SHOWN)
    if before:
        ahead = Q(position__lt=found.position) | Q(position=found.position, title__lt=found.title)
        previous: Document | None = listed.filter(ahead).order_by("-position", "-title").first()
        return previous
    behind = Q(position__gt=found.position) | Q(position=found.position, title__gt=found.title)
    following: Document | None = listed.filter(behind).order_by("position", "title").first()
    return following


def _language() -> str:
    return (get_language() or "en").partition("-")[0]


def _twin(found: Document) -> Document | None:
    """The document made from the file of the same name in the other language's folder."""
    parts = found.source.rsplit("/", 2)
    if len(parts) != 3:
        return None
    collection, _, name = parts
    sources = [f"{collection}/{language}/{name}" for language in ("en", "ru") if language != found.language]
    twin: Document | None = Document.objects.listed().only(*SHOWN).filter(source__in=sources).first()
    return twin
