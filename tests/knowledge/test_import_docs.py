"""`manage.py import_docs`: idempotent, thorough, quick when there is nothing to do."""

import io
import sys
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from knowledge.folder import GUIDE
from knowledge.models import Document
from knowledge.services import publish_document, unpublish_document

pytestmark = pytest.mark.django_db


def run(*args: object, **options: object) -> str:
    out = io.StringIO()
    call_command("import_docs", *args, stdout=out, **options)
    return out.getvalue()


def summary(output: str) -> str:
    return output.splitlines()[-1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "handbook"
    (root / "en").mkdir(parents=True)
    (root / "ru").mkdir()
    (root / "en" / "holidays.md").write_text("# Holidays\n\nAsk your manager. See [pay](pay.md#when).\n")
    (root / "en" / "pay.md").write_text("---\ntitle: Your pay\nposition: 5\n---\n# Pay\n\nMonthly.\n")
    (root / "ru" / "holidays.md").write_text("# Отпуск\n\nСпросите руководителя.\n")
    return root


def test_all_files_become_documents(folder):
    output = run(folder)
    assert "new        handbook/en/holidays.md" in output
    assert summary(output) == "Documents: 3 new, 0 changed, 0 unchanged, 0 removed"
    holidays = Document.objects.get(slug="holidays-en")
    assert (holidays.title, holidays.language, holidays.source) == ("Holidays", "en", "handbook/en/holidays.md")
    pay = Document.objects.get(slug="pay-en")
    assert (pay.title, pay.position, pay.body) == ("Your pay", 5, "# Pay\n\nMonthly.\n")
    assert Document.objects.get(slug="holidays-ru").title == "Отпуск"


def test_links_between_files_become_links_between_pages(folder):
    run(folder)
    assert "See [pay](/guide/pay-en#when)." in Document.objects.get(slug="holidays-en").body


def test_a_second_import_changes_nothing(folder):
    run(folder)
    before = list(Document.objects.values_list("pk", "updated_at"))
    assert summary(run(folder)) == "Documents: 0 new, 0 changed, 3 unchanged, 0 removed"
    assert list(Document.objects.values_list("pk", "updated_at")) == before


def test_changed_files_are_published_anew_and_missing_ones_taken_out(folder):
    run(folder)
    (folder / "en" / "holidays.md").write_text("# Holidays\n\nAs many as you like.\n")
    (folder / "en" / "pay.md").unlink()
    assert summary(run(folder)) == "Documents: 0 new, 1 changed, 1 unchanged, 1 removed"
    assert "As many" in Document.objects.get(slug="holidays-en").body
    assert not Document.objects.get(slug="pay-en").published


def test_a_file_that_returns_is_published_again(folder):
    run(folder)
    text = (folder / "en" / "pay.md").read_text()
    (folder / "en" / "pay.md").unlink()
    run(folder)
    (folder / "en" / "pay.md").write_text(text)
    assert summary(run(folder)) == "Documents: 0 new, 1 changed, 2 unchanged, 0 removed"
    assert Document.objects.get(slug="pay-en").published


def test_what_a_person_took_out_stays_out(folder):
    run(folder)
    unpublish_document(Document.objects.get(slug="pay-en"))
    (folder / "en" / "pay.md").write_text("# Pay\n\nDoubled.\n")
    assert summary(run(folder)) == "Documents: 0 new, 0 changed, 3 unchanged, 0 removed"
    assert not Document.objects.get(slug="pay-en").published


def test_what_a_person_changed_stays_until_the_file_changes(folder):
    run(folder)
    pay = Document.objects.get(slug="pay-en")
    publish_document(slug="pay-en", title="Pay", language="en", body="Weekly.", source=pay.source)
    assert summary(run(folder)) == "Documents: 0 new, 0 changed, 3 unchanged, 0 removed"
    assert Document.objects.get(slug="pay-en").body == "Weekly."
    (folder / "en" / "pay.md").write_text("# Pay\n\nDaily.\n")
    assert summary(run(folder)) == "Documents: 0 new, 1 changed, 2 unchanged, 0 removed"
    assert Document.objects.get(slug="pay-en").body == "# Pay\n\nDaily.\n"


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(folder):
    assert summary(run(folder, "--dry-run")).endswith("(dry run, nothing was written)")
    assert not Document.objects.exists()
    run(folder)
    (folder / "en" / "pay.md").unlink()
    assert "removed    handbook/en/pay.md" in run(folder, dry_run=True)
    assert Document.objects.filter(published=True).count() == 3


def test_other_collections_are_left_alone(folder):
    publish_document(slug="mine", title="Mine", language="en", body="Text.", source="")
    run()
    run(folder)
    assert Document.objects.get(slug="mine").published
    assert Document.objects.filter(source__startswith="guide/", published=True).count() == len(
        list(GUIDE.rglob("*.md"))
    )


def test_windows_files_with_a_byte_order_mark_are_read(folder):
    (folder / "en" / "pay.md").write_bytes("\ufeff---\r\ntitle: Pay\r\n---\r\n\r\nMonthly.\r\n".encode())
    run(folder)
    document = Document.objects.get(slug="pay-en")
    assert (document.title, document.body) == ("Pay", "Monthly.\n")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("en/bad.md", b"\xff\xfe broken", "cannot be read as UTF-8"),
        ("ru/отпуск.md", b"# x", "put a slug into its front matter"),
        ("en/x.md", b"---\nposition: first\n---\n# x", "position must be a whole number"),
        ("en/x.md", b"---\nslug: holidays-en\n---\n# x", "is taken by handbook/en/holidays.md"),
    ],
)
def test_a_file_that_makes_no_sense_stops_the_import_with_its_name(folder, name, content, message):
    (folder / name).write_bytes(content)
    with pytest.raises(CommandError, match=message) as failure:
        run(folder)
    assert name in str(failure.value)
    assert not Document.objects.exists()


def test_a_slug_of_another_document_is_not_taken_over(folder):
    publish_document(slug="pay-en", title="Mine", language="en", body="Text.", source="")
    with pytest.raises(CommandError, match="taken by a document from the admin"):
        run(folder)
    assert Document.objects.get(slug="pay-en").title == "Mine"


def test_a_folder_without_documents_is_refused(tmp_path):
    with pytest.raises(CommandError, match="sub-folder named en or ru"):
        run(tmp_path)
    with pytest.raises(CommandError, match="sub-folder"):
        run(tmp_path / "missing")


def test_the_guides_name_cannot_be_used_by_another_folder(tmp_path):
    with pytest.raises(CommandError, match="rename the folder"):
        run(tmp_path / "guide")


def test_an_import_with_nothing_to_do_is_quick_and_loads_no_dictionary(monkeypatch, django_assert_num_queries):
    run()
    # A module that is None cannot be imported.
    for name in ("pymorphy3", "snowballstemmer"):
        monkeypatch.setitem(sys.modules, name, None)
    started = time.perf_counter()
    with django_assert_num_queries(1):
        output = run()
    assert time.perf_counter() - started < 0.1
    assert "0 new, 0 changed" in output
