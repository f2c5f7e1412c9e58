"""A run is done in pieces by whichever worker has the lease, and ends with the same figures."""

from datetime import timedelta

import pytest
from django.utils import timezone

from knowledge import tasks
from knowledge.choices import IndexState, RunState
from knowledge.evaluation import runs
from knowledge.evaluation.runs import claim_run, evaluate_next, metrics_of, run_now, start_run, work_on
from knowledge.indexing.leases import LeaseLost
from knowledge.indexing.versions import activate, begin_build
from knowledge.indexing.work import STEPS, work_all
from knowledge.models import EvaluationRun, IndexVersion
from tests.knowledge.evaluation.conftest import add_question


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(runs, "PIECE", 2)


def finished(run):
    while evaluate_next():
        pass
    run.refresh_from_db()
    return run


def let_lease_run_out(run):
    EvaluationRun.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_started_run_waits_and_wakes_the_worker(questions, alice, monkeypatch, django_capture_on_commit_callbacks):
    woken = []
    monkeypatch.setattr(tasks.work, "delay", lambda: woken.append(True))
    with django_capture_on_commit_callbacks(execute=True):
        run = start_run(alice)
    assert (run.state, run.questions, run.started_by, woken) == (RunState.WAITING, 6, alice, [True])
    assert run.index == IndexVersion.objects.get(state=IndexState.LIVE)


def test_the_worker_of_the_knowledge_base_does_it(questions):
    assert evaluate_next in STEPS
    run = start_run()
    work_all()
    run.refresh_from_db()
    assert (run.state, run.done, run.lease_until) == (RunState.DONE, 6, None)
    assert run.finished_at is not None


def test_the_results_say_what_was_expected_and_found(questions, base):
    run = finished(start_run())
    row = run.results[0]
    assert row["text"] == "Where do visitors park?"
    assert (row["expected"], row["found"][0], row["rank"], row["answered"]) == (["parking"], "parking", 1, True)
    assert row["confidence"] > 0.5 and row["evidence"] > 0.5 and row["latency_ms"] > 0
    silent = run.results[4]
    assert (silent["answerable"], silent["answered"], silent["found"], silent["rank"]) == (False, False, [], None)
    assert run.metrics["hit_at_3"]["value"] == 1
    assert run.metrics["no_answer_recall"]["value"] == 1


def test_a_piece_is_kept_before_the_next_one_begins(questions):
    run = start_run()
    assert evaluate_next()
    run.refresh_from_db()
    assert (run.state, run.done, len(run.results), run.lease_until) == (RunState.RUNNING, 2, 2, None)


def test_a_killed_run_is_taken_up_and_gives_the_same_figures(questions, monkeypatch):
    whole = finished(start_run())
    run = start_run()
    evaluate_next()
    # Killed in the middle of its second piece: nobody ends the lease.
    taken = claim_run()
    assert taken is not None and taken.pk == run.pk
    assert not evaluate_next()
    let_lease_run_out(run)
    resumed = finished(run)
    assert resumed.metrics == whole.metrics
    assert [row["question"] for row in resumed.results] == [row["question"] for row in whole.results]


def test_who_lost_the_lease_stores_nothing(questions):
    run = start_run()
    slow = claim_run()
    let_lease_run_out(run)
    finished(run)
    with pytest.raises(LeaseLost):
        work_on(slow)
    run.refresh_from_db()
    assert (run.state, run.done) == (RunState.DONE, 6)


def test_two_workers_never_hold_the_same_run(questions):
    start_run()
    assert claim_run() is not None
    assert claim_run() is None


def test_another_index_version_makes_it_begin_anew(questions):
    run = start_run()
    former = run.index_id
    evaluate_next()
    version = begin_build("")
    finish_build(version)
    finished(run)
    assert run.index_id == version.pk != former
    assert (run.state, run.done) == (RunState.DONE, 6)
    assert {row["index"] for row in run.results} == {version.pk}


def finish_build(version):
    from knowledge.indexing.documents import copy_document
    from knowledge.indexing.versions import after_cursor

    for document in after_cursor(version):
        copy_document(document, version)
        IndexVersion.objects.filter(pk=version.pk).update(cursor=document.pk)
    assert activate(version)


def test_questions_added_meanwhile_are_asked_too(questions, base):
    run = start_run()
    evaluate_next()
    add_question("Is there parking for visitors?", base["parking"])
    questions[3].delete()
    finished(run)
    assert (run.done, run.questions) == (6, 6)


def test_a_run_without_questions_fails_with_a_reason(base):
    run = finished(start_run())
    assert (run.state, run.error) == (RunState.FAILED, "no_questions")


def test_an_unexpected_error_ends_the_run_and_says_so(questions, monkeypatch, caplog):
    def broken(*args, **options):
        raise RuntimeError("disk full")

    monkeypatch.setattr(runs, "search_knowledge", broken)
    run = finished(start_run())
    assert (run.state, run.error, run.metrics) == (RunState.FAILED, "internal", {})
    assert "disk full" in caplog.text


def test_an_interrupted_run_of_the_command_line_is_not_taken_up(questions, monkeypatch):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "search_knowledge", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_now()
    assert EvaluationRun.objects.get().error == "interrupted"
    assert not evaluate_next()


def test_an_error_on_the_command_line_is_raised_and_noted(questions, monkeypatch):
    def broken(*args, **options):
        raise RuntimeError("disk full")

    monkeypatch.setattr(runs, "search_knowledge", broken)
    with pytest.raises(RuntimeError):
        run_now()
    assert EvaluationRun.objects.get().error == "internal"


def test_an_empty_knowledge_base_answers_nothing(db, settings):
    settings.KNOWLEDGE_ENCODER = ""
    add_question("How tall is Mount Everest?")
    run = finished(start_run())
    assert (run.index, run.metrics["no_answer_recall"]["value"]) == (None, 1.0)


def test_a_question_is_asked_in_its_scope(base):
    from knowledge.services.documents import describe

    describe(base["keys"], scopes=["desk"])
    add_question("Who takes reports of a lost key?", base["keys"])
    inside = add_question("To whom is a lost key reported?", base["keys"], scope="desk")
    run = finished(start_run())
    assert [row["question"] for row in run.results if row["answered"]] == [inside.pk]
    assert metrics_of(run.results) == run.metrics
