"""Without an embedding model the lexical leg answers alone and says so."""

from io import StringIO

from django.core.management import call_command

from knowledge.encoders import EncoderMissing
from knowledge.evaluation.runs import run_now
from knowledge.models import IndexVersion
from knowledge.search import MODEL_MISSING, dense, search


def test_with_no_model_chosen_words_answer(questions):
    run = run_now()
    assert run.encoder == ""
    assert {row["dense"] for row in run.results} == {dense.OFF}
    assert run.metrics["hit_at_3"]["value"] == 1
    out = StringIO()
    call_command("evaluate_search", stdout=out)
    assert "embedding model none: words alone" in out.getvalue()


def test_with_a_model_that_is_gone_words_answer_and_it_is_said(questions, monkeypatch):
    def gone(*_):
        raise EncoderMissing("not installed")

    monkeypatch.setattr(dense, "query_vector", gone)
    IndexVersion.objects.update(encoder="use", dimensions=512, vectors=4)
    found = search("Where do visitors park?", language="en")
    assert (found.answered, found.degraded) == (True, MODEL_MISSING)
    out = StringIO()
    call_command("evaluate_search", stdout=out)
    assert "6 of them were answered by words alone" in out.getvalue()
