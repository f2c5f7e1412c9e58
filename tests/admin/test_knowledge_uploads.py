"""Files become documents: several at once, a bad one among them, replacing, reading again, fetching."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from knowledge.choices import DocumentState
from knowledge.indexing.work import work_all
from knowledge.models import Document, Revision
from knowledge.search import search
from knowledge.services import publish_document
from knowledge.services.uploads import upload_document
from tests.admin.conftest import logged_in

UPLOAD = "/admin/knowledge/document/upload/"
EVIL = "<img src=x onerror=alert(1)>.md"


def file(name: str, content: bytes = b"# Parking\n\nPark behind the house.\n") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def send(client: Client, *files: SimpleUploadedFile, **values: Any) -> Any:
    return client.post(UPLOAD, {"file": list(files), "publish": "on", **values})


def own(document: Document, page: str) -> str:
    return reverse(f"admin:knowledge_document_{page}", args=[document.pk])


@pytest.fixture
def broken(db: None) -> Document:
    document = upload_document(b"%PDF-1.4 nothing else", name="broken.pdf")
    work_all()
    document.refresh_from_db()
    assert document.state == DocumentState.FAILED
    return document


def test_several_files_are_taken_and_a_bad_one_is_named(admin: Client) -> None:
    page = send(admin, file("parking.md"), file("letter.exe", b"MZ\0"), file("roof.txt", b"The roof is red.")).content
    text = page.decode()
    assert "2 files were handed in" in text
    assert "letter.exe" in text
    assert "Files of this kind cannot be read." in text
    work_all()
    assert search("where to park", language="en").passages[0].title == "Parking"
    assert search("what is the colour of the roof, red?", language="en").passages
    assert Document.objects.count() == 2


def test_all_get_the_same_tags_audience_and_state(admin: Client) -> None:
    send(admin, file("a.md"), file("b.md"), tag_names="house, cars ,house", audience=["assistant"], publish="")
    work_all()
    for document in Document.objects.all():
        assert [tag.name for tag in document.tags.all()] == ["cars", "house"]
        assert [row.scope for row in document.audiences.all()] == ["assistant"]
        assert (document.published, document.restricted, document.body != "") == (False, True, True)


def test_the_script_is_answered_in_json(admin: Client) -> None:
    headers = {"accept": "application/json"}
    answer = admin.post(UPLOAD, {"file": [file("a.md")], "publish": "on"}, headers=headers).json()
    document = Document.objects.get()
    assert answer == {"files": [{"name": "a.md", "url": own(document, "change"), "error": ""}]}
    bad = admin.post(UPLOAD, {"file": [file("a.zip", b"PK\x03\x04")]}, headers=headers).json()
    assert "archive" in bad["files"][0]["error"]
    nothing = admin.post(UPLOAD, {"audience": ["nobody"]}, headers=headers)
    assert nothing.status_code == 400
    assert set(nothing.json()["errors"]) == {"file", "audience"}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "Choose at least one file."),
        ({"file": [file("a.md")], "audience": ["nobody"]}, "nobody is not one of the available choices"),
        ({"file": [file("a.md")], "tag_names": "x" * 51}, "A tag has 50 characters at most."),
        ({"file": [file("a.md")], "language": "xx"}, "xx is not one of the available choices"),
    ],
)
def test_wrong_values_are_named_and_nothing_is_kept(admin: Client, values: dict[str, Any], said: str) -> None:
    for each in values.get("file", ()):
        each.seek(0)
    assert said in admin.post(UPLOAD, values).content.decode()
    assert not Document.objects.exists()


def test_names_of_files_are_text(admin: Client) -> None:
    for response in (send(admin, file(EVIL)), send(admin, file("<b>.exe", b"MZ\0"))):
        assert "<img src=x" not in response.content.decode()
        assert "<b>.exe" not in response.content.decode()
    work_all()
    document = Document.objects.get()
    Document.objects.update(original_name=EVIL, title=EVIL, notes=[EVIL], state="failed", error=EVIL, error_detail=EVIL)
    pages = ["change", "read", "passages", "versions", "citations", "feedback", "replace"]
    for path in ["/admin/knowledge/document/", *(own(document, page) for page in pages)]:
        assert "<img src=x" not in admin.get(path).content.decode(), path


@pytest.mark.parametrize("who", ["anonymous", "charlie", "viewer"])
def test_who_may_not_add_hands_nothing_in(charlie: User, staff: Callable[..., Client], who: str) -> None:
    clients = {"anonymous": Client, "charlie": lambda: logged_in(charlie)}
    client = clients[who]() if who in clients else staff("knowledge.view_document")
    for response in (client.get(UPLOAD), send(client, file("a.md"))):
        assert response.status_code in {302, 403}
    assert not Document.objects.exists()


def test_the_file_is_read_before_it_replaces_the_text(admin: Client) -> None:
    document = publish_document(slug="parking", title="Parking", language="en", body="Park before the house.")
    response = admin.post(own(document, "replace"), {"file": file("parking.txt", b"Park behind the kangaroo.")})
    assert response["Location"] == own(document, "change")
    assert search("where to park", language="en").passages[0].text == "Park before the house."
    work_all()
    assert search("kangaroo", language="en").passages[0].title == "Parking"
    assert Revision.objects.filter(document=document).count() == 2


def test_a_bad_replacement_is_named_and_changes_nothing(admin: Client) -> None:
    document = publish_document(slug="parking", title="Parking", language="en", body="Park before the house.")
    page = admin.post(own(document, "replace"), {"file": file("a.zip", b"PK\x03\x04")}).content.decode()
    assert "a.zip: This is an archive." in page
    assert "Choose a file." in admin.post(own(document, "replace")).content.decode()
    document.refresh_from_db()
    assert document.state == DocumentState.READY


def test_a_draft_stays_a_draft_when_its_file_is_replaced(admin: Client) -> None:
    document = Document.objects.create(slug="d", title="D", language="en", body="x", published=False)
    admin.post(own(document, "replace"), {"file": file("d.txt", b"Kangaroos.")})
    work_all()
    document.refresh_from_db()
    assert (document.body.strip(), document.published) == ("Kangaroos.", False)


def test_the_page_says_what_is_wrong_and_tries_again(admin: Client, broken: Document) -> None:
    page = admin.get(own(broken, "change")).content.decode()
    assert "The file is damaged" in page
    assert 'title="The file is damaged' in admin.get("/admin/knowledge/document/?state=failed").content.decode()
    admin.post(own(broken, "read_again"))
    broken.refresh_from_db()
    assert (broken.state, broken.error, broken.attempts) == (DocumentState.WAITING, "", 0)
    admin.post(own(broken, "read_again"))
    broken.refresh_from_db()
    assert broken.state == DocumentState.WAITING


def test_what_reading_lost_is_said_in_words(admin: Client) -> None:
    document = publish_document(slug="a", title="A", language="en", body="x", extra={"notes": ["pictures_left_out"]})
    assert "Pictures were left out" in admin.get(own(document, "change")).content.decode()


def test_the_original_is_a_download_and_nothing_that_a_browser_opens(admin: Client) -> None:
    content = b"<html><body><script>alert(1)</script><p>Text</p></body></html>"
    document = upload_document(content, name='page "1".html')
    response = admin.get(own(document, "original"))
    assert b"".join(response.streaming_content) == content
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]


def test_a_file_that_is_gone_is_not_found(admin: Client, broken: Document) -> None:
    broken.original.storage.delete(broken.original.name)
    assert admin.get(own(broken, "original")).status_code == 404
    plain = publish_document(slug="a", title="A", language="en", body="x")
    assert admin.get(own(plain, "original")).status_code == 404


def test_viewers_fetch_and_change_nothing(staff: Callable[..., Client], broken: Document) -> None:
    client = staff("knowledge.view_document")
    assert client.get(own(broken, "original")).status_code == 200
    assert client.get(own(broken, "text")).status_code == 200
    assert client.get(own(broken, "replace")).status_code == 403
    assert client.post(own(broken, "replace"), {"file": file("a.md")}).status_code == 403
    assert client.post(own(broken, "read_again")).status_code == 403
    page = client.get(own(broken, "change")).content.decode()
    assert "Replace the file" not in page
    broken.refresh_from_db()
    assert broken.state == DocumentState.FAILED


def test_outsiders_fetch_nothing(client: Client, charlie: User, broken: Document, staff: Callable[..., Client]) -> None:
    pages = ["original", "text", "replace"]
    for who in (client, logged_in(charlie)):
        assert {who.get(own(broken, page)).status_code for page in pages} == {302}
        assert who.post(own(broken, "read_again")).status_code == 302
    porter = staff("chat.view_turn")
    assert {porter.get(own(broken, page)).status_code for page in pages} == {403}


def test_badges_are_told_as_they_are_now(admin: Client, client: Client) -> None:
    document = upload_document(b"Text.", name="a.txt")
    url = reverse("admin:knowledge_document_states")
    page = admin.get("/admin/knowledge/document/").content.decode()
    assert f'data-live="{document.pk}"' in page
    assert "data-busy" in page
    Document.objects.filter(pk=document.pk).update(state="reading", done=1, total=4)
    answer = admin.get(url, {"id": [str(document.pk), "nonsense"]}).json()
    assert "25 %" in answer[str(document.pk)]
    work_all()
    Document.objects.filter(pk=document.pk).update(state="ready", published=True)
    assert "data-busy" not in admin.get(url, {"id": str(document.pk)}).json()[str(document.pk)]
    assert client.get(url).status_code == 302
