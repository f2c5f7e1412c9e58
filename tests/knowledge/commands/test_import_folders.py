"""`manage.py import_knowledge FOLDER`: thorough, repeatable, careful with what people have done."""

import json
import signal

import pytest
from django.core.management import CommandError

from knowledge.importing import importer
from knowledge.models import Document, PendingVector
from knowledge.search import search
from knowledge.services import publish_document, unpublish_document
from tests.knowledge.commands.conftest import imported, run, write
from tests.knowledge.files import FILES

pytestmark = pytest.mark.django_db
NOTHING_NEW = "0 new, 0 changed, 4 unchanged, 0 failed, 0 removed"


def test_a_folder_becomes_a_collection(folder):
    assert imported(folder) == "4 new, 0 changed, 0 unchanged, 0 failed, 0 removed"
    pay = Document.objects.get(slug="pay-en")
    assert (pay.title, pay.position, pay.source, pay.collection) == ("Your pay", 5, "handbook/en/pay.md", "handbook")
    assert pay.body == "# Pay\n\nSalaries are paid monthly.\n"
    assert [tag.name for tag in pay.tags.all()] == ["money", "people"]
    assert Document.objects.get(slug="otpusk-ru").title == "Отпуск"
    assert Document.objects.get(slug="rules").language == "en"
    assert search("when are salaries paid").answered


def test_links_between_files_become_links_between_pages(folder):
    imported(folder)
    body = Document.objects.get(slug="holidays-en").body
    assert "[pay](/guide/pay-en#when) and [rules](/guide/rules)" in body


def test_every_format_is_imported_with_its_original(tmp_path):
    for number, (name, content) in enumerate(FILES.items()):
        write(tmp_path / "mixed" / f"{number}-{name}", content)
    write(tmp_path / "mixed" / "picture.png", b"\x89PNG")
    write(tmp_path / "mixed" / ".git" / "notes.md", "# Hidden")
    assert imported(tmp_path / "mixed").startswith("6 new, 0 changed, 0 unchanged, 0 failed")
    assert all("Harbour" in document.body for document in Document.objects.all())
    kept = Document.objects.exclude(original="")
    assert sorted(kept.values_list("format", flat=True)) == ["csv", "docx", "html", "pdf"]
    assert kept.get(format="pdf").original.read() == FILES["harbour.pdf"]


def test_a_second_import_reads_and_writes_nothing(folder, monkeypatch):
    imported(folder)
    before = list(Document.objects.values_list("pk", "updated_at", "edition"))
    monkeypatch.setattr(importer, "read_text", None)
    assert imported(folder) == NOTHING_NEW
    assert list(Document.objects.values_list("pk", "updated_at", "edition")) == before


def test_changed_files_replace_what_they_were(folder):
    imported(folder)
    write(folder / "rules.md", "# Rules\n\nPlease close the window.\n")
    assert imported(folder) == "0 new, 1 changed, 3 unchanged, 0 failed, 0 removed"
    assert "window" in Document.objects.get(slug="rules").body


def test_files_that_are_gone_are_told_and_taken_out_only_when_asked(folder):
    imported(folder)
    (folder / "rules.md").unlink()
    assert imported(folder).endswith("0 removed, 1 gone from their source (--prune takes them out)")
    assert Document.objects.get(slug="rules").published
    assert imported(folder, "--prune") == "0 new, 0 changed, 3 unchanged, 0 failed, 1 removed"
    assert not Document.objects.get(slug="rules").published
    write(folder / "rules.md", "# Rules\n\nPlease lock the door.\n")
    assert imported(folder) == "0 new, 1 changed, 3 unchanged, 0 failed, 0 removed"
    assert Document.objects.get(slug="rules").published


def test_a_single_file_says_nothing_about_the_others(folder):
    imported(folder)
    assert imported(folder / "rules.md", "--collection", "handbook", "--prune").startswith("0 new, 0 changed, 1 unch")
    assert Document.objects.filter(published=True).count() == 4


