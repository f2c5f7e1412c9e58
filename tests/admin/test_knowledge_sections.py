"""The sections of a document's page: how it reads, passages, versions, citations, feedback."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from chat.models import Conversation
from knowledge.models import Citation, Document, Feedback, Revision
from knowledge.search import search
from knowledge.services import publish_document, unpublish_document
from tests.admin.conftest import logged_in

BODY = "# Refunds\n\nFourteen days after delivery.\n\n## Exchange\n\nAny size is exchanged for free.\n"
SECTIONS = ["change", "read", "passages", "versions", "citations", "feedback"]
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def document(dana: User) -> Document:
    return publish_document(slug="refunds", title="Refunds", language="en", body=BODY, actor=dana)


def own(document: Document, page: str, *args: object) -> str:
    return reverse(f"admin:knowledge_document_{page}", args=[document.pk, *args])


def html(client: Client, document: Document, page: str, *args: object) -> str:
    response = client.get(own(document, page, *args))
    assert response.status_code == 200
    return response.content.decode()


def test_each_section_leads_to_the_others(admin: Client, document: Document) -> None:
    for section in SECTIONS:
        page = html(admin, document, section)
        assert all(f'href="{own(document, other)}"' in page for other in SECTIONS)
        assert page.count('<a href="/admin/knowledge/document/') >= len(SECTIONS)


def test_it_reads_as_its_readers_see_it(admin: Client, document: Document) -> None:
    assert '<h2 id="exchange">Exchange</h2>' in html(admin, document, "read")


def test_passages_say_where_they_stand(admin: Client, document: Document) -> None:
    page = html(admin, document, "passages")
    assert "2 passages" in page
    assert "Any size is exchanged for free." in page
    unpublish_document(document)
    assert "A draft is not cut into passages" in html(admin, document, "passages")


def test_many_passages_are_paged(admin: Client) -> None:
    body = "\n\n".join(f"## Part {number}\n\nText {number}." for number in range(45))
    document = publish_document(slug="many", title="Many", language="en", body=body)
    assert "Page 1 of 3" in html(admin, document, "passages")
    last = admin.get(own(document, "passages"), {"p": "3"}).content.decode()
    assert "Text 44." in last
    assert admin.get(own(document, "passages"), {"p": "nonsense"}).status_code == 200


def test_a_version_is_compared_and_taken_back(admin: Client, document: Document, dana: User) -> None:
    publish_document(slug="refunds", title="Refunds", language="en", body=BODY.replace("Fourteen", "Thirty"))
    assert "dana" in html(admin, document, "versions")
    page = html(admin, document, "version", 1)
    assert "Thirty days after delivery." in page.split("bo-removed", 1)[1].split("</div>", 1)[0]
    assert "Fourteen days after delivery." in page.split("bo-added", 1)[1].split("</div>", 1)[0]
    response = admin.post(own(document, "take_back", 1))
    assert response["Location"] == own(document, "versions")
    assert search("fourteen days", language="en").passages
    newest = Revision.objects.filter(document=document).first()
    assert newest is not None
    assert (newest.number, newest.body, newest.author) == (3, BODY, dana)


def test_the_present_text_differs_in_nothing(admin: Client, document: Document) -> None:
    assert "It says the same as the present text." in html(admin, document, "version", 1)


def test_very_long_texts_are_not_compared(admin: Client, document: Document) -> None:
    Document.objects.filter(pk=document.pk).update(body="x" * 500_001)
    assert "too long to be compared" in html(admin, document, "version", 1)


def test_an_unknown_version_is_not_found(admin: Client, document: Document) -> None:
    assert admin.get(own(document, "version", 9)).status_code == 404
    assert admin.post(own(document, "take_back", 9)).status_code == 404
    assert admin.get(own(document, "take_back", 1)).status_code == 405


def test_citations_are_named_by_their_conversations(
    admin: Client, staff: Callable[..., Client], document: Document, alice: User
) -> None:
    talk = Conversation.objects.create(owner=alice, title=f"Shoes {EVIL}")
    for thread in (f"conversation:{talk.pk}", "conversation:nonsense", "ticket:7"):
        Citation.objects.create(document=document, heading="Exchange", reference="turn:1", thread=thread)
    page = html(admin, document, "citations")
    assert f"/admin/chat/conversation/{talk.pk}/change/" in page
    assert "Shoes &lt;script&gt;" in page
    assert page.count("No longer there") == 2
    clerk = html(staff("knowledge.view_document"), document, "citations")
    assert "Shoes" not in clerk
    assert "A conversation" in clerk


def test_feedback_is_shown_as_text(admin: Client, document: Document, alice: User) -> None:
    Feedback.objects.create(query=EVIL, document=document, helpful=False, comment=EVIL, author=alice)
    page = html(admin, document, "feedback")
    assert "Not helpful" in page
    assert EVIL not in page


@pytest.mark.parametrize("section", ["versions", "citations", "feedback", "passages"])
def test_many_rows_take_no_more_queries(admin: Client, document: Document, alice: User, section: str) -> None:
    def grow(number: int) -> None:
        for count in range(number):
            talk = Conversation.objects.create(owner=alice, title="Talk")
            thread = f"conversation:{talk.pk}"
            Citation.objects.create(document=document, reference=f"turn:{count}", thread=thread)
            Feedback.objects.create(query="q", document=document, helpful=True, author=alice)
            last = Revision.objects.filter(document=document).order_by("-number").values_list("number", flat=True)[0]
            Revision.objects.create(
                document=document, number=last + 1, title="T", language="en", body="b", author=alice
            )

    grow(2)
    few = queries_of(admin, own(document, section))
    grow(15)
    assert queries_of(admin, own(document, section)) == few


def queries_of(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    assert not [query for query in queries if '"knowledge_revision"."body"' in query["sql"]]
    return len(queries)


def test_viewers_read_and_take_nothing_back(staff: Callable[..., Client], document: Document) -> None:
    publish_document(slug="refunds", title="Refunds", language="en", body="Other.")
    client = staff("knowledge.view_document")
    for section in SECTIONS:
        assert "Take back" not in html(client, document, section)
    assert "Take back" not in html(client, document, "version", 1)
    assert client.post(own(document, "take_back", 1)).status_code == 403
    document.refresh_from_db()
    assert document.body == "Other."


def test_outsiders_see_no_section(
    client: Client, charlie: User, staff: Callable[..., Client], document: Document
) -> None:
    for who in (client, logged_in(charlie)):
        assert {who.get(own(document, section)).status_code for section in SECTIONS} == {302}
        assert who.post(own(document, "take_back", 1)).status_code == 302
    porter = staff("chat.view_turn")
    assert {porter.get(own(document, section)).status_code for section in SECTIONS} == {403}
