"""A small knowledge base without vectors, and questions on it."""

from typing import Any

import pytest

from knowledge.models import Document, TestQuestion
from tests.knowledge.conftest import publish

# (slug, language, text)
TEXTS = [
    ("parking", "en", "# Parking\n\nVisitors park their cars behind the warehouse."),
    ("lunch", "en", "# Lunch\n\nThe canteen serves soup and dumplings until three."),
    ("keys", "en", "# Keys\n\nA lost key is reported to the caretaker."),
    ("stoyanka", "ru", "# Стоянка\n\nПосетители ставят машины за складом."),
]


def add_question(text: str, *documents: Document, language: str = "en", **fields: Any) -> TestQuestion:
    question = TestQuestion.objects.create(
        question=text, language=language, answerable=fields.pop("answerable", bool(documents)), **fields
    )
    question.documents.set(documents)
    return question


@pytest.fixture
def base(db: None, settings: Any) -> dict[str, Document]:
    settings.KNOWLEDGE_ENCODER = ""
    return {
        slug: publish(slug, title=slug.title(), language=language, body=body, source=f"house/{language}/{slug}.md")
        for slug, language, body in TEXTS
    }


@pytest.fixture
def questions(base: dict[str, Document]) -> list[TestQuestion]:
    return [
        add_question("Where do visitors park?", base["parking"]),
        add_question("What does the canteen serve?", base["lunch"]),
        add_question("Who takes reports of a lost key?", base["keys"]),
        add_question("Где посетители ставят машины?", base["stoyanka"], language="ru"),
        add_question("How tall is Mount Everest?"),
        add_question("Какая завтра погода?", language="ru"),
    ]
