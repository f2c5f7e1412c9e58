"""The sample set's figures are the same on SQLite and PostgreSQL: both are within 0.01 of the file beside this test."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction

from integrations.remember import forget
from knowledge.dense import memory
from knowledge.encoders import encoder_for, registry
from knowledge.evaluation.observing import asked, observe
from knowledge.evaluation.questions import all_questions
from knowledge.evaluation.runs import evaluate, metrics_of
from knowledge.evaluation.samples import load_samples, samples_are_loaded, unload_samples
from knowledge.indexing.versions import live_version
from knowledge.indexing.work import work_all
from knowledge.models import Chunk, Document, TestQuestion
from knowledge.search import engine

EXPECTED = Path(__file__).parent / "expected.json"
WITHIN = 0.01


@pytest.fixture(scope="module")
def samples(django_db_setup, django_db_blocker):
    """The sample help centre with its vectors, made once."""
    with django_db_blocker.unblock(), transaction.atomic():
        memory.indexes.clear()
        loaded = load_samples()
        work_all()
        forget()
        know_questions()
        yield loaded
        transaction.set_rollback(True)
    memory.indexes.clear()
    forget()


def know_questions():
    """All vectors of questions in one go: far quicker than one after the other."""
    texts = [question.question for question in all_questions()]
    for text, vector in zip(texts, encoder_for("use").passages(texts), strict=True):
        registry.recent.put(("use", text), vector)


@pytest.fixture(scope="module")
def figures(samples, django_db_blocker):
    """By way of searching, the values of all figures."""
    with django_db_blocker.unblock():
        questions = asked(all_questions())
        hybrid = metrics_of(evaluate(questions))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engine.dense, "nearest", lambda *args, **options: engine.Likeness(engine.dense.OFF))
            words = metrics_of(evaluate(questions))
    return {
        "hybrid": {name: metric["value"] for name, metric in hybrid.items()},
        "words": {name: metric["value"] for name, metric in words.items()},
    }


@pytest.mark.parametrize("way", ["hybrid", "words"])
def test_the_figures_are_those_of_the_file(figures, db, way):
    expected = json.loads(EXPECTED.read_text())[way]
    assert figures[way] == pytest.approx(expected, abs=WITHIN)


def test_the_sample_set_is_whole(samples, db):
    assert (samples.documents, samples.questions) == (60, 324)
    assert Document.objects.get(slug="sample-delivery-en").collection == "samples"
    question = TestQuestion.objects.get(question="How much does standard delivery cost?")
    assert {document.slug for document in question.documents.all()} == {"sample-delivery-en", "sample-delivery-ru"}


def test_loading_it_again_changes_nothing(samples, db):
    before = Chunk.objects.count()
    load_samples()
    assert (Chunk.objects.count(), TestQuestion.objects.count()) == (before, 324)


def test_taking_it_away_leaves_nothing_behind(samples, db):
    kept = TestQuestion.objects.create(question="Mine?", language="en", answerable=False)
    assert samples_are_loaded()
    removed = unload_samples()
    assert (removed.documents, removed.questions) == (60, 324)
    assert not samples_are_loaded()
    assert list(TestQuestion.objects.all()) == [kept]


def test_both_legs_are_seen_for_calibration(samples, db):
    questions = asked(all_questions()[:5])
    for observed in observe(questions, live_version()):
        assert observed.with_vectors
        assert any(seen.dense_place for seen in observed.passages)
        assert all(seen.document for seen in observed.passages)


def test_exploring_prints_a_table(samples, db, monkeypatch):
    from knowledge.evaluation import exploring

    monkeypatch.setattr(exploring, "KS", (5.0,))
    monkeypatch.setattr(exploring, "WEIGHTS", ((1.0, 1.0),))
    monkeypatch.setattr(exploring, "OTHER_LANGUAGES", (0.8,))
    out = StringIO()
    call_command("calibrate_search", "--explore", stdout=out)
    header, line = out.getvalue().splitlines()
    assert header.split()[:5] == ["K", "words", "meaning", "other", "hit@3"]
    assert line.split()[:4] == ["5", "1", "1", "0.8"]
