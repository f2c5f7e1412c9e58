"""Search as a visitor: the verdict, what is kept back and why, and test questions out of it."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from knowledge.models import Document, IndexVersion, OpenQuestion, TestQuestion
from knowledge.services import publish_document
from tests.admin.conftest import logged_in

SEARCH = "/admin/knowledge/document/search/"
KEEP = "/admin/knowledge/document/search/keep/"
BODY = "# Refunds\n\nFourteen days after delivery.\n\n## Exchange\n\nAny size is exchanged for free.\n"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def document(db: None) -> Document:
    return publish_document(slug="refunds", title="Refunds", language="en", body=BODY)


def ask(client: Client, q: str, scope: str = "", language: str = "en") -> str:
    response = client.get(SEARCH, {"q": q, "scope": scope, "language": language})
    assert response.status_code == 200
    return response.content.decode()


def test_the_verdict_and_the_passages_are_those_of_a_visitor(admin: Client, document: Document) -> None:
    page = ask(admin, "is any size exchanged for free")
    assert "Would answer" in page
    shown = page.split("What a visitor gets", 1)[1].split("kept back", 1)[0]
    assert "Any size is exchanged for free." in shown
    assert "/guide/refunds#exchange" in shown
    assert "Word: exchang" in shown
    assert 'value="1.000"' in shown


def test_what_is_kept_back_is_shown_beneath(admin: Client, document: Document) -> None:
    page = ask(admin, "delivery of elephants by submarine to the moon")
    assert "Stays silent" in page
    assert "What a visitor gets" not in page
    assert "Fourteen days after delivery." in page.split("Found, and kept back", 1)[1]
    assert "title=delivery+of+elephants" in page


def test_nothing_of_it_is_counted(admin: Client, document: Document) -> None:
    ask(admin, "delivery of elephants by submarine to the moon")
    assert not OpenQuestion.objects.exists()


@pytest.mark.parametrize(("scope", "finds"), [("", False), ("assistant", True), ("widget", False), ("*", True)])
def test_somebody_finds_what_is_for_him(admin: Client, scope: str, finds: bool) -> None:
    publish_document(slug="s", title="Secret", language="en", body="The code is kangaroo.", scopes=["assistant"])
    assert ("The code is kangaroo." in ask(admin, "what is the code, kangaroo?", scope)) == finds


def test_a_missing_model_is_said(admin: Client, document: Document, settings: object) -> None:
    IndexVersion.objects.update(encoder="gone", vectors=1, dimensions=3)
    assert "The embedding model is missing, so words alone decide." in ask(admin, "exchange")


def test_before_the_first_document_there_is_no_index(admin: Client) -> None:
    assert "There is no index yet" in ask(admin, "anything")


@pytest.mark.parametrize(
    "query", [{"q": ""}, {"q": "x" * 501}, {"q": "x", "scope": "nonsense"}, {"q": "x", "language": "xx"}, {"q": "\0"}]
)
def test_nonsense_is_refused_in_words(admin: Client, document: Document, query: dict[str, str]) -> None:
    page = admin.get(SEARCH, query)
    assert page.status_code == 200
    assert 'id="q-errors"' in page.content.decode()


def test_the_form_waits_for_a_question(admin: Client, document: Document) -> None:
    page = admin.get(SEARCH).content.decode()
    assert "autofocus" in page
    assert "q-errors" not in page


def test_texts_are_shown_as_texts(admin: Client) -> None:
    publish_document(slug="e", title=f"Evil {EVIL}", language="en", body=f"## {EVIL}\n\nKangaroos {EVIL} jump.")
    assert EVIL not in ask(admin, f"kangaroos jump {EVIL}")


def test_a_hit_becomes_a_test_question(admin: Client, document: Document) -> None:
    form = {"q": "any size?", "scope": "assistant", "language": "en", "document": str(document.pk)}
    response = admin.post(KEEP, form)
    assert response["Location"] == f"{SEARCH}?q=any+size%3F&scope=assistant&language=en"
    kept = TestQuestion.objects.get()
    assert (kept.question, kept.language, kept.scope, kept.answerable) == ("any size?", "en", "assistant", True)
    assert list(kept.documents.all()) == [document]
    admin.post(KEEP, form)
    assert TestQuestion.objects.count() == 1


def test_silence_becomes_a_test_question_without_an_answer(admin: Client, document: Document) -> None:
    admin.post(KEEP, {"q": "any size?", "scope": "", "language": "", "document": str(document.pk)})
    admin.post(KEEP, {"q": "any size?", "scope": "", "language": ""})
    kept = TestQuestion.objects.get()
    assert (kept.answerable, kept.language, kept.documents.count()) == (False, "en", 0)


def test_an_unknown_document_is_no_test_question(admin: Client, document: Document) -> None:
    page = admin.post(KEEP, {"q": "any size?", "document": "nonsense"}, follow=True).content.decode()
    assert "This cannot be kept" in page
    assert not TestQuestion.objects.exists()


def test_viewers_search_and_keep_nothing(staff: Callable[..., Client], document: Document) -> None:
    client = staff("knowledge.view_document")
    page = ask(client, "is any size exchanged for free")
    assert "Would answer" in page
    assert "test question" not in page
    assert client.post(KEEP, {"q": "x"}).status_code == 403


def test_outsiders_do_not_search_here(client: Client, charlie: User, staff: Callable[..., Client]) -> None:
    for who in (client, logged_in(charlie)):
        assert who.get(SEARCH).status_code == 302
        assert who.post(KEEP, {"q": "x"}).status_code == 302
    assert staff("chat.view_turn").get(SEARCH).status_code == 403
    assert not TestQuestion.objects.exists()


def test_the_navigation_leads_here(admin: Client, staff: Callable[..., Client]) -> None:
    assert f'href="{reverse("admin:knowledge_document_search")}"' in admin.get("/admin/").content.decode()
    assert "document/search" not in staff("chat.view_turn").get("/admin/").content.decode()
