"""Vectors in the database, where it has pgvector. test_with_pgvector.py starts such a server and runs this there."""

import os

import pytest
from django.db import connection

from knowledge.dense import pgvector
from knowledge.indexing.work import work_all
from knowledge.models import IndexVersion, Vector
from knowledge.search import search
from knowledge.services import publish_document

pytestmark = pytest.mark.django_db


def test_a_server_that_is_to_have_pgvector_has_it():
    assert pgvector.available() == bool(os.environ.get("NEEDS_PGVECTOR"))


def test_without_pgvector_its_functions_do_nothing_and_with_it_the_column_is_filled():
    publish_document(slug="a", title="Kettles", language="en", body="A kettle boils water.", source="")
    work_all()
    version = IndexVersion.objects.get()
    pgvector.ensure_index(version)
    pgvector.drop_index(version)
    if pgvector.available():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), count(embedding), min(vector_dims(embedding::vector)) FROM knowledge_vector"
            )
            assert cursor.fetchone() == (Vector.objects.count(), Vector.objects.count(), 512)
    assert search("boiling water", language="en").legs["dense"] == "ok"


@pytest.mark.django_db(transaction=True)
def test_many_vectors_get_an_index_that_search_uses(monkeypatch):
    monkeypatch.setattr(pgvector, "INDEXED_FROM", 2)
    words = ("kettle", "garden", "parcel", "bicycle", "violin", "harbour")
    for word in words:
        publish_document(slug=word, title=word.title(), language="en", body=f"The {word} stands here.", source="")
    work_all()
    version = IndexVersion.objects.get()
    if pgvector.available():
        with connection.cursor() as cursor:
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [pgvector.index_name(version)])
            assert "hnsw" in cursor.fetchone()[0]
    for word in words:
        assert search(f"where is the {word}", language="en", everything=True).passages[0].document == word
