"""Files over REST: handed in, read by a worker, and given back."""

import io

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import AsyncClient

from knowledge.api import files
from knowledge.indexing.work import work_all
from knowledge.models import Document
from knowledge.search import search
from knowledge.services.uploads import upload_document
from tests.knowledge.api.conftest import ROOT, as_user, one, with_key
from tests.knowledge.files import FILES

pytestmark = pytest.mark.django_db
UPLOAD = f"{ROOT}/documents/upload"


def hand_in(user, name="отпуск.md", content=b"", **values):
    file = SimpleUploadedFile(name, content or "# Отпуск\n\nОтпуск длится двадцать восемь дней.\n".encode())
    return as_user(user).post(UPLOAD, {"file": file} | values, format="multipart")


def test_a_file_is_taken_in_and_read_by_a_worker(staff):
    answer = hand_in(staff, tags=["pay", "rest"], scopes=["assistant"])
    assert answer.status_code == 202
    url = answer.json()["status_url"]
    assert answer["Location"] == url
    client = as_user(staff)
    assert client.get(url).json()["state"] == "waiting"
    work_all()
    status = client.get(url).json()
    assert (status["state"], status["published"], status["error"]) == ("ready", True, None)
    assert (status["passages"], status["vectors_pending"], status["percent"]) == (1, 0, 100)
    document = client.get(f"{ROOT}/documents/{status['id']}").json()
    assert (document["title"], document["language"], document["tags"]) == ("Отпуск", "ru", ["pay", "rest"])
    assert search("сколько длится отпуск", scope="assistant").answered


@pytest.mark.parametrize(
    ("text", "language"),
    [("# Notes\n\nsudo apt install postgresql\n", "ru"), ("# Слова\n\nдом, дорога, мука, замок\n", "en")],
)
def test_a_language_that_is_named_counts_for_more_than_the_letters(staff, text, language):
    made = hand_in(staff, "notes.md", text.encode(), language=language).json()["document"]
    work_all()
    assert Document.objects.get(pk=made["id"]).language == language


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_format_is_read(staff, name):
    answer = hand_in(staff, name, FILES[name])
    work_all()
    status = as_user(staff).get(answer.json()["status_url"]).json()
    assert (status["state"], status["error"]) == ("ready", None)
    text = as_user(staff).get(f"{ROOT}/documents/{status['id']}/text")
    assert text["Content-Type"] == "text/markdown; charset=utf-8"
    assert "Harbour" in text.content.decode()


def test_a_draft_is_read_and_waits_for_a_person(staff):
    answer = hand_in(staff, publish="false")
    work_all()
    status = as_user(staff).get(answer.json()["status_url"]).json()
    assert (status["state"], status["published"], status["passages"]) == ("ready", False, 0)


def test_what_is_waiting_can_still_be_published_or_withheld(staff):
    document = Document.objects.get(pk=hand_in(staff, publish="false").json()["document"]["id"])
    client = as_user(staff)
    for verb, wanted in (("publish", True), ("unpublish", False), ("publish", True)):
        assert client.post(one(document, f"/{verb}")).status_code == 200
        document.refresh_from_db()
        assert (document.state, document.publish_when_read) == ("waiting", wanted)
    work_all()
    assert search("сколько длится отпуск").answered


def test_a_new_file_of_a_document_that_is_taken_off_the_site_is_read_as_a_draft(staff, borscht):
    upload_document(b"# Other\n\nAnother text.\n", name="other.md", document=borscht)
    assert as_user(staff).post(one(borscht, "/unpublish")).json()["state"] == "waiting"
    work_all()
    borscht.refresh_from_db()
    assert (borscht.published, borscht.state, borscht.body) == (False, "ready", "# Other\n\nAnother text.")


def test_the_file_goes_with_its_document(staff, django_capture_on_commit_callbacks):
    document = Document.objects.get(pk=hand_in(staff).json()["document"]["id"])
    storage, name = document.original.storage, document.original.name
    with django_capture_on_commit_callbacks(execute=True):
        as_user(staff).delete(one(document))
    assert not storage.exists(name)