def test_what_a_person_changed_is_kept_unless_forced(folder):
    imported(folder)
    rules = Document.objects.get(slug="rules")
    publish_document(slug="rules", title="Rules", language="en", body="Mine.", source=rules.source)
    assert imported(folder) == NOTHING_NEW
    write(folder / "rules.md", "# Rules\n\nTheirs.\n")
    assert imported(folder).endswith("0 removed, 1 kept as people left them")
    assert Document.objects.get(slug="rules").body == "Mine."
    assert imported(folder, "--force").startswith("0 new, 1 changed")
    assert "Theirs." in Document.objects.get(slug="rules").body


def test_what_a_person_took_off_the_site_stays_off(folder):
    imported(folder)
    unpublish_document(Document.objects.get(slug="rules"))
    write(folder / "rules.md", "# Rules\n\nTheirs.\n")
    assert imported(folder).endswith("1 kept as people left them")
    assert not Document.objects.get(slug="rules").published
    imported(folder, "--force")
    assert Document.objects.get(slug="rules").published


def test_a_collection_of_import_docs_is_taken_over(folder):
    (folder / "ru" / "отпуск.md").unlink()
    run("import_docs", folder)
    assert imported(folder) == "1 new, 2 changed, 0 unchanged, 0 failed, 0 removed"
    assert imported(folder) == "0 new, 0 changed, 3 unchanged, 0 failed, 0 removed"


def test_a_dry_run_writes_nothing_and_names_what_is_wrong(folder):
    write(folder / "bad.md", "---\nposition: first\n---\n# Bad\n\nText.\n")
    with pytest.raises(CommandError):
        imported(folder, "--dry-run")
    assert not Document.objects.exists()
    (folder / "bad.md").unlink()
    assert imported(folder, "--dry-run") == (
        "4 new, 0 changed, 0 unchanged, 0 failed, 0 removed (dry run, nothing was written)"
    )
    imported(folder)
    before = list(Document.objects.order_by("pk").values())
    (folder / "rules.md").unlink()
    write(folder / "en" / "pay.md", "# Pay\n\nDaily.\n")
    assert imported(folder, "--dry-run", "--prune", "--tag", "x").startswith(
        "0 new, 3 changed, 0 unchanged, 0 failed, 1"
    )
    assert list(Document.objects.order_by("pk").values()) == before


def test_drafts_wait_for_a_person_and_stay_drafts(folder):
    imported(folder, "--draft")
    assert not Document.objects.filter(published=True).exists()
    assert imported(folder, "--draft") == NOTHING_NEW
    assert imported(folder) == "0 new, 4 changed, 0 unchanged, 0 failed, 0 removed"
    assert Document.objects.filter(published=True).count() == 4


def test_a_file_may_say_that_it_is_not_to_be_seen(folder):
    imported(folder)
    write(folder / "rules.md", "---\npublished: false\n---\n# Rules\n\nSecret.\n")
    imported(folder)
    assert not Document.objects.get(slug="rules").published
    assert imported(folder) == NOTHING_NEW


def test_tags_and_audience_are_set_also_on_unchanged_files(folder):
    imported(folder)
    assert imported(folder, "--tag", "staff", "--scope", "assistant") == (
        "0 new, 4 changed, 0 unchanged, 0 failed, 0 removed"
    )
    pay = Document.objects.get(slug="pay-en")
    assert [tag.name for tag in pay.tags.all()] == ["money", "people", "staff"]
    assert not search("when are salaries paid").answered
    assert search("when are salaries paid", scope="assistant").answered
    assert imported(folder, "--tag", "staff", "--scope", "assistant") == NOTHING_NEW


def test_the_language_and_the_collection_can_be_named(folder):
    imported(folder / "rules.md", "--collection", "house", "--language", "ru")
    document = Document.objects.get()
    assert (document.source, document.language, document.slug) == ("house/rules.md", "ru", "rules-ru")


