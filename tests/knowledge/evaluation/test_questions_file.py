"""Test questions from a CSV file: all of it or nothing, and what is wrong is named by line and column."""

import pytest

from knowledge.evaluation.questions import BadQuestions, Imported, import_questions, read_questions
from knowledge.models import TestQuestion
from tests.knowledge.conftest import publish

HEADER = "question,language,documents,answerable\n"


def written(tmp_path, text, *, encoding="utf-8"):
    path = tmp_path / "questions.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_documents_are_named_by_slug_or_file_name(base, tmp_path):
    publish("sample-parking-ru", title="П", language="ru", source="house/ru/parking.md")
    path = written(tmp_path, HEADER + "Where to park?,en,parking|lunch,yes\nГде обед?,ru,,no\n")
    assert import_questions(read_questions(path)) == Imported(added=2)
    slugs = TestQuestion.objects.get(language="en").documents.values_list("slug", flat=True)
    assert set(slugs) == {"parking", "lunch"}
    assert not TestQuestion.objects.get(language="ru").answerable


def test_a_file_name_means_the_document_in_each_language(base, tmp_path):
    for language in ("en", "ru"):
        publish(f"doors-{language}", title="Doors", language=language, source=f"house/{language}/doors.md")
    path = written(tmp_path, HEADER + "Which doors?,en,doors,yes\n")
    import_questions(read_questions(path))
    assert TestQuestion.objects.get().documents.count() == 2


def test_a_second_import_changes_nothing(base, tmp_path):
    path = written(tmp_path, "\ufeff" + HEADER + "Where to park?,en,parking,yes\n")
    import_questions(read_questions(path))
    assert import_questions(read_questions(path)) == Imported()


def test_a_changed_row_is_brought_up_to_date(base, tmp_path):
    import_questions(read_questions(written(tmp_path, HEADER + "Where?,en,parking,yes\n")))
    changed = read_questions(written(tmp_path, HEADER + "Where?,en,lunch,yes\n"))
    assert import_questions(changed) == Imported(changed=1)
    assert [document.slug for document in TestQuestion.objects.get().documents.all()] == ["lunch"]


def test_replacing_removes_the_others(questions, tmp_path):
    rows = read_questions(written(tmp_path, HEADER + "Where do visitors park?,en,parking,yes\n"))
    assert import_questions(rows, replace=True) == Imported(removed=5)
    assert TestQuestion.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("question,language\nWhere?,en\n", "line 1: column 'documents' is missing"),
        (HEADER + "Where?,en,parking,yes\n,en,,no\n", "line 3, column 'question'"),
        (HEADER + "W" * 501 + ",en,,no\n", "line 2, column 'question'"),
        (HEADER + "Where?,de,parking,yes\n", "line 2, column 'language': must be one of en, ru"),
        (HEADER + "Where?,en,cellar,yes\n", "line 2, column 'documents': there is no document 'cellar'"),
        (HEADER + "Where?,en,,yes\n", "line 2, column 'documents': names none"),
        (HEADER + "Where?,en,parking,no\n", "line 2, column 'documents': must be empty"),
        (HEADER + "Where?,en,parking,maybe\n", "line 2, column 'answerable': must be yes or no, not 'maybe'"),
        (
            HEADER + "Where?,en,parking,yes\nWhere?,en,lunch,yes\n",
            r"line 3, column 'question': 'Where\?' is there twice",
        ),
        ("", "line 1: column 'question' is missing"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(base, tmp_path, text, message):
    with pytest.raises(BadQuestions, match=message):
        read_questions(written(tmp_path, text))
    assert not TestQuestion.objects.exists()


def test_another_encoding_and_a_missing_file_are_errors(base, tmp_path):
    with pytest.raises(BadQuestions, match="UTF-8"):
        read_questions(written(tmp_path, HEADER + "Где?,ru,,no\n", encoding="cp1251"))
    with pytest.raises(BadQuestions, match="cannot be read"):
        read_questions(tmp_path / "nowhere.csv")
