"""Documents and the index stay in step, whatever is done to them."""

from collections import Counter
from threading import Thread

import pytest
from django.db import connection

from knowledge.indexing import fulltext
from knowledge.models import Chunk, Document, IndexVersion, PendingVector, Term
from knowledge.search import search
from knowledge.services import delete_document, publish_document, unpublish_document
from tests.knowledge.conftest import BORSCHT, publish

pytestmark = pytest.mark.django_db


def assert_statistics_fit() -> None:
    """The stored counts are those that a full scan gives."""
    chunks = list(Chunk.objects.all())
    counts = Counter(term for chunk in chunks for term in set(chunk.terms.split()))
    assert dict(Term.objects.values_list("term", "chunks")) == counts
    corpus = IndexVersion.objects.get()
    assert (corpus.chunks, corpus.length) == (len(chunks), sum(chunk.length for chunk in chunks))
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT rowid, terms FROM knowledge_chunk_fts ORDER BY rowid")
            assert cursor.fetchall() == list(Chunk.objects.order_by("pk").values_list("pk", "terms"))


def found(query: str) -> list[str]:
    return [passage.document for passage in search(query, language="ru").passages]


def test_a_published_document_is_found(borscht):
    assert [chunk.heading for chunk in borscht.chunks.all()] == ["", "Время варки"]
    assert found("как варить свёклу")[0] == "borscht"
    assert_statistics_fit()


def test_publishing_the_same_again_changes_nothing(borscht):
    before = list(Chunk.objects.values_list("pk", flat=True))
    again = publish()
    assert (again.pk, again.updated_at) == (borscht.pk, borscht.updated_at)
    assert list(Chunk.objects.values_list("pk", flat=True)) == before


def test_a_changed_text_replaces_the_passages(borscht):
    publish(body="# Борщ\n\nТеперь здесь щи из щавеля.")
    assert found("щавель") == ["borscht"]
    assert found("свёкла") == []
    assert Document.objects.count() == 1
    assert_statistics_fit()


def test_an_unpublished_document_is_not_found_and_can_return(borscht):
    unpublish_document(borscht)
    assert not Document.objects.get().published
    assert found("свёкла") == []
    assert_statistics_fit()
    publish()
    assert set(found("свёкла")) == {"borscht"}
    assert_statistics_fit()


def test_unpublishing_twice_is_harmless(borscht):
    unpublish_document(borscht)
    unpublish_document(borscht)
    assert_statistics_fit()


@pytest.mark.parametrize("way", ["service", "instance", "queryset"])
def test_a_deleted_document_leaves_the_search_at_once(borscht, way):
    publish("kvass", title="Квас", body="Квас бродит на хлебе.")
    ways = {
        "service": lambda: delete_document(borscht),
        "instance": borscht.delete,
        "queryset": Document.objects.filter(slug="borscht").delete,
    }
    ways[way]()
    assert found("свёкла") == []
    assert found("хлеб") == ["kvass"]
    assert_statistics_fit()


def test_a_document_without_text_is_published_without_passages():
    document = publish(body="")
    assert document.published
    assert not document.chunks.exists()


def test_a_failure_leaves_everything_as_it_was(borscht, monkeypatch):
    def broken(chunks):
        raise RuntimeError("disk full")

    monkeypatch.setattr("knowledge.indexing.fulltext.add", broken)
    with pytest.raises(RuntimeError):
        publish(body="Другой текст.")
    monkeypatch.undo()
    assert Document.objects.get().body == BORSCHT
    assert set(found("свёкла")) == {"borscht"}
    assert_statistics_fit()


def test_a_title_alone_makes_a_document_findable():
    publish_document(slug="x", title="Квашеная капуста", language="ru", body="Просто рецепт.", source="")
    assert found("квашеная капуста") == ["x"]


@pytest.mark.django_db(transaction=True)
def test_documents_published_at_the_same_time_are_all_counted():
    def work(number: int) -> None:
        try:
            publish(f"doc-{number % 3}", body=f"Капуста и свёкла, урожай номер {number}.")
        finally:
            connection.close()

    threads = [Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Document.objects.count() == 3
    assert_statistics_fit()


@pytest.mark.django_db(transaction=True)
def test_a_reused_passage_id_does_not_bring_back_an_old_text():
    publish("old", body="Старый текст про репу.")
    ids = list(Chunk.objects.values_list("pk", flat=True))
    PendingVector.objects.all().delete()
    Chunk.objects.all().delete()
    version = IndexVersion.objects.get()
    chunk = Chunk(
        pk=ids[0],
        index=version,
        document=Document.objects.get(),
        edition=1,
        position=0,
        text="Редька.",
        terms="редьк реп",
        length=1,
    )
    chunk.save()
    Chunk.objects.filter(pk=chunk.pk).update(terms="редьк")
    chunk.refresh_from_db()
    fulltext.add([chunk])
    Term.objects.create(index=version, term="редьк", chunks=1)
    assert found("репа") == []
    assert found("редька") == ["old"]
