"""What is exported can be imported again, and is the same."""

import json
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError

from knowledge.indexing.work import work_all
from knowledge.models import Document
from knowledge.search import search
from knowledge.services import publish_document, unpublish_document
from knowledge.services.editing import create_document
from knowledge.services.uploads import upload_document
from tests.knowledge.commands.conftest import imported, run, write
from tests.knowledge.conftest import publish
from tests.knowledge.files import FILES

pytestmark = pytest.mark.django_db
FIELDS = (
    "slug title language body source collection position published format places notes address original_name"
).split()


@pytest.fixture
def base(db):
    """Documents of every kind."""
    publish(title='Борщ: "лучший"\\n # суп', body="\n\n---\nslug: x\n---\n# Борщ\n\nтекст  \n", tags=["супы", "a, b"])
    publish("secret", scopes=["assistant", "widget"], position=7, extra={"address": "https://example.com/x"})
    unpublish_document(publish("withheld"))
    create_document(title="Draft", body="Some text", language="en", publish=False)
    upload_document(ContentFile(FILES["harbour.pdf"]), name="The harbour.pdf", tags=["sea"])
    publish_document(slug="same-source", title="T", language="en", body="One.", source="")
    work_all()
    return state()


def state():
    found = {}
    for document in Document.objects.prefetch_related("tags", "audiences"):
        values = {name: getattr(document, name) for name in FIELDS} | {"withheld": document.is_withheld}
        values["tags"] = sorted(tag.name for tag in document.tags.all())
        values["scopes"] = sorted(audience.scope for audience in document.audiences.all())
        values["original"] = document.original.read() if document.original else b""
        found[document.slug] = values
    return found


@pytest.mark.parametrize("target", ["export", "export.zip"])
def test_an_export_gives_the_same_documents(base, tmp_path, target):
    run("export_knowledge", tmp_path / target, "--originals")
    Document.objects.all().delete()
    assert imported(tmp_path / target) == "6 new, 0 changed, 0 unchanged, 0 failed, 0 removed"
    assert state() == base
    assert search("when does the harbour office open").passages[0].place == "1"
    assert imported(tmp_path / target) == "0 new, 0 changed, 6 unchanged, 0 failed, 0 removed"


def test_an_export_says_nothing_new_where_it_was_made(base, tmp_path):
    run("export_knowledge", tmp_path / "export.zip", "--originals")
    assert imported(tmp_path / "export.zip") == "0 new, 0 changed, 6 unchanged, 0 failed, 0 removed"
    assert state() == base


def test_files_are_readable_and_the_manifest_names_them(borscht, tmp_path):
    run("export_knowledge", tmp_path / "out")
    text = (tmp_path / "out" / "ru" / "borscht.md").read_text()
    assert text.startswith('---\ntitle: "Борщ"\nslug: "borscht"\nlanguage: "ru"\n')
    assert 'source: "test/ru/borscht.md"' in text and text.endswith(borscht.body)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [fact["path"] for fact in manifest["documents"]] == ["ru/borscht.md"]


def test_originals_are_left_out_unless_asked_for(base, tmp_path):
    run("export_knowledge", tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert not [name for name in archive.namelist() if "original" in name]


def test_a_part_can_be_exported(base, tmp_path):
    publish("other", source="other/ru/other.md")
    assert "Documents: 1 exported" in run("export_knowledge", tmp_path / "a", "--collection", "other")
    assert "Documents: 3 exported" in run("export_knowledge", tmp_path / "b", "--language", "en")


def test_what_is_there_is_not_overwritten(borscht, tmp_path):
    write(tmp_path / "full" / "note.txt", "mine")
    write(tmp_path / "full.zip", "mine")
    for name in ("full", "full.zip", "full/note.txt"):
        with pytest.raises(CommandError):
            run("export_knowledge", tmp_path / name)
    assert (tmp_path / "full.zip").read_text() == "mine"


def test_an_original_that_is_gone_does_not_stop_the_export(base, tmp_path):
    document = Document.objects.exclude(original="").get()
    document.original.storage.delete(document.original.name)
    assert "6 exported" in run("export_knowledge", tmp_path / "out", "--originals")


@pytest.mark.parametrize(
    "change",
    [
        {"documents": "x"},
        {"version": 2},
        {"documents": [1]},
        {"documents": [{"path": "../../etc/passwd", "slug": "x", "source": ""}]},
        {"documents": [{"path": "ru/borscht.md", "slug": "x", "source": "", "original": "/etc/passwd"}]},
        {"documents": [{"path": "ru/borscht.md", "slug": "x", "source": "", "places": [["a"]]}]},
        {"documents": [{"path": "ru/borscht.md", "slug": "x", "source": "", "format": "exe"}]},
    ],
)
def test_a_manifest_that_was_meddled_with_is_refused(borscht, tmp_path, change):
    run("export_knowledge", tmp_path / "out")
    path = tmp_path / "out" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    before = state()
    with pytest.raises(CommandError, match="imported: 1"):
        run("import_knowledge", tmp_path / "out")
    assert state() == before
