"""The fit recovers what made the data, and the threshold is the one that gets the most questions right."""

import numpy as np
import pytest

from knowledge.evaluation import calibration, logistic
from knowledge.evaluation.calibration import TooFewQuestions, calibrate, cross_validated, fit, judge, store
from knowledge.evaluation.fusion import Fusion, ranked
from knowledge.evaluation.observing import Asked, Observed, Seen, asked, observe
from knowledge.evaluation.questions import all_questions
from knowledge.indexing.versions import live_version
from knowledge.models import IndexVersion
from knowledge.search import search
from knowledge.search.confidence import Calibration, calibration_of
from tests.knowledge.evaluation.conftest import add_question

TRUE = Calibration(bias=-4.0, evidence=4.0, standing=0.5, both=0.3)


def points(count):
    random = np.random.default_rng(3)
    evidence, standing = random.uniform(0, 1.5, count), random.normal(3, 2, count)
    signs = np.column_stack([evidence, standing, evidence * standing])
    chances = [TRUE.confidence(*pair) for pair in zip(evidence, standing, strict=True)]
    return signs, (random.uniform(size=count) < chances).astype(float)


def test_a_known_curve_is_recovered():
    signs, labels = points(40_000)
    bias, evidence, standing, both = logistic.fit(signs, labels, l2=0.1)
    assert bias == pytest.approx(TRUE.bias, abs=0.3)
    assert evidence == pytest.approx(TRUE.evidence, abs=0.4)
    assert standing == pytest.approx(TRUE.standing, abs=0.1)
    assert both == pytest.approx(TRUE.both, abs=0.15)


def test_no_sign_counts_against_a_passage():
    signs, labels = points(2000)
    signs[:, 1] = -signs[:, 1]
    weights = logistic.fit(signs[:, :2], labels)
    assert weights[2] == 0 < weights[1]


def test_labels_that_a_line_separates_do_not_blow_up():
    weights = logistic.fit(np.array([[0.1], [0.2], [0.8], [0.9]]), np.array([0.0, 0, 1, 1]))
    assert np.isfinite(weights).all()


def made_up(count, *, blur=0.15):
    """Questions whose right passage has evidence about 0.9; those without an answer reach about 0.4."""
    random = np.random.default_rng(5)
    found = []
    for number in range(count):
        answerable = number % 3 != 0
        level = float(random.normal(0.9 if answerable else 0.4, blur))
        question = Asked(number, f"q{number}", "en", {"right": "en"} if answerable else {}, answerable)
        right = Seen("right" if answerable else "wrong", "en", level, 4 * level, level, 1, 1)
        other = Seen("other", "en", 0.1, 0.5, 0.1, 2, 2)
        found.append(Observed(question, (right, other), with_vectors=True))
    return found


def test_the_threshold_lies_between_the_two_kinds():
    fitted = fit(made_up(300), with_vectors=True)
    assert fitted.confidence(0.55, 2.2) < fitted.threshold < fitted.confidence(0.75, 3.0)
    assert fit(made_up(300), with_vectors=False).standing == 0


def values(figures):
    return {name: figure["value"] for name, figure in figures.items()}


def test_what_is_reported_was_measured_on_unseen_questions():
    figures = values(cross_validated(made_up(300), with_vectors=True))
    assert figures["no_answer_precision"] > 0.9
    assert figures["no_answer_recall"] > 0.9
    hopeless = values(cross_validated(made_up(60, blur=5.0), with_vectors=True))
    assert hopeless["no_answer_recall"] < 0.9


def test_judging_ranks_as_search_does(questions, base):
    """The re-ranking with the constants of search gives the order of search."""
    version = live_version()
    for observed in observe(asked(all_questions()), version):
        question = observed.question
        result = search(question.text, language=question.language, everything=True, limit=20)
        order = [seen.document for seen in ranked(observed, Fusion())]
        assert order[:20] == [passage.document for passage in result.passages]


def test_judging_holds_back_what_search_holds_back(questions):
    version = live_version()
    observed = observe(asked(all_questions()), version, words_alone=True)
    for entry, judged in zip(observed, judge(observed, calibration_of(version, with_vectors=False)), strict=True):
        found = search(entry.question.text, language=entry.question.language, limit=10)
        assert (judged.answered, judged.found) == (found.answered, [passage.document for passage in found.passages])


def test_too_few_questions_are_refused_with_their_number(questions):
    with pytest.raises(TooFewQuestions, match=r"at least 20 .* there are 4 and 2"):
        calibrate(live_version())


def test_what_was_fitted_is_kept_and_used(questions, monkeypatch):
    monkeypatch.setattr(calibration, "FEWEST", 2)
    monkeypatch.setattr(calibration, "FEWEST_PASSAGES", 0)
    version = IndexVersion.objects.get()
    report = calibrate(version)
    assert (report.questions, report.hybrid) == (6, None)
    store(version, report)
    kept = IndexVersion.objects.get(pk=version.pk)
    assert kept.calibration["questions"] == 6
    assert kept.calibration["fitted_at"].endswith("Z")
    assert set(kept.calibration["figures"]) == {"words"}
    assert calibration_of(kept, with_vectors=False) == report.words
    assert search("Where do visitors park?", language="en").threshold == report.words.threshold


def test_a_question_wants_the_documents_in_its_own_language(base):
    add_question("Where do visitors park?", base["parking"], base["stoyanka"])
    add_question("Где обед?", base["lunch"], base["keys"], language="ru")
    assert [question.wanted for question in asked(all_questions())] == [1, 2]
