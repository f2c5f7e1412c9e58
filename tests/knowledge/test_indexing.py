"""Long texts are indexed by the worker, in pieces: what is whole is shown, what dies goes on."""

import pytest

from knowledge.choices import DocumentState
from knowledge.indexing import documents
from knowledge.indexing.leases import LeaseLost
from knowledge.indexing.work import MOST_ATTEMPTS, index_next, work_all
from knowledge.models import Chunk, Document, IndexVersion, Term
from knowledge.search import search
from knowledge.services import delete_document, publish_document, unpublish_document

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def short_is_long(monkeypatch, settings):
    """A text of a few lines takes the way of a long one, without vectors."""
    settings.KNOWLEDGE_ENCODER = ""
    monkeypatch.setattr("knowledge.services.documents.AT_ONCE", 100)
    monkeypatch.setattr("knowledge.indexing.documents.PIECES", 2)


def text(word: str, sections: int = 7) -> str:
    return "\n\n".join(f"## Section {number}\n\nThe {word} of section {number} is here." for number in range(sections))


def publish(word: str, sections: int = 7) -> Document:
    body = text(word, sections)
    return publish_document(slug="long", title="Long", language="en", body=body, source="")


def finds(word: str) -> bool:
    return search(word, language="en").answered


def statistics_fit() -> bool:
    version = IndexVersion.objects.get(state="live")
    rows = [set(terms.split()) for terms in Chunk.objects.filter(index=version).values_list("terms", flat=True)]
    counts = {term: sum(term in row for row in rows) for term in set().union(*rows)}
    return counts == dict(Term.objects.filter(index=version).values_list("term", "chunks")) and version.chunks == len(
        rows
    )


def test_a_long_text_waits_for_the_worker_and_is_found_when_it_is_whole():
    document = publish("kettle")
    assert document.state == DocumentState.INDEXING
    assert not finds("kettle")
    work_all()
    document.refresh_from_db()
    assert (document.state, document.done, document.total, document.percent) == (DocumentState.READY, 7, 7, 100)
    assert finds("kettle")
    assert statistics_fit()


def test_the_former_text_answers_until_the_next_one_is_whole(monkeypatch):
    publish("kettle")
    work_all()
    publish("teapot")
    monkeypatch.setattr("knowledge.indexing.documents._show", lambda *_: None)
    index_next()
    assert Chunk.objects.count() == 14
    assert finds("kettle")
    assert not finds("teapot")
    monkeypatch.undo()


def test_the_next_text_replaces_the_former_one_at_once_and_leaves_nothing():
    publish("kettle")
    work_all()
    publish("teapot", sections=3)
    work_all()
    assert (finds("kettle"), finds("teapot")) == (False, True)
    assert Chunk.objects.count() == 3
    assert statistics_fit()


def test_a_worker_that_dies_in_the_middle_is_followed_by_one_that_goes_on(monkeypatch):
    publish("kettle")
    written: list[int] = []
    add = documents.write.add

    def dying(version, document, chunks, *, edition):
        if len(written) == 4:
            raise KeyboardInterrupt
        add(version, document, chunks, edition=edition)
        written.extend(chunk.position for chunk in chunks)

    monkeypatch.setattr(documents.write, "add", dying)
    with pytest.raises(KeyboardInterrupt):
        index_next()
    monkeypatch.setattr(documents.write, "add", add)
    document = Document.objects.get()
    assert (document.state, document.done) == (DocumentState.INDEXING, 4)
    assert not index_next(), "the dead worker's lease holds"
    Document.objects.update(lease_until=None)
    work_all()
    assert written == [0, 1, 2, 3]
    assert sorted(Chunk.objects.values_list("position", flat=True)) == list(range(7))
    assert statistics_fit()


def test_a_text_changed_meanwhile_is_not_shown(monkeypatch):
    document = publish("kettle")
    claimed = Document.objects.get(pk=document.pk)
    publish("teapot")
    with pytest.raises(LeaseLost):
        documents.index_document(claimed)
    work_all()
    assert (finds("kettle"), finds("teapot")) == (False, True)
    assert statistics_fit()


def test_a_text_that_kills_its_workers_is_given_up_and_says_so():
    publish("kettle")
    Document.objects.update(attempts=MOST_ATTEMPTS)
    work_all()
    document = Document.objects.get()
    assert (document.state, document.error) == (DocumentState.FAILED, "internal")


def test_taking_a_long_document_away_leaves_nothing_in_the_index():
    publish("kettle")
    work_all()
    unpublish_document(Document.objects.get())
    assert not finds("kettle")
    assert (Chunk.objects.count(), Term.objects.count()) == (0, 0)
    publish("teapot")
    index_next()
    delete_document(Document.objects.get())
    work_all()
    assert (Chunk.objects.count(), Term.objects.count()) == (0, 0)


def test_a_document_unpublished_while_it_is_indexed_stays_out():
    publish("kettle")
    unpublish_document(Document.objects.get())
    work_all()
    assert not finds("kettle")
    assert Chunk.objects.count() == 0


def test_an_index_begun_while_a_text_is_written_gets_all_of_it(monkeypatch):
    publish("kettle")
    work_all()
    publish("teapot")
    add, begun = documents.write.add, []

    def beginning(version, document, chunks, *, edition):
        add(version, document, chunks, edition=edition)
        if not begun and chunks[0].position == 2:
            begun.append(IndexVersion.objects.create(cursor=document.pk, text_rules=version.text_rules))

    monkeypatch.setattr(documents.write, "add", beginning)
    index_next()
    assert Chunk.objects.filter(index=begun[0], edition=2).count() == 7
    work_all()
    assert finds("teapot")
    assert IndexVersion.objects.get(state="live").pk == begun[0].pk
    assert statistics_fit()
