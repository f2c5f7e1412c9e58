"""What evaluate_search and calibrate_search print and leave behind."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from knowledge.evaluation import calibration, runs
from knowledge.management.commands import calibrate_search
from knowledge.models import EvaluationRun, IndexVersion, TestQuestion
from knowledge.services import unpublish_document
from tests.knowledge.evaluation.conftest import add_question


def called(name, *args):
    out = StringIO()
    call_command(name, *args, stdout=out)
    return out.getvalue()


def test_the_table_has_each_figure_with_its_interval(questions):
    text = called("evaluate_search")
    run = EvaluationRun.objects.get()
    assert f"Evaluation #{run.pk}: 6 questions" in text
    for label in ("hit@3", "MRR@10", "nDCG@10", "no-answer precision", "no-answer recall"):
        assert f"\n{label:22} 1.000   1.000 – 1.000" in text
    assert run.state == "done"


def test_figures_nobody_can_know_are_left_open(base):
    add_question("Where do visitors park?", base["parking"])
    assert "no-answer recall           –   (no question speaks about it)" in called("evaluate_search")


def test_json_is_for_programs(questions):
    found = json.loads(called("evaluate_search", "--json"))
    assert found["metrics"]["mrr"]["value"] == 1
    assert len(found["results"]) == found["questions"] == 6


def test_questions_are_imported_first(base, tmp_path):
    path = tmp_path / "q.csv"
    path.write_text("question,language,documents,answerable\nWhere do visitors park?,en,parking,yes\n")
    text = called("evaluate_search", "--questions", str(path))
    assert text.startswith("Questions: 1 new, 0 changed, 0 removed\n")
    assert TestQuestion.objects.count() == 1


def test_a_bad_file_stops_it_before_anything_is_measured(base, tmp_path):
    path = tmp_path / "q.csv"
    path.write_text("question,language,documents,answerable\nWhere?,en,cellar,yes\n")
    with pytest.raises(CommandError, match="line 2, column 'documents'"):
        called("evaluate_search", "--questions", str(path))
    assert not EvaluationRun.objects.exists()


def test_comparing_names_the_questions_that_got_better_and_worse(questions, base):
    former = runs.run_now()
    unpublish_document(base["parking"])
    add_question("Where is the canteen?", base["lunch"])
    text = called("evaluate_search", "--compare", str(former.pk))
    assert "hit@3                  1.000 → 0.800   -0.200" in text
    assert "Better: 0" in text
    assert "Worse: 1\n  Where do visitors park? (rank 1 → nothing)" in text
    compared = json.loads(called("evaluate_search", "--json", "--compare", str(former.pk)))["compared"]
    assert compared["worse"] == ["Where do visitors park? (rank 1 → nothing)"]


@pytest.mark.parametrize("number", ["99", "0"])
def test_comparing_with_a_run_that_is_not_there(questions, number):
    with pytest.raises(CommandError, match="no completed evaluation"):
        called("evaluate_search", "--compare", number)


def test_without_questions_the_next_step_is_named(base):
    with pytest.raises(CommandError, match="--questions"):
        called("evaluate_search")
    with pytest.raises(CommandError, match="--replace needs --questions"):
        called("evaluate_search", "--replace")


def test_interrupting_says_so(questions, monkeypatch):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "search_knowledge", interrupted)
    with pytest.raises(CommandError, match="Interrupted"):
        called("evaluate_search")
    monkeypatch.setattr(calibrate_search, "calibrate", interrupted)
    with pytest.raises(CommandError, match="nothing was changed"):
        called("calibrate_search")


@pytest.fixture
def few_are_enough(questions, monkeypatch):
    monkeypatch.setattr(calibration, "FEWEST", 2)
    monkeypatch.setattr(calibration, "FEWEST_PASSAGES", 3)
    for subject in ("soup", "dumplings", "cars", "warehouse", "caretaker", "canteen"):
        add_question(f"Which colour and weight has the {subject} usually?")


def test_calibrating_prints_precision_and_recall_and_keeps_the_curve(few_are_enough):
    text = called("calibrate_search", "--dry-run")
    assert "Words alone: an answer from a confidence of" in text
    assert "bias " in text and "evidence +" in text
    assert "no-answer precision" in text and "no-answer recall" in text and "(cross-validated)" in text
    assert "Words and meaning: not fitted" in text
    assert IndexVersion.objects.get().calibration == {}
    assert "Kept with index version" in called("calibrate_search")
    assert IndexVersion.objects.get().calibration["words"]["evidence"] > 0


def test_calibrating_with_too_few_questions(questions):
    for option in ("--dry-run", "--explore"):
        with pytest.raises(CommandError, match="there are 4 and 2"):
            called("calibrate_search", option)


def test_calibrating_on_questions_that_meet_no_wrong_passage(questions, monkeypatch):
    monkeypatch.setattr(calibration, "FEWEST", 2)
    with pytest.raises(CommandError, match="at least 10 right and 10 wrong passages .* there are 4 and 0"):
        called("calibrate_search")


def test_calibrating_without_an_index(db):
    with pytest.raises(CommandError, match="no index yet"):
        called("calibrate_search")
