"""Long documents are read in parts, and links into them arrive at the right place."""

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from knowledge.indexing.work import work_all
from knowledge.models import Chunk, Document
from knowledge.parts import part_at, parts_of, text_of
from tests.knowledge.conftest import publish

pytestmark = pytest.mark.django_db
WORDS = "words about parcels and delivery. " * 6


def book(sections: int, *, newline: str = "\n") -> str:
    texts = [f"## Same heading\n\nSection {number}: {WORDS}\n" for number in range(sections)]
    return "\n".join(["# Book\n", *texts]).replace("\n", newline)


@pytest.fixture
def long_book(settings):
    cache.clear()
    settings.KNOWLEDGE_ENCODER = ""
    document = publish("book", title="Book", language="en", body=book(3000))
    work_all()
    document.refresh_from_db()
    return document


def html(client, path):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_each_part_has_the_anchors_of_its_passages(client, long_book):
    chunks = list(Chunk.objects.filter(document=long_book).order_by("position"))
    for chunk in (chunks[0], chunks[1500], chunks[-1]):
        page = html(client, f"/guide/book?at={chunk.line}")
        assert page.count(f'id="{chunk.anchor}"') == 1
        place = page.index(f'id="{chunk.anchor}"')
        number = re.search(r"Section (\d+)", chunk.text)[1]
        assert f"Section {number}:" in page[place : place + 300]


def test_parts_lead_to_each_other_and_hold_everything(client, long_book):
    path, seen = "/guide/book", ""
    while path:
        page = html(client, path)
        seen += page
        following = re.search(r'href="(\?at=\d+)" rel="next">', page)
        path = f"/guide/book{following[1]}" if following else ""
    assert all(f"Section {number}:" in seen for number in range(3000))
    assert seen.count("<h1>Book</h1>") == len(parts_of(long_book))
    assert 'rel="prev">Previous part' in page


@pytest.mark.parametrize("at", ["", "-1", "x", "99999999", "²", "9" * 30])
def test_nonsense_opens_some_part(client, long_book, at):
    html(client, f"/guide/book?at={at}")


def test_a_part_is_read_without_the_rest(client, long_book):
    html(client, "/guide/book?at=5000")
    with CaptureQueriesContext(connection) as queries:
        html(client, "/guide/book?at=5000")
    assert len(queries) <= 8
    whole = [query for query in queries if re.search(r'SELECT[^;]*"knowledge_document"."body"[ ,]', query["sql"])]
    assert not [query for query in whole if "SUBSTR" not in query["sql"].upper()]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_parts_are_cut_where_they_say_whatever_the_line_ends(newline):
    body = book(2500, newline=newline)
    document = Document.objects.create(slug="x", title="Book", language="en", body=body, published=False)
    cache.clear()
    parts = parts_of(document)
    assert len(parts) > 1
    assert newline.join(text_of(document, part) for part in parts) == body
    lines = re.split(r"\r\n?|\n", body)
    for part in parts:
        assert re.split(r"\r\n?|\n", text_of(document, part))[0] == lines[part.line]
    assert part_at(parts, parts[1].line) == 1
    assert part_at(parts, parts[1].line - 1) == 0


def test_a_new_text_has_new_parts(client, long_book):
    html(client, "/guide/book?at=5000")
    publish("book", title="Book", language="en", body="# Book\n\nShort now.")
    page = html(client, "/guide/book?at=5000")
    assert "Short now." in page
    assert "Part 1" not in page


def test_pages_of_a_pdf_are_places_of_the_page(client):
    body = "# Report\n\nFirst page.\n\nSecond page begins.\n\n## Prices\n\nThird page."
    places = [[0, "page-1", "1"], [4, "page-2", "2"], [8, "page-3", "3"]]
    publish("report", title="Report", body=body, extra={"places": places, "format": "pdf", "original_name": "r.pdf"})
    page = html(client, "/guide/report")
    order = ["page-1", "First page", "page-2", "Second page begins", "Prices", "page-3", "Third page"]
    found = [page.index(each) for each in order]
    assert found == sorted(found)
    assert '<span id="page-2" class="page-mark">Page 2</span>' in page
    assert page.count("<h1>") == 1
    assert "From the file r.pdf" in page


def test_parts_of_a_pdf_say_which_pages_they_hold(client, settings):
    settings.KNOWLEDGE_ENCODER = ""
    body = book(2500)
    lines = body.count("\n")
    places = [[number * lines // 50, f"page-{number + 1}", str(number + 1)] for number in range(50)]
    publish("report", title="Book", body=body, extra={"places": places, "format": "pdf", "original_name": "r.pdf"})
    first, last = html(client, "/guide/report"), html(client, f"/guide/report?at={lines}")
    assert "Pages 1–" in first
    assert "–50 of the file r.pdf" in last
    assert 'id="page-1"' in first
    assert 'id="page-1"' not in last
    assert 'id="page-50"' in last


def test_a_web_page_names_its_address_without_vouching_for_it(client):
    address = 'https://example.com/"><script>alert(1)</script>'
    publish("web", title="Web", extra={"format": "html", "address": address})
    page = html(client, "/guide/web")
    assert 'rel="nofollow noopener noreferrer"' in page
    assert "<script>alert" not in page
    publish("evil", title="Evil", extra={"format": "html", "address": "javascript:alert(1)"})
    assert "javascript:" not in html(client, "/guide/evil").split("<main", 1)[1]
