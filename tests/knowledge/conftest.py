from typing import Any

import pytest

from knowledge.models import Document
from knowledge.services import publish_document

BORSCHT = """# Борщ

Борщ варят из свёклы.

## Время варки

Свёклу варят полчаса, затем добавляют капусту.
"""


def publish(slug: str = "borscht", **values: Any) -> Document:
    fields = {"title": "Борщ", "language": "ru", "body": BORSCHT, "source": f"test/ru/{slug}.md"} | values
    return publish_document(slug=slug, **fields)


@pytest.fixture
def borscht(db: None) -> Document:
    return publish()
