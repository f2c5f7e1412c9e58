"""The sample help centre and its labelled questions are complete and agree with each other."""

import csv
from collections import Counter
from pathlib import Path

import pytest

import knowledge

SAMPLES = Path(knowledge.__path__[0]) / "samples"
LANGUAGES = ("en", "ru")
NAMES = {language: {path.stem for path in (SAMPLES / language).glob("*.md")} for language in LANGUAGES}


def questions():
    with (SAMPLES / "questions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def rows():
    return questions()


def test_there_are_thirty_documents_in_each_language_and_half_of_them_in_both():
    assert {language: len(names) for language, names in NAMES.items()} == {"en": 30, "ru": 30}
    assert len(NAMES["en"] & NAMES["ru"]) == 15


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("??/*.md")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_document_has_a_title_sections_and_a_usual_length(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert text.count("\n## ") >= 2
    assert 150 <= len(text.split()) <= 500


def test_the_table_is_well_formed(rows):
    assert list(rows[0]) == ["question", "language", "documents", "answerable"]
    for row in rows:
        assert row["question"] == row["question"].strip() != ""
        assert row["language"] in LANGUAGES
        assert row["answerable"] == ("yes" if row["documents"] else "no")


def test_every_named_document_exists(rows):
    named = {name for row in rows for name in row["documents"].split("|") if name}
    assert named <= NAMES["en"] | NAMES["ru"]


def test_every_document_is_asked_for(rows):
    named = {name for row in rows for name in row["documents"].split("|")}
    assert NAMES["en"] | NAMES["ru"] <= named


def test_no_question_is_there_twice(rows):
    assert [
        question for question, count in Counter(row["question"].casefold() for row in rows).items() if count > 1
    ] == []


def test_there_are_enough_questions_of_each_kind(rows):
    counts = Counter((row["language"], row["answerable"]) for row in rows)
    for language in LANGUAGES:
        assert counts[language, "yes"] >= 75
        assert counts[language, "no"] >= 55


def test_some_questions_are_answered_in_the_other_language_only(rows):
    elsewhere = [
        row for row in rows if row["documents"] and not set(row["documents"].split("|")) & NAMES[row["language"]]
    ]
    assert len(elsewhere) >= 20
    assert {row["language"] for row in elsewhere} == set(LANGUAGES)
