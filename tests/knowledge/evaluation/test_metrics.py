"""Figures against values worked out by hand."""

import math

import pytest

from knowledge.evaluation.metrics import Judged, hit, measure, ndcg, rank_of_first, reciprocal_rank

NOTHING = Judged(expected=(), found=(), answerable=False, answered=False)


def asked(expected, found, **fields):
    return Judged(expected=expected, found=found, answerable=True, answered=bool(found), **fields)


def test_several_passages_of_a_document_count_once_at_its_best_rank():
    assert rank_of_first(["b"], ["a", "a", "a", "b", "b"]) == 2
    assert hit(asked(["b"], ["a", "a", "a", "b"])) == 1


@pytest.mark.parametrize(("found", "rank"), [(["x"], 1), (["a", "x"], 2), (["a", "b", "c", "x"], 4), (["a"], None)])
def test_hit_and_reciprocal_rank(found, rank):
    judged = asked(["x"], found)
    assert hit(judged) == (rank is not None and rank <= 3)
    assert reciprocal_rank(judged) == (1 / rank if rank else 0)


def test_what_comes_after_the_tenth_document_does_not_count():
    late = asked(["x"], [*"abcdefghij", "x"])
    assert (reciprocal_rank(late), ndcg(late)) == (0, 0)


def test_ndcg_of_two_expected_documents():
    gained, ideal = 1 + 1 / math.log2(4), 1 + 1 / math.log2(3)
    assert ndcg(asked(["x", "y"], ["x", "a", "y"])) == pytest.approx(gained / ideal)
    assert ndcg(asked(["x", "y"], ["y", "x"])) == 1


def test_a_translation_is_not_missed():
    assert ndcg(asked(["x-en", "x-ru"], ["x-en"], wanted=1)) == 1
    assert ndcg(asked(["x-en", "x-ru"], ["x-en", "x-ru"], wanted=1)) == 1
    assert ndcg(asked(["x-en", "x-ru"], ["a", "x-en"], wanted=1)) == pytest.approx(1 / math.log2(3))


def test_averages_are_over_questions_that_have_an_answer():
    figures = measure([asked(["x"], ["x"]), asked(["x"], ["a", "x"]), asked(["x"], []), NOTHING])
    assert figures["hit_at_3"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    assert figures["mrr"]["value"] == pytest.approx(0.5)
    assert figures["ndcg_at_10"]["value"] == pytest.approx((1 + 1 / math.log2(3)) / 3, abs=1e-4)


def test_precision_and_recall_of_no_answer():
    wrongly_answered = Judged((), ("a",), answerable=False, answered=True)
    figures = measure([NOTHING, NOTHING, NOTHING, wrongly_answered, asked(["x"], []), asked(["x"], ["x"])])
    assert figures["no_answer_precision"]["value"] == 0.75
    assert figures["no_answer_recall"]["value"] == 0.75


def test_a_class_without_questions_has_no_figure():
    figures = measure([asked(["x"], ["x"])])
    assert figures["hit_at_3"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert figures["no_answer_precision"] == {"value": None, "low": None, "high": None}
    assert figures["no_answer_recall"]["value"] is None
    assert measure([NOTHING])["mrr"]["value"] is None


def test_no_questions_at_all():
    assert all(figure["value"] is None for figure in measure([]).values())
