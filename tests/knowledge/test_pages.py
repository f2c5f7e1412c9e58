"""The guide as pages."""

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from knowledge.citing import link_to
from knowledge.models import Chunk
from knowledge.services import unpublish_document
from tests.knowledge.conftest import publish

pytestmark = pytest.mark.django_db
RUSSIAN = {"HTTP_ACCEPT_LANGUAGE": "ru"}


def html(client: Client, path: str, **headers: Any) -> str:
    response = client.get(path, **headers)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("path", ["/guide/", "/guide"])
def test_the_list_is_in_the_readers_language(client, borscht, path):
    publish("stew", title="Stew", language="en", body="A stew.")
    assert "Stew" in html(client, path)
    assert "Борщ" not in html(client, path)
    page = html(client, path, **RUSSIAN)
    assert 'href="/guide/borscht"' in page
    assert "Stew" not in page


def test_the_list_shows_what_there_is_when_ones_language_has_nothing(client, borscht):
    assert "Борщ" in html(client, "/guide/")


def test_an_empty_guide_says_what_to_do(client):
    assert "import_docs" in html(client, "/guide/")


@pytest.mark.parametrize("path", ["/guide/borscht", "/guide/borscht/"])
def test_a_document_is_shown_to_anybody_with_its_anchors(client, borscht, path):
    page = html(client, path)
    assert '<h2 id="время-варки">Время варки</h2>' in page
    assert page.count("<h1>") == 1
    assert '<article class="prose" lang="ru">' in page


def test_every_passage_of_the_guide_leads_to_an_anchor_of_its_page(client):
    call_command("import_docs", verbosity=0)
    pages: dict[str, str] = {}
    for chunk in Chunk.objects.select_related("document"):
        path, _, anchor = link_to(chunk.document, anchor=chunk.anchor).partition("#")
        page = pages.setdefault(path, html(client, path))
        assert not anchor or f'id="{anchor}"' in page


def test_a_page_links_its_neighbours_and_its_twin(client):
    publish("a-ru", title="А", position=1, source="x/ru/a.md")
    publish("b-ru", title="Б", position=2, source="x/ru/b.md")
    publish("c-ru", title="В", position=3, source="x/ru/c.md")
    publish("b-en", title="B", language="en", source="x/en/b.md")
    page = html(client, "/guide/b-ru")
    assert '<a href="/guide/a-ru" rel="prev">А</a>' in page
    assert '<a href="/guide/c-ru" rel="next">В</a>' in page
    assert 'href="/guide/b-en" lang="en"' in page


def test_a_document_without_a_file_has_no_twin(client):
    publish("a", source="")
    publish("b", language="en", source="")
    assert 'rel="alternate"' not in html(client, "/guide/a")


@pytest.mark.parametrize("slug", ["missing", "нет", "a" * 151])
def test_an_unknown_page_is_not_found(client, borscht, slug):
    assert client.get(f"/guide/{slug}").status_code == 404


def test_a_page_that_is_not_published_is_for_staff_alone(client, borscht, alice, dana):
    unpublish_document(borscht)
    assert client.get("/guide/borscht").status_code == 404
    client.force_login(alice)
    assert client.get("/guide/borscht").status_code == 404
    client.force_login(dana)
    page = html(client, "/guide/borscht")
    assert "only staff see it" in page
    assert "/guide/borscht" not in html(client, "/guide/").replace('action="', "")


def test_posting_is_refused(client, borscht):
    assert client.post("/guide/borscht").status_code == 405


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "![x](data:text/html;base64,PHNjcmlwdD4=)",
        "<iframe src='//evil.example'></iframe>",
        "<a href='x' style='position:fixed'>x</a>",
    ],
)
def test_markup_of_an_author_cannot_run_or_cover_anything(client, evil):
    publish("evil", title="Evil", body=f"# Evil\n\n{evil}\n\n## {evil}\n")
    article = html(client, "/guide/evil").split("<article", 1)[1].split("</article>", 1)[0]
    for sign in ("<script", "<iframe", "<img src=x", 'href="javascript', 'src="data', "<a href='x'", '<a href="x"'):
        assert sign not in article


def test_tables_and_code_are_kept(client):
    publish(
        "x", body="| a | b |\n|---|---|\n| 1 | 2 |\n\n```sh\nrun & go\n```\n\n[in](/guide/y) [out](https://x.example)"
    )
    page = html(client, "/guide/x")
    assert '<div class="table-scroll" tabindex="0"><table>' in page
    assert '<code class="language-sh">run &amp; go\n</code>' in page
    assert 'href="https://x.example" rel="noopener noreferrer"' in page
