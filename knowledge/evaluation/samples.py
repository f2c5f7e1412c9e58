"""The sample help centre with its questions: to try the product out, and to measure it."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from knowledge.evaluation.questions import import_questions, read_questions
from knowledge.folder import read_folder
from knowledge.models import Document, TestQuestion
from knowledge.services import delete_document, publish_document

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
QUESTIONS = SAMPLES / "questions.csv"
COLLECTION = SAMPLES.name
TAG = "sample"


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many documents and questions the sample set has."""

    documents: int
    questions: int


def load_samples(*, actor: Any = None) -> Loaded:
    """Publishes the sample documents and stores their questions; what is there already is brought up to date."""
    files = read_folder(SAMPLES).files
    for file in files:
        values = file.values() | {"slug": f"sample-{file.slug}"}
        publish_document(**values, from_file=True, tags=[TAG], actor=actor)
    rows = read_questions(QUESTIONS, collection=COLLECTION)
    import_questions(rows)
    return Loaded(len(files), len(rows))


def unload_samples() -> Loaded:
    """Deletes the sample documents and their questions."""
    with QUESTIONS.open(encoding="utf-8", newline="") as file:
        texts = [row["question"] for row in csv.DictReader(file)]
    questions = TestQuestion.objects.filter(question__in=texts)
    removed = questions.count()
    questions.delete()
    documents = list(_documents().defer("body"))
    for document in documents:
        delete_document(document)
    return Loaded(len(documents), removed)


def samples_are_loaded() -> bool:
    return bool(_documents().exists())


def _documents() -> QuerySet[Document]:
    found: QuerySet[Document] = Document.objects.filter(collection=COLLECTION, tags__name=TAG)
    return found