def test_a_bad_file_is_reported_and_the_rest_goes_on(folder, tmp_path):
    write(folder / "broken.pdf", b"%PDF-1.7 nothing")
    write(folder / "empty.md", "")
    write(folder / "odd.md", "---\nslug: two words\n---\n# Odd\n\nText.\n")
    report = tmp_path / "report.json"
    with pytest.raises(CommandError, match="could not be imported: 3") as failure:
        imported(folder, "--report", report)
    assert failure.value.returncode == 1
    found = json.loads(report.read_text())
    reasons = {entry["file"]: entry["reason"] for entry in found["failed"]}
    assert "damaged" in reasons["handbook/broken.pdf"]
    assert "no text" in reasons["handbook/empty.md"]
    assert reasons["handbook/odd.md"].startswith("slug: ")
    assert len(found["new"]) == 4 and found["seconds"] >= 0 and not found["dry_run"]


def test_another_documents_slug_is_not_taken_over(folder):
    publish_document(slug="pay-en", title="Mine", language="en", body="Mine.", source="")
    write(folder / "named.md", "---\nslug: pay-en\n---\n# Named\n\nText.\n")
    with pytest.raises(CommandError):
        imported(folder)
    assert Document.objects.get(slug="pay-en").title == "Mine"
    assert Document.objects.get(source="handbook/en/pay.md").slug.startswith("pay-en-")
    assert not Document.objects.filter(title="Named").exists()


def test_ctrl_c_ends_after_the_file_and_the_next_run_goes_on(folder, monkeypatch):
    real = importer.store

    def interrupted(*args):
        signal.raise_signal(signal.SIGINT)
        return real(*args)

    monkeypatch.setattr(importer, "store", interrupted)
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(CommandError, match="goes on") as ended:
        imported(folder, "--prune")
    assert ended.value.returncode == 130
    assert signal.getsignal(signal.SIGINT) is handler
    assert Document.objects.filter(published=True).count() == 1
    monkeypatch.setattr(importer, "store", real)
    assert imported(folder) == "3 new, 0 changed, 1 unchanged, 0 failed, 0 removed"


def test_everything_is_indexed_when_one_waits(folder, monkeypatch):
    monkeypatch.setattr("knowledge.services.documents.AT_ONCE", 500)
    write(folder / "long.md", "# Long\n\n" + "\n\n".join(f"## Part {n}\n\nWords of part {n}." for n in range(60)))
    imported(folder)
    assert Document.objects.get(slug="long").state == "indexing" and PendingVector.objects.exists()
    imported(folder, "--wait")
    assert Document.objects.get(slug="long").state == "ready" and not PendingVector.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--scope", "nobody"], "--scope: there is no scope 'nobody'"),
        (["--split"], "--split goes with --qa"),
        (["--collection", "a/b"], "--collection"),
        (["--tag", "x" * 51], "--tag"),
        (["--language", "fr"], "--language"),
        (["--collection", "guide"], "imported: 1"),
    ],
)
def test_options_that_make_no_sense_are_named(folder, arguments, message):
    with pytest.raises(CommandError, match=message):
        imported(folder, *arguments)
    assert not Document.objects.exists()


def test_sources_without_documents_are_named(tmp_path):
    (tmp_path / "empty").mkdir()
    for source in ("missing", "empty"):
        with pytest.raises(CommandError, match="imported: 1"):
            run("import_knowledge", tmp_path / source)


def test_a_look_at_many_unchanged_files_takes_few_queries(folder, django_assert_max_num_queries):
    for number in range(30):
        write(folder / f"page-{number}.md", f"# Page {number}\n\nText {number}.\n")
    imported(folder)
    with django_assert_max_num_queries(10):
        assert imported(folder).startswith("0 new, 0 changed, 34 unchanged")
