"""Documents: publishing and withdrawing through the index, preview, deleting."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from knowledge.models import Chunk, Document
from knowledge.search import search
from knowledge.services import publish_document

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