def test_a_file_that_cannot_be_read_says_why(staff):
    answer = hand_in(staff, "broken.pdf", b"%PDF-1.7 and nothing more")
    work_all()
    error = as_user(staff).get(answer.json()["status_url"]).json()["error"]
    assert error["code"] == "broken" and "damaged" in error["message"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("song.mp3", b"ID3\x03"),
        ("files.zip", b"PK\x03\x04...."),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("page.exe", b"MZ\x00"),
    ],
)
def test_a_file_of_no_known_kind_is_refused(staff, name, content):
    answer = hand_in(staff, name, content)
    assert answer.status_code == 422 and answer.json()["detail"].startswith("file: ")
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [({"language": "fr"}, "language"), ({"title": "x" * 201}, "title"), ({"scopes": "nobody"}, "scopes"),
     ({"publish": "x"}, "publish")],
)  # fmt: skip
def test_bad_fields_are_named(staff, values, field):
    answer = hand_in(staff, **values)
    assert answer.status_code == 422 and answer.json()["detail"].startswith(f"{field}: ")
    assert not Document.objects.exists()


def test_a_form_without_a_file_and_no_form_at_all_are_refused(staff):
    client = as_user(staff)
    missing = client.post(UPLOAD, {"title": "x"}, format="multipart")
    assert missing.status_code == 422 and missing.json()["detail"].startswith("file: ")
    text = client.post(UPLOAD, {"file": "x"}, format="multipart")
    assert text.status_code == 422 and text.json()["detail"].startswith("file: ")
    assert client.post(UPLOAD, {"file": "x"}, format="json").status_code == 415
    assert client.post(UPLOAD, b"nonsense", content_type="multipart/form-data; boundary=x").status_code == 422


def test_what_is_too_large_is_refused_before_it_is_read(staff, monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 10)
    monkeypatch.setattr(files, "FORM_BYTES", 100)
    answer = hand_in(staff, content=b"x" * 1000)
    assert answer.status_code == 413
    assert not Document.objects.exists()


def test_a_file_above_the_limit_is_refused(staff, monkeypatch):
    monkeypatch.setattr("knowledge.services.uploads.MAX_BYTES", 10)
    answer = hand_in(staff, content=b"x" * 1000)
    assert answer.status_code == 413 and "too big" in answer.json()["detail"]
    assert not Document.objects.exists()


@pytest.mark.django_db(transaction=True)
async def test_the_original_comes_back_as_it_was(dana):
    content = "# Отпуск\n".encode() * 20_000
    made = await sync_to_async(hand_in)(dana, "Отпуск 1.md", content)
    client = AsyncClient()
    await client.aforce_login(dana)
    answer = await client.get(f"{ROOT}/documents/{made.json()['document']['id']}/original")
    pieces = [piece async for piece in answer]
    assert b"".join(pieces) == content and len(pieces) > 1
    assert answer["Content-Length"] == str(len(content))
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer["Content-Type"] == "application/octet-stream"
    # Of the thread that views run in.
    await sync_to_async(connections.close_all)()


def test_a_document_that_was_written_here_has_no_original(staff, borscht):
    assert as_user(staff).get(one(borscht, "/original")).status_code == 404


def test_an_original_that_is_gone_is_not_found(staff):
    document = Document.objects.get(pk=hand_in(staff).json()["document"]["id"])
    document.original.storage.delete(document.original.name)
    assert as_user(staff).get(one(document, "/original")).status_code == 404


def test_passages_are_paged_and_those_that_search_finds(charlie, borscht, django_assert_num_queries):
    with django_assert_num_queries(4):
        body = as_user(charlie).get(one(borscht, "/chunks")).json()
    assert body["total"] == 2
    assert [passage["heading"] for passage in body["passages"]] == ["", "Время варки"]
    last = with_key(charlie, "knowledge:read").get(one(borscht, "/chunks"), {"skip": 1, "limit": 1}).json()
    assert last["passages"] == body["passages"][1:]
    assert io.StringIO(last["passages"][0]["text"]).readline().startswith("Свёклу")
