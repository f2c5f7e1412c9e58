"""Comparisons of prompts in the back office: starting, watching, judging."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from chat import tasks
from chat.prompts.choices import AnswerState, ComparisonState, Side
from chat.prompts.models import ComparedQuestion, PromptAnswer, PromptComparison, PromptQuestion
from integrations.models import AIModel, AIProvider
from tests.admin.conftest import compared, logged_in
from tests.admin.test_every_page import queries_of
from tests.chat.prompts.conftest import SHORT, fresh, written

Staff = Callable[..., Client]
LIST = "/admin/chat/promptcomparison/"


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.compare_prompts, "delay", lambda: None)


@pytest.fixture
def model(provider: AIProvider) -> AIModel:
    return AIModel.objects.create(key="house-model", provider=provider, name="m", title="House model")


@pytest.fixture
def ready(dana: User, model: AIModel) -> str:
    """The address for starting, with a version and a question to compare on."""
    written(SHORT, dana, use=False)
    PromptQuestion.objects.create(text="Where is the key?", tags="keys")
    return starting()


@pytest.fixture
def comparison(dana: User) -> PromptComparison:
    """A completed one, not judged."""
    row = compared(dana)
    row.questions.update(verdict="", judged_by=None)
    return row


def starting() -> str:
    return reverse("admin:chat_prompt_compare", args=[fresh().pk])


def own(row: PromptComparison, page: str = "change") -> str:
    return reverse(f"admin:chat_promptcomparison_{page}", args=[row.pk])


def page_of(client: Client, url: str, **parameters: str) -> str:
    response = client.get(url, parameters)
    assert response.status_code == 200
    return response.content.decode()


def form(**values: Any) -> dict[str, Any]:
    return {"a": "0", "b": "1", "model": "", "tag": ""} | values


def judge(client: Client, row: PromptComparison, verdict: str, position: int = 1) -> Any:
    return client.post(
        reverse("admin:chat_promptcomparison_judge", args=[row.pk, position]), {"verdict": verdict}, follow=True
    )


def verdict_of(row: PromptComparison) -> str:
    return row.questions.get().verdict


def test_a_comparison_is_started_and_leads_to_its_page(admin: Client, ready: str, dana: User) -> None:
    page = page_of(admin, ready)
    assert "1 saved question is answered twice" in page and "House model" in page and "keys" in page
    response = admin.post(ready, form(model="house-model", tag="keys", blind="on"))
    row = PromptComparison.objects.get()
    assert response.headers["Location"] == own(row)
    assert (row.number_a, row.number_b, row.model, row.blind, row.started_by) == (0, 1, "house-model", True, dana)
    assert (row.text_b, row.state) == (SHORT, ComparisonState.WAITING)
    assert PromptAnswer.objects.filter(state=AnswerState.WAITING).count() == 2


def test_the_version_in_use_and_the_newest_one_are_offered(admin: Client, ready: str) -> None:
    offered = admin.get(ready).context["form"]
    assert (offered["a"].value(), offered["b"].value()) == (0, 1)
    chosen = admin.get(ready, {"a": "1", "b": "0"}).context["form"]
    assert (chosen["a"].value(), chosen["b"].value()) == ("1", "0")


def test_without_a_model_it_says_so_and_starts_nothing(admin: Client, ready: str) -> None:
    AIModel.objects.update(enabled=False)
    page = page_of(admin, ready)
    assert "No model is configured" in page and "Start the comparison" not in page
    assert "model" in admin.post(ready, form()).context["form"].errors
    assert not PromptComparison.objects.exists()


def test_without_questions_it_offers_to_add_some(admin: Client, ready: str) -> None:
    PromptQuestion.objects.all().delete()
    assert "No saved questions yet" in page_of(admin, ready)
    assert "tag" in admin.post(ready, form()).context["form"].errors


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"b": "0"}, "b"), ({"b": "7"}, "b"), ({"a": "x"}, "a"), ({"a": ""}, "a"),
        ({"model": "nonsense"}, "model"), ({"tag": "nonsense"}, "tag"), ({"tag": "a\0b"}, "tag"),
    ],
)  # fmt: skip
def test_bad_input_names_the_field(admin: Client, ready: str, values: dict[str, str], field: str) -> None:
    response = admin.post(ready, form(**values))
    assert response.status_code == 200 and field in response.context["form"].errors
    assert not PromptComparison.objects.exists()


def test_progress_is_shown_until_it_ends(admin: Client, ready: str) -> None:
    admin.post(ready, form())
    row = PromptComparison.objects.get()
    for url in (own(row), own(row, "progress")):
        page = page_of(admin, url)
        assert "waits for a worker" in page and "0 of 2 answers" in page and "hx-get" in page
    PromptComparison.objects.update(state=ComparisonState.RUNNING)
    PromptAnswer.objects.filter(side="a").update(state=AnswerState.DONE, text="x", cost="0.5")
    running = admin.get(own(row, "progress"))
    assert "1 of 2 answers" in running.content.decode() and "$0.50" in running.content.decode()
    assert "HX-Refresh" not in running.headers
    PromptComparison.objects.update(state=ComparisonState.DONE)
    assert admin.get(own(row, "progress")).headers["HX-Refresh"] == "true"
    assert "comparison-progress" not in page_of(admin, own(row))


def test_answers_stand_side_by_side_as_the_product_shows_them(admin: Client, comparison: PromptComparison) -> None:
    PromptAnswer.objects.filter(side="b").update(text="**Short.**", cost="0.25", duration_ms=200)
    page = page_of(admin, own(comparison))
    assert page.count('class="bo-side') == 3
    assert "<strong>Providers</strong>" in page and "<strong>Short.</strong>" in page
    assert "<script>alert" not in page
    assert "A · As shipped" in page and "B · Version 1" in page
    assert "+$0.25" in page and "−1.0 s" in page and "0 of 1 question judged" in page


def test_a_verdict_is_given_changed_and_taken_back(admin: Client, dana: User, comparison: PromptComparison) -> None:
    page = judge(admin, comparison, "second").content.decode()
    assert verdict_of(comparison) == "b" and "B is better" in page and "1 of 1 question judged" in page
    judge(admin, comparison, "equal")
    assert verdict_of(comparison) == "equal"
    assert "0 of 1 question judged" in judge(admin, comparison, "").content.decode()
    assert "Choose one of the two" in judge(admin, comparison, "third").content.decode()
    assert verdict_of(comparison) == ""


def test_totals_count_what_people_preferred(admin: Client, comparison: PromptComparison, dana: User) -> None:
    judge(admin, comparison, "first")
    sides = admin.get(own(comparison)).context["sides"]
    assert [(side.better, side.answered, side.failed, side.models) for side in sides] == [
        (1, 1, 0, "echo"),
        (0, 1, 0, "echo"),
    ]


def test_a_blind_comparison_hides_whose_answer_it_is(admin: Client, comparison: PromptComparison) -> None:
    PromptComparison.objects.update(blind=True)
    ComparedQuestion.objects.update(swapped=True)
    PromptAnswer.objects.filter(side="a").update(text="alpha")
    PromptAnswer.objects.filter(side="b").update(text="beta")
    page = page_of(admin, own(comparison))
    assert page.index("beta") < page.index("alpha")
    assert (
        "First answer" in page and "A ·" not in page.split('<ol class="bo-compared"')[1] and "times better" not in page
    )
    assert "The first one is better" in judge(admin, comparison, "first").content.decode()
    assert verdict_of(comparison) == "b"
    show = reverse("admin:chat_promptcomparison_show_sides", args=[comparison.pk])
    assert show in page
    assert admin.post(show, {"_form_submitted": "True"}).headers["HX-Redirect"] == own(comparison)
    page = page_of(admin, own(comparison))
    assert page.index("beta") < page.index("alpha") and "B · Version 1" in page and show not in page
    judge(admin, comparison, "second")
    assert verdict_of(comparison) == "a"


def test_what_failed_or_was_not_asked_says_so_and_is_not_judged(admin: Client, comparison: PromptComparison) -> None:
    PromptComparison.objects.update(state=ComparisonState.CANCELLED)
    PromptAnswer.objects.filter(side="a").update(state=AnswerState.FAILED, error="timeout", text="")
    PromptAnswer.objects.filter(side="b").update(state=AnswerState.WAITING, text="", duration_ms=None)
    page = page_of(admin, own(comparison))
    assert "did not answer in time" in page and "Was not asked" in page and "Cancelled" in page
    assert "bo-verdict-form" not in page
    assert "Both sides must have answered" in judge(admin, comparison, "first").content.decode()


def test_a_failed_comparison_says_why(admin: Client, comparison: PromptComparison) -> None:
    PromptComparison.objects.update(state=ComparisonState.FAILED, error="no_payer")
    assert "nobody can be charged" in page_of(admin, own(comparison))


def test_cancelling_asks_first(admin: Client, ready: str) -> None:
    admin.post(ready, form())
    row = PromptComparison.objects.get()
    cancel = own(row, "cancel")
    assert cancel in page_of(admin, own(row))
    assert "No more questions are asked" in page_of(admin, cancel)
    assert PromptComparison.objects.get().state == ComparisonState.WAITING
    admin.post(cancel, {"_form_submitted": "True"})
    assert PromptComparison.objects.get().state == ComparisonState.CANCELLED
    assert cancel not in page_of(admin, own(row))


def test_a_comparison_is_deleted_with_its_answers(admin: Client, comparison: PromptComparison) -> None:
    url = own(comparison, "delete")
    assert "2 answers go with them" in page_of(admin, url)
    admin.post(url, {"post": "yes"})
    assert not PromptComparison.objects.exists() and not PromptAnswer.objects.exists()


def test_many_questions_are_paged(admin: Client, comparison: PromptComparison) -> None:
    more(comparison, 24)
    assert "Page 1 of 3" in page_of(admin, own(comparison))
    assert "Question 25?" in page_of(admin, own(comparison), p="3")
    assert admin.get(own(comparison), {"p": "nonsense"}).status_code == 200
    assert judge(admin, comparison, "first", 25).redirect_chain[-1][0].endswith("?p=3#question-25")


def more(row: PromptComparison, number: int) -> None:
    for position in range(2, number + 2):
        asked = ComparedQuestion.objects.create(
            comparison=row, position=position, text=f"Question {position}?", language="en", passages=[]
        )
        for side in Side:
            PromptAnswer.objects.create(asked=asked, side=side, state=AnswerState.DONE, text="x", duration_ms=1)


def test_the_page_takes_the_same_queries_for_few_and_for_many(admin: Client, comparison: PromptComparison) -> None:
    few = queries_of(admin, own(comparison))
    more(comparison, 9)
    assert queries_of(admin, own(comparison)) == few <= 16


def test_who_may_only_look_judges_nothing(staff: Staff, comparison: PromptComparison) -> None:
    client = staff("chat.view_promptcomparison")
    page = page_of(client, own(comparison))
    assert "bo-verdict-form" not in page
    assert judge(client, comparison, "first").status_code == 403
    for action in ("cancel", "show_sides"):
        assert client.post(own(comparison, action), {"_form_submitted": "True"}).status_code == 403
    assert client.post(own(comparison, "delete"), {"post": "yes"}).status_code == 403
    assert verdict_of(comparison) == ""


def test_outsiders_see_nothing(client: Client, charlie: User, staff: Staff, comparison: PromptComparison) -> None:
    stranger = staff("chat.view_prompt")
    for url in (LIST, own(comparison), own(comparison, "progress")):
        assert client.get(url).status_code == 302
        assert logged_in(charlie).get(url).status_code == 302
        assert stranger.get(url).status_code in {302, 403}
    assert judge(stranger, comparison, "first").status_code in {403, 404}
    assert verdict_of(comparison) == ""


def test_unknown_rows_are_not_found(admin: Client, comparison: PromptComparison) -> None:
    assert admin.get(f"{LIST}nonsense/progress/").status_code == 404
    assert judge(admin, comparison, "first", 99).status_code == 404
    assert admin.get(reverse("admin:chat_promptcomparison_judge", args=[comparison.pk, 1])).status_code == 405
