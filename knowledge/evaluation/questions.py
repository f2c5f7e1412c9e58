"""Test questions from a CSV file: question, language, documents, answerable (as in knowledge/samples/questions.csv)."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch, QuerySet

from knowledge.models import Document, TestQuestion
from knowledge.models.documents import LANGUAGES

COLUMNS = ("question", "language", "documents", "answerable")
YES_OR_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
LONGEST = 500


class BadQuestions(Exception):
    """A file that makes no sense; the message names row and column."""


@dataclass(frozen=True, slots=True)
class Row:
    question: str
    language: str
    documents: tuple[UUID, ...]
    answerable: bool


@dataclass(frozen=True, slots=True)
class Imported:
    """How many questions were new, changed and removed."""

    added: int = 0
    changed: int = 0
    removed: int = 0


def read_questions(path: Path, *, collection: str = "") -> list[Row]:
    """The rows of a file; raises BadQuestions. Documents are named by slug or by file name without ending.

    A file name that several languages have means the document in each of them; `collection` narrows file names.
    """
    names = _documents_by_name(collection)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            _check_header(path, reader.fieldnames or ())
            rows = list(_rows(reader, path.name, names))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadQuestions(f"{path}: cannot be read as a CSV file in UTF-8 ({error})") from error
    return rows


def _check_header(path: Path, names: Iterable[str]) -> None:
    missing = [column for column in COLUMNS if column not in names]
    if missing:
        raise BadQuestions(f"{path.name}, line 1: column {missing[0]!r} is missing; needed are {', '.join(COLUMNS)}")


def _rows(reader: "csv.DictReader[str]", name: str, names: dict[str, set[UUID]]) -> Iterator[Row]:
    seen: set[str] = set()
    for values in reader:
        place = f"{name}, line {reader.line_num}"
        row = _row(values, place, names)
        if row.question in seen:
            raise BadQuestions(f"{place}, column 'question': {row.question!r} is there twice")
        seen.add(row.question)
        yield row


def _row(values: dict[str, str | None], place: str, names: dict[str, set[UUID]]) -> Row:
    text = {column: (values.get(column) or "").strip().replace("\x00", "") for column in COLUMNS}
    if not text["question"] or len(text["question"]) > LONGEST:
        raise BadQuestions(f"{place}, column 'question': must have 1 to {LONGEST} characters")
    if text["language"] not in dict(LANGUAGES):
        raise BadQuestions(f"{place}, column 'language': must be one of {', '.join(dict(LANGUAGES))}")
    if text["answerable"].lower() not in YES_OR_NO:
        raise BadQuestions(f"{place}, column 'answerable': must be yes or no, not {text['answerable']!r}")
    answerable = YES_OR_NO[text["answerable"].lower()]
    return Row(text["question"], text["language"], _named(text["documents"], place, names, answerable), answerable)


def _named(text: str, place: str, names: dict[str, set[UUID]], answerable: bool) -> tuple[UUID, ...]:
    wanted = [name.strip() for name in text.split("|") if name.strip()]
    if bool(wanted) != answerable:
        problem = "names none, but the question is answerable" if answerable else "must be empty without an answer"
        raise BadQuestions(f"{place}, column 'documents': {problem}")
    for name in wanted:
        if name not in names:
            raise BadQuestions(f"{place}, column 'documents': there is no document {name!r}")
    return tuple(sorted({pk for name in wanted for pk in names[name]}))


def _documents_by_name(collection: str) -> dict[str, set[UUID]]:
    """Slugs win over file names."""
    rows = Document.objects.filter(**({"collection": collection} if collection else {}))
    slugs, stems = {}, defaultdict(set)
    for pk, slug, source in rows.values_list("pk", "slug", "source"):
        slugs[slug] = {pk}
        stems[PurePath(source).stem].add(pk)
    return {**stems, **slugs}


def import_questions(rows: Iterable[Row], *, replace: bool = False) -> Imported:
    """Adds and updates questions by their text; with `replace` those that are not among `rows` go. All or nothing."""
    wanted = {row.question: row for row in rows}
    with transaction.atomic():
        known = {found.question: found for found in all_questions()}
        outcomes = [_store(row, known.get(text)) for text, row in wanted.items()]
        gone = [found.pk for text, found in known.items() if text not in wanted] if replace else []
        TestQuestion.objects.filter(pk__in=gone).delete()
    return Imported(outcomes.count("added"), outcomes.count("changed"), len(gone))


def all_questions() -> QuerySet[TestQuestion]:
    """In the order of their making, with their documents but not the texts of these. Two queries."""
    documents = Document.objects.only("slug", "language", "title")
    return TestQuestion.objects.order_by("pk").prefetch_related(Prefetch("documents", queryset=documents))


def _store(row: Row, known: TestQuestion | None) -> str:
    """Says what became of the row: added, changed, or unchanged."""
    if known is None:
        made = TestQuestion.objects.create(question=row.question, language=row.language, answerable=row.answerable)
        made.documents.set(Document.objects.filter(pk__in=row.documents))
        return "added"
    documents = {document.pk for document in known.documents.all()}
    if (known.language, known.answerable, documents) == (row.language, row.answerable, set(row.documents)):
        return "unchanged"
    known.language, known.answerable = row.language, row.answerable
    known.save(update_fields=["language", "answerable"])
    known.documents.set(Document.objects.filter(pk__in=row.documents))
    return "changed"
