"""Documents: publishing and withdrawing through the index, preview, deleting."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from knowledge.indexing.work import work_all
from knowledge.models import Chunk, Document, Revision
from knowledge.search import search
from knowledge.services import publish_document, unpublish_document
from knowledge.services.documents import describe
from knowledge.services.uploads import upload_document

LIST = "/admin/knowledge/document/"
BODY = "# Refunds\n\nFourteen days after delivery.\n\n## Exchange\n\nAny size is exchanged for free.\n"


@pytest.fixture
def document(db: None) -> Document:
    return publish_document(slug="refunds", title="Refunds", language="en", body=BODY)


def save(client: Client, document: Document, **changes: Any) -> Any:
    form: dict[str, Any] = {
        "title": document.title,
        "language": document.language,
        "body": document.body,
        "position": document.position,
        "published": "on",
        "chunks-TOTAL_FORMS": "0",
        "chunks-INITIAL_FORMS": "0",
    }
    form = {name: value for name, value in (form | changes).items() if value is not None}
    response = client.post(f"{LIST}{document.pk}/change/", form)
    document.refresh_from_db()
    return response


def found(words: str) -> list[str]:
    return [passage.title for passage in search(words, language="en").passages]


def test_a_new_document_is_found_at_once(admin: Client) -> None:
    form = {"title": "Parking", "slug": "parking", "language": "en", "body": "Park behind the house.", "position": "5"}
    assert admin.post(f"{LIST}add/", {**form, "published": "on"}).status_code == 302
    assert Document.objects.get(slug="parking").position == 5
    assert found("where to park") == ["Parking"]


def test_a_draft_is_kept_out_of_search(admin: Client) -> None:
    form = {"title": "Parking", "slug": "parking", "language": "en", "body": "Park behind the house.", "position": "5"}
    assert admin.post(f"{LIST}add/", form).status_code == 302
    assert Document.objects.filter(slug="parking", published=False).exists()
    assert found("where to park") == []


def test_a_changed_text_replaces_its_passages(admin: Client, document: Document) -> None:
    save(admin, document, body="# Refunds\n\nThirty kangaroos.")
    assert found("kangaroos") == ["Refunds"]
    assert found("fourteen days") == []


def test_withdrawing_empties_the_index_and_keeps_the_text(admin: Client, document: Document) -> None:
    save(admin, document, published=None, body=f"{BODY}\nMore.")
    assert (document.published, document.body.endswith("More.\n") or document.body.endswith("More.")) == (False, True)
    assert document.is_withheld
    assert not Chunk.objects.exists()
    save(admin, document)
    assert document.published
    assert found("exchange") == ["Refunds"]


def test_passages_are_shown_and_not_edited(admin: Client, document: Document) -> None:
    page = admin.get(f"{LIST}{document.pk}/change/").content.decode()
    assert "Any size is exchanged for free." in page
    assert 'name="chunks-0-text"' not in page


def test_a_slug_is_given_once(admin: Client, document: Document) -> None:
    save(admin, document, slug="other")
    assert document.slug == "refunds"
    form = {"title": "Twin", "slug": "refunds", "language": "en", "body": "x", "position": "5", "published": "on"}
    assert admin.post(f"{LIST}add/", form).status_code == 200
    document.refresh_from_db()
    assert document.title == "Refunds"


def test_imported_documents_say_where_they_come_from(admin: Client) -> None:
    imported = publish_document(slug="a", title="A", language="en", body="text", source="hr/en/a.md")
    assert "Imported from hr/en/a.md." in admin.get(f"{LIST}{imported.pk}/change/").content.decode()


def test_the_preview_saves_nothing_and_is_harmless(admin: Client, db: None) -> None:
    body = f"{BODY}\n<script>alert(1)</script> [x](javascript:alert(1))"
    page = admin.post(reverse("admin:knowledge_document_preview"), {"title": "Refunds", "body": body}).content.decode()
    assert "<h4>Exchange</h4>" in page
    assert "2 passages" in page
    assert "<script>" not in page
    assert 'href="javascript' not in page
    assert not Document.objects.exists()


def test_deleting_takes_the_passages_along(admin: Client, document: Document) -> None:
    assert "leave the search" in admin.get(f"{LIST}{document.pk}/delete/").content.decode()
    admin.post(f"{LIST}{document.pk}/delete/", {"post": "yes"})
    assert found("exchange") == []
    other = publish_document(slug="other", title="Other", language="en", body="Zebras.")
    admin.post(LIST, {"action": "delete_selected", "_selected_action": [str(other.pk)], "post": "yes"})
    assert found("zebras") == []


# Tags and audience


def test_tags_and_audience_are_saved_with_the_text(admin: Client, document: Document) -> None:
    save(admin, document, tag_names="money, shop", audience=["assistant", "widget"])
    assert [tag.name for tag in document.tags.all()] == ["money", "shop"]
    assert document.restricted
    page = admin.get(f"{LIST}{document.pk}/change/").content.decode()
    assert 'value="money, shop"' in page
    save(admin, document)
    assert (document.restricted, document.tags.count()) == (False, 0)


def test_tags_alone_make_no_version_and_no_new_passages(admin: Client, document: Document) -> None:
    passages = list(Chunk.objects.values_list("pk", flat=True))
    save(admin, document, tag_names="money", body=BODY.replace("\n", "\r\n"))
    assert list(Chunk.objects.values_list("pk", flat=True)) == passages
    assert Revision.objects.filter(document=document).count() == 1
    assert document.body == BODY


def test_an_audience_that_no_longer_exists_is_kept(admin: Client, document: Document) -> None:
    describe(document, scopes=["widget:99"])
    assert 'value="widget:99"' in admin.get(f"{LIST}{document.pk}/change/").content.decode()
    save(admin, document, audience=["widget:99"])
    assert [row.scope for row in document.audiences.all()] == ["widget:99"]
    save(admin, document, audience=["nonsense"])
    assert [row.scope for row in document.audiences.all()] == ["widget:99"]


def test_a_new_restricted_document_is_nobody_elses(admin: Client) -> None:
    form = {"title": "Parking", "slug": "parking", "language": "en", "body": "Behind the house.", "position": "5"}
    admin.post(f"{LIST}add/", {**form, "published": "on", "audience": ["assistant"]})
    assert found("behind the house") == []
    assert search("behind the house", language="en", scope="assistant").passages


def test_pages_of_a_pdf_move_along_with_its_lines(admin: Client, document: Document) -> None:
    Document.objects.filter(pk=document.pk).update(places=[[0, "page-1", "1"], [4, "page-2", "2"]])
    save(admin, document, body=BODY.replace("Fourteen", "New line.\n\nFourteen"))
    assert document.places == [[0, "page-1", "1"], [6, "page-2", "2"]]


def test_changes_are_in_the_name_of_who_made_them(admin: Client, document: Document) -> None:
    save(admin, document, body="Thirty kangaroos.")
    assert str(Revision.objects.filter(document=document)[0].author) == "dana"


# Publishing


@pytest.mark.parametrize(("name", "published"), [("unpublish_selected", False), ("publish_selected", True)])
def test_several_are_published_and_withdrawn_at_once(
    admin: Client, document: Document, name: str, published: bool
) -> None:
    other = publish_document(slug="other", title="Other", language="en", body="Zebras.")
    if published:
        unpublish_document(document)
        unpublish_document(other)
    admin.post(LIST, {"action": name, "_selected_action": [str(document.pk), str(other.pk)]})
    assert set(Document.objects.values_list("published", flat=True)) == {published}
    assert bool(found("zebras")) == published


def test_a_document_is_published_and_withdrawn_on_its_page(admin: Client, document: Document) -> None:
    submitted = {"_form_submitted": "True"}
    admin.post(f"{LIST}{document.pk}/unpublish/", submitted)
    assert found("exchange") == []
    admin.post(f"{LIST}{document.pk}/publish/", submitted)
    assert found("exchange") == ["Refunds"]


def test_a_document_without_a_text_is_not_published(admin: Client, db: None) -> None:
    waiting = upload_document(b"Text.", name="a.txt", publish=False)
    admin.post(f"{LIST}{waiting.pk}/publish/", {"_form_submitted": "True"})
    page = admin.post(LIST, {"action": "publish_selected", "_selected_action": [str(waiting.pk)]}, follow=True)
    assert "1 has no text yet." in page.content.decode()
    waiting.refresh_from_db()
    assert not waiting.published


def test_viewers_publish_nothing(staff: Any, document: Document) -> None:
    client = staff("knowledge.view_document")
    page = client.get(f"{LIST}{document.pk}/change/").content.decode()
    assert f"{document.pk}/unpublish/" not in page
    assert client.post(f"{LIST}{document.pk}/unpublish/", {"_form_submitted": "True"}).status_code == 403
    client.post(LIST, {"action": "unpublish_selected", "_selected_action": [str(document.pk)]})
    save(client, document, body="Changed.")
    assert (document.published, document.body) == (True, BODY)


def test_a_text_that_is_being_read_is_not_changed_meanwhile(admin: Client, document: Document) -> None:
    upload_document(b"Kangaroos.", name="a.txt", document=document)
    response = save(admin, document, body="Mine.")
    assert "Its file is being read." in response.content.decode()
    save(admin, document, tag_names="money", body=BODY.replace("\n", "\r\n"))
    assert document.tags.count() == 1
    work_all()
    assert found("kangaroos") == ["Refunds"]


# Long texts, lists


def test_a_very_long_text_is_shown_in_part_and_kept(admin: Client, settings: Any) -> None:
    settings.KNOWLEDGE_ENCODER = ""
    body = "## Section\n\nWords about parcels.\n\n" * 16_000
    document = publish_document(slug="long", title="Long", language="en", body=body)
    work_all()
    page = admin.get(f"{LIST}{document.pk}/change/").content.decode()
    assert "<textarea" not in page
    assert len(page) < 200_000
    assert "too long for this form" in page
    response = admin.get(reverse("admin:knowledge_document_text", args=[document.pk]))
    assert response.content.decode() == body
    assert response["Content-Disposition"].startswith("attachment")
    save(admin, document, body=None, tag_names="long")
    assert (document.body == body, document.published, document.tags.count()) == (True, True, 1)
    save(admin, document, body=None, title="Longer")
    assert (document.body == body, document.title) == (True, "Longer")


def test_lists_never_read_texts(admin: Client, document: Document) -> None:
    with CaptureQueriesContext(connection) as queries:
        page = admin.get(LIST).content.decode()
        admin.get(f"{LIST}{document.pk}/delete/")
        admin.get("/admin/search/", {"s": "Refunds"})
    assert "Refunds" in page
    assert not [query for query in queries if '"knowledge_document"."body"' in query["sql"]]


def test_documents_are_filtered_by_what_they_are(admin: Client, document: Document) -> None:
    describe(document, tags=["money"], scopes=["assistant"])
    other = publish_document(slug="other", title="Zebras", language="ru", body="x", source="zoo/ru/z.md")
    Document.objects.filter(pk=other.pk).update(state="failed")
    for query, expected in {
        "tag=money": "Refunds",
        "audience=assistant": "Refunds",
        "audience=everybody": "Zebras",
        "collection=zoo": "Zebras",
        "state=failed": "Zebras",
        "state=ready": "Refunds",
        "language__exact=ru": "Zebras",
        "q=fourteen": "Refunds",
        "q=zoo": "Zebras",
    }.items():
        rows = admin.get(f"{LIST}?{query}").context["cl"].result_list
        assert [row.title for row in rows] == [expected], query
