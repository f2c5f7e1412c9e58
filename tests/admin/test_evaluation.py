"""Test questions and evaluations of search in the back office."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from config.backoffice.charts import Measured, share_line
from knowledge import tasks
from knowledge.choices import RunState
from knowledge.evaluation.runs import evaluate_next, start_run
from knowledge.models import Document, EvaluationRun, TestQuestion
from knowledge.services import publish_document
from tests.admin.conftest import logged_in, measured

QUESTIONS = "/admin/knowledge/testquestion/"
RUNS = "/admin/knowledge/evaluationrun/"


@pytest.fixture(autouse=True)
def words_alone(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.KNOWLEDGE_ENCODER = ""
    monkeypatch.setattr(tasks.work, "delay", lambda: None)


@pytest.fixture
def parking(db: None) -> Document:
    return publish_document(slug="parking", title="Parking", language="en", body="Visitors park behind the house.")


@pytest.fixture
def question(parking: Document) -> TestQuestion:
    made = TestQuestion.objects.create(question="Where do visitors park?", language="en")
    made.documents.add(parking)
    return made


def page_of(client: Client, url: str, **parameters: str) -> str:
    response = client.get(url, parameters)
    assert response.status_code == 200
    return response.content.decode()


def form(**values: Any) -> dict[str, Any]:
    return {"question": "Where to park?", "language": "en", "answerable": "on", "scope": ""} | values


def test_a_question_is_added_with_its_documents(admin: Client, parking: Document) -> None:
    assert admin.post(f"{QUESTIONS}add/", form(documents=[parking.pk])).status_code == 302
    assert list(TestQuestion.objects.get().documents.all()) == [parking]


def test_documents_are_found_by_typing(admin: Client, parking: Document) -> None:
    address = reverse("admin:autocomplete")
    query = {"app_label": "knowledge", "model_name": "testquestion", "field_name": "documents", "term": "park"}
    assert [row["text"] for row in admin.get(address, query).json()["results"]] == ["Parking"]


def test_an_answerable_question_names_a_document_and_the_other_kind_none(admin: Client, parking: Document) -> None:
    page = admin.post(f"{QUESTIONS}add/", form()).content.decode()
    assert "Choose the documents that answer it" in page
    unanswerable = form(documents=[parking.pk])
    del unanswerable["answerable"]
    assert "Leave this empty" in admin.post(f"{QUESTIONS}add/", unanswerable).content.decode()
    assert not TestQuestion.objects.exists()


def test_a_question_is_there_once(admin: Client, question: TestQuestion, parking: Document) -> None:
    twin = form(question=question.question, documents=[parking.pk])
    assert "already exists" in admin.post(f"{QUESTIONS}add/", twin).content.decode()


def test_the_list_says_what_became_of_each_question(admin: Client, question: TestQuestion) -> None:
    assert "right at place" not in page_of(admin, QUESTIONS)
    start_run()
    while evaluate_next():
        pass
    page = page_of(admin, QUESTIONS)
    assert "right at place 1" in page
    assert "Parking" in page


def test_the_button_starts_a_run_and_leads_to_it(admin: Client, dana: User, question: TestQuestion) -> None:
    assert "Evaluate now" in page_of(admin, RUNS)
    response = admin.post(f"{RUNS}start/")
    run = EvaluationRun.objects.get()
    assert response.headers["Location"] == f"{RUNS}{run.pk}/change/"
    assert (run.state, run.started_by) == (RunState.WAITING, dana)


def test_a_second_press_starts_no_second_run(admin: Client, question: TestQuestion) -> None:
    admin.post(f"{RUNS}start/")
    admin.post(f"{RUNS}start/")
    assert EvaluationRun.objects.count() == 1
    assert "Evaluate now" not in page_of(admin, RUNS)


def test_progress_is_shown_until_it_is_done(admin: Client, question: TestQuestion) -> None:
    run = start_run()
    for url in (RUNS, f"{RUNS}{run.pk}/change/", f"{RUNS}{run.pk}/progress/"):
        page = page_of(admin, url)
        assert "waits for a worker" in page and "0 of 1 questions" in page and "hx-get" in page
    evaluate_next()
    running = admin.get(f"{RUNS}{run.pk}/progress/")
    assert "1 of 1 questions" in running.content.decode()
    assert "HX-Refresh" not in running.headers
    evaluate_next()
    assert admin.get(f"{RUNS}{run.pk}/progress/").headers["HX-Refresh"] == "true"
    assert "evaluation-progress" not in page_of(admin, f"{RUNS}{run.pk}/change/")


def test_a_run_shows_figures_questions_and_the_wrong_ones(admin: Client, dana: User, question: TestQuestion) -> None:
    other = publish_document(slug="lunch", title="Lunch", language="en", body="Soup is served.")
    run = measured(other, dana)
    good = run.results[0] | {"text": "Good?", "found": ["lunch"], "rank": 1}
    EvaluationRun.objects.update(results=[*run.results, good])
    page = page_of(admin, f"{RUNS}{run.pk}/change/")
    for text in ("hit@3", "nDCG@10", "Silence: recall", "only other documents", "right at place 1", "Lunch"):
        assert text in page
    assert "gone-document" in page and "Good?" in page
    wrong = page_of(admin, f"{RUNS}{run.pk}/change/", show="wrong")
    assert "What says Lunch?" in wrong and "Good?" not in wrong


def test_a_failed_run_says_why(admin: Client) -> None:
    run = EvaluationRun.objects.create(state=RunState.FAILED, error="no_questions")
    assert "There are no test questions." in page_of(admin, f"{RUNS}{run.pk}/change/")


def test_the_list_draws_how_each_figure_went(admin: Client, dana: User, parking: Document) -> None:
    first = measured(parking, dana)
    second = measured(publish_document(slug="b", title="B", language="en", body="Text."), dana)
    page = page_of(admin, RUNS)
    assert page.count('class="bo-trend"') == 3
    assert f"Evaluation #{first.pk}, index version –: 0.000" in page
    assert f"Figures of evaluation #{second.pk}" in page
    assert "##" not in page


def test_a_line_of_shares_keeps_its_scale_and_marks_where_a_group_begins() -> None:
    points = [
        Measured("a", 0.0, 0.0, 0.1, "#1"),
        Measured("b", 0.5, 0.4, 0.6, "#1"),
        Measured("c", 1.0, 0.9, 1.0, "#2"),
    ]
    chart = share_line(points)
    first, middle, last = chart.dots
    assert (first.x, last.x) == (6, chart.width - 6)
    assert (first.y, middle.y, last.y) == (chart.height - 6, chart.height / 2, 6)
    assert middle.top < middle.y < middle.bottom
    assert [group for _, group in chart.marks] == ["#1", "#2"]
    assert [x for x, _ in chart.marks] == [first.x, last.x]
    assert (share_line([]).dots, share_line([]).marks) == ([], [])


def test_without_questions_the_sample_set_is_offered_loaded_and_removed(admin: Client, dana: User) -> None:
    for url in (QUESTIONS, RUNS):
        assert "Load the sample set" in page_of(admin, url)
    assert admin.post(f"{QUESTIONS}samples/load/").status_code == 302
    assert (Document.objects.count(), TestQuestion.objects.count()) == (60, 324)
    page = page_of(admin, QUESTIONS)
    assert "Load the sample set" not in page and "Remove the sample set" in page
    admin.post(f"{QUESTIONS}samples/remove/")
    assert not Document.objects.exists() and not TestQuestion.objects.exists()


@pytest.mark.parametrize("path", ["samples/load/", "samples/remove/"])
def test_who_may_only_look_at_questions_moves_no_samples(staff: Any, path: str) -> None:
    client = staff("knowledge.view_testquestion", "knowledge.add_testquestion")
    assert client.post(f"{QUESTIONS}{path}").status_code == 403
    assert "Load the sample set" not in page_of(client, QUESTIONS)


def test_who_may_only_look_at_runs_starts_none(staff: Any, question: TestQuestion) -> None:
    client = staff("knowledge.view_evaluationrun")
    assert client.post(f"{RUNS}start/").status_code == 403
    assert "Evaluate now" not in page_of(client, RUNS)


def test_changes_need_a_post(admin: Client) -> None:
    for url in (f"{RUNS}start/", f"{QUESTIONS}samples/load/", f"{QUESTIONS}samples/remove/"):
        assert admin.get(url).status_code == 405


def test_outsiders_see_nothing(client: Client, charlie: User, staff: Any, question: TestQuestion) -> None:
    run = start_run()
    urls = (RUNS, QUESTIONS, f"{RUNS}{run.pk}/change/", f"{RUNS}{run.pk}/progress/")
    for url in urls:
        assert client.get(url).status_code == 302
        assert logged_in(charlie).get(url).status_code == 302
    stranger = staff("chat.view_turn")
    for url in urls:
        assert stranger.get(url).status_code == 403
    assert client.post(f"{RUNS}start/").status_code == 302
    assert EvaluationRun.objects.count() == 1


def test_an_unknown_run_has_no_progress(admin: Client) -> None:
    assert admin.get(f"{RUNS}nonsense/progress/").status_code == 404
