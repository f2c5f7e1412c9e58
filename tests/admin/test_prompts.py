"""Prompts in the back office: writing them, their versions, going back, and what an update changed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from chat.models import Conversation, Turn
from chat.prompts.live import prompt_for
from chat.prompts.models import Prompt, PromptQuestion, PromptVersion
from tests.admin.conftest import ask, logged_in
from tests.admin.test_every_page import queries_of
from tests.chat.prompts.conftest import LONG, SHORT, fresh, written

Staff = Callable[..., Client]
LIST = "/admin/chat/prompt/"
EVIL = "<script>alert(1)</script>"
PAGES = ["change", "versions", "difference", "shipped", "compare"]


def own(page: str, key: str = "assistant") -> str:
    return reverse(f"admin:chat_prompt_{page}", args=[fresh(key).pk])


def page_of(client: Client, url: str, **parameters: str) -> str:
    response = client.get(url, parameters)
    assert response.status_code == 200
    return response.content.decode()


def form(text: str = SHORT, **values: Any) -> dict[str, Any]:
    return {"text": text, "note": "", "use": "on", "based_on": "0", "expected": "0"} | values


def use(client: Client, version: Any, expected: Any) -> Any:
    return client.post(own("use"), {"version": version, "expected": expected}, follow=True)


def test_the_list_says_what_each_is_for_and_how_it_stands(admin: Client, dana: User) -> None:
    page = page_of(admin, LIST)
    assert "Workflow copilot" in page and "How widgets talk with visitors" in page
    assert page.count("As shipped") >= 5
    written(SHORT, dana)
    page = page_of(admin, LIST)
    assert "Changed from the shipped text" in page and "Version 1" in page and "dana" in page


def test_a_prompt_shows_its_text_and_variables(admin: Client) -> None:
    page = page_of(admin, own("change"))
    assert "a self-hosted server in which" in page
    assert "<code>{language}</code>" in page and "The language of the question" in page
    assert "write {{ and }} for braces" in page


def test_a_new_text_is_saved_and_used(admin: Client, dana: User) -> None:
    response = admin.post(own("change"), form(note="shorter"), follow=True)
    assert "Version 1 is saved and in use." in response.content.decode()
    assert "shorter" in response.content.decode()
    assert (prompt_for("assistant").text, prompt_for("assistant").version) == (SHORT, 1)
    assert PromptVersion.objects.get().author == dana
    history = page_of(admin, reverse("admin:chat_prompt_history", args=[fresh().pk]))
    assert "Version 1 is saved and in use." in history


def test_it_can_be_kept_for_a_comparison_first(admin: Client) -> None:
    values = form()
    del values["use"]
    assert "Version 1 is saved, not yet used." in admin.post(own("change"), values, follow=True).content.decode()
    assert prompt_for("assistant").version == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Hello", "{language} is missing"),
        ("{language} {x}", "no variable {x}"),
        ("{language} {", "has a single {"),
        ("{language}\0", "Null characters"),
        ("{language}" + "x" * 100_000, "At most 20000 characters"),
        ("{language} sk-" + "abc123" * 6, "looks as if it held a key"),
        ("", "This field is required"),
    ],
)
def test_what_is_wrong_is_said_and_the_text_stays(admin: Client, text: str, problem: str) -> None:
    response = admin.post(own("change"), form(text))
    assert response.status_code == 200
    page = response.content.decode()
    assert problem in page
    assert "text" in response.context["form"].errors
    assert not PromptVersion.objects.exists()


@pytest.mark.parametrize(
    "values",
    [{"based_on": "x"}, {"based_on": ""}, {"expected": "-1"}, {"expected": str(10**40)}, {"note": "x" * 10_000}],
)
def test_nonsense_in_the_form_writes_nothing(admin: Client, values: dict[str, str]) -> None:
    assert admin.post(own("change"), form(**values)).status_code == 200
    assert not PromptVersion.objects.exists()


def test_the_second_editor_is_told_and_may_press_again(admin: Client, bob: User) -> None:
    written(SHORT, bob)
    response = admin.post(own("change"), form(LONG))
    page = response.content.decode()
    assert "Meanwhile bob wrote version 1." in page and LONG in page
    assert PromptVersion.objects.count() == 1
    shown = response.context["form"]
    again = form(LONG, based_on=shown["based_on"].value(), expected=shown["expected"].value())
    assert admin.post(own("change"), again).status_code == 302
    assert prompt_for("assistant").version == 2


def test_another_version_put_to_use_meanwhile_is_said(admin: Client, dana: User) -> None:
    written(SHORT, dana)
    page = admin.post(own("change"), form(LONG, based_on="1", expected="0")).content.decode()
    assert "Meanwhile another version was put to use: Version 1." in page
    assert PromptVersion.objects.count() == 1


def test_one_goes_on_from_any_version(admin: Client, dana: User) -> None:
    written(SHORT, dana)
    written(LONG, dana)
    assert "at length" in page_of(admin, own("change"))
    assert "in one sentence" in page_of(admin, own("change"), **{"from": "1"})
    for nonsense in ("9", "x", "-1", "9" * 50):
        assert "at length" in page_of(admin, own("change"), **{"from": nonsense})


def test_going_back_takes_one_press_and_so_does_undoing_it(admin: Client, dana: User) -> None:
    written(SHORT, dana)
    page = page_of(admin, own("versions"))
    assert "Use this one" in page and "Comes with the product" in page
    response = use(admin, 0, 1)
    assert "In use now: As shipped." in response.content.decode()
    assert 'form="prompt-undo" name="version" value="1"' in response.content.decode()
    assert prompt_for("assistant").version == 0
    assert "In use now: Version 1." in use(admin, 1, 0).content.decode()
    page = page_of(admin, own("versions"))
    assert page.count(" → ") == 3


def test_who_looks_at_an_old_page_changes_nothing(admin: Client, dana: User) -> None:
    written(SHORT, dana)
    written(LONG, dana)
    assert "Meanwhile another version was put to use." in use(admin, 1, 0).content.decode()
    assert prompt_for("assistant").version == 2


@pytest.mark.parametrize(("version", "expected"), [("9", "0"), ("x", "0"), ("", "0"), ("0", "9" * 30), ("-1", "0")])
def test_versions_that_do_not_exist_are_not_found(admin: Client, version: str, expected: str) -> None:
    assert use(admin, version, expected).status_code == 404
    assert admin.get(own("difference"), {"a": version, "b": "77"}).status_code == 404


def test_differences_between_any_two_are_marked_by_more_than_colour(admin: Client, dana: User) -> None:
    written(SHORT, dana)
    written(LONG, dana)
    page = page_of(admin, own("difference"), a="1", b="2")
    assert (
        "<del>in one sentence</del>" in page
        and "removed:" in page
        and "<ins>at length</ins>" in page
        and "added:" in page
    )
    assert "Both say the same." in page_of(admin, own("difference"), a="2", b="2")
    assert "self-hosted" in page_of(admin, own("difference"))


def test_an_update_of_the_shipped_text_is_shown_and_settled(admin: Client, dana: User) -> None:
    written(SHORT, dana)
    Prompt.objects.update(shipped="Be rude, in {language}.")
    assert "The shipped text has changed" in page_of(admin, LIST)
    assert "An update has changed the shipped text" in page_of(admin, own("change"))
    page = page_of(admin, own("shipped"))
    assert "rude" in page and "self-hosted" in page and "Keep ours" in page
    response = admin.post(own("keep"), follow=True).content.decode()
    assert "Your own text stays in use." in response and "An update has changed" not in response
    assert "Nothing that your text does not know of." in page_of(admin, own("shipped"))
    assert prompt_for("assistant").version == 1


def test_a_version_that_does_not_fit_any_more_is_an_alarm(admin: Client, dana: User) -> None:
    prompt = fresh()
    prompt.live = PromptVersion.objects.create(prompt=prompt, number=1, text="{gone}")
    prompt.save()
    assert "Does not fit any more" in page_of(admin, LIST)
    assert "the shipped text is used" in page_of(admin, own("change"))
    use(admin, 0, 1)
    assert "does not fit the variables" in use(admin, 1, 0).content.decode()


def test_notes_and_texts_are_shown_as_text(admin: Client, dana: User) -> None:
    admin.post(own("change"), form(f"{{language}} {EVIL}", note=EVIL))
    for page in ("change", "versions", "difference"):
        assert EVIL not in page_of(admin, own(page))


def test_who_may_only_look_changes_nothing(staff: Staff, dana: User) -> None:
    written(SHORT, dana)
    client = staff("chat.view_prompt")
    page = page_of(client, own("change"))
    assert SHORT in page and "Save as a new version" not in page
    assert "Use this one" not in page_of(client, own("versions"))
    assert client.post(own("change"), form(LONG, based_on="1", expected="1")).status_code == 403
    assert use(client, 0, 1).status_code == client.post(own("keep")).status_code == 403
    assert client.post(own("compare"), {"a": "0", "b": "1"}).status_code == 403
    assert prompt_for("assistant").version == 1 and PromptVersion.objects.count() == 1


def test_outsiders_see_nothing(client: Client, charlie: User, staff: Staff, dana: User) -> None:
    written(SHORT, dana)
    stranger = staff("chat.view_turn")
    for page in PAGES:
        assert client.get(own(page)).status_code == 302
        assert logged_in(charlie).get(own(page)).status_code == 302
        assert SHORT not in stranger.get(own(page)).content.decode()
        assert stranger.get(own(page)).status_code in {302, 403, 404}
    assert use(stranger, 0, 1).status_code in {403, 404}
    assert prompt_for("assistant").version == 1


def test_changes_need_a_post(admin: Client) -> None:
    for page in ("use", "keep"):
        assert admin.get(own(page)).status_code == 405


def test_prompts_are_neither_added_nor_deleted(admin: Client) -> None:
    assert admin.get(f"{LIST}add/").status_code == 403
    assert admin.post(reverse("admin:chat_prompt_delete", args=[fresh().pk]), {"post": "yes"}).status_code == 403


def test_a_prompt_without_questions_to_try_is_not_compared(admin: Client) -> None:
    assert admin.get(own("compare", "client_note")).status_code == 404
    assert own("compare", "client_note") not in page_of(admin, own("change", "client_note"))


def test_pages_take_the_same_queries_however_many_versions_there_are(admin: Client, dana: User) -> None:
    written(SHORT, dana)
    few = [queries_of(admin, own(page)) for page in PAGES]
    for number in range(30):
        written(f"{SHORT} {number}", dana)
    many = [queries_of(admin, own(page)) for page in PAGES]
    # From the second page of versions on, their number is asked once more.
    assert many == few and max(many) <= 14


# Answers


@pytest.fixture
def turn(conversation: Conversation) -> Turn:
    return ask(conversation, question="Where is my parcel?")


def keep(client: Client, turn: Turn) -> Any:
    return client.post(reverse("admin:chat_turn_keep_question", args=[turn.pk]), follow=True)


def test_an_answers_page_names_the_prompt(admin: Client, turn: Turn) -> None:
    url = reverse("admin:chat_turn_change", args=[turn.pk])
    assert "<dt>Prompt</dt>" not in page_of(admin, url)
    for used, said in (
        ({"key": "widget", "version": 3}, "Widget · Version 3"),
        ({"key": "gone", "version": 0}, "gone · As shipped"),
    ):
        turn.answer.metadata = {"prompt": used}
        turn.answer.save()
        assert f"<dt>Prompt</dt><dd>{said}</dd>" in page_of(admin, url)


def test_a_question_is_saved_from_an_answer_once(admin: Client, turn: Turn, dana: User) -> None:
    assert "Save this question" in page_of(admin, reverse("admin:chat_turn_change", args=[turn.pk]))
    assert "The question is saved." in keep(admin, turn).content.decode()
    question = PromptQuestion.objects.get()
    assert (question.text, question.language, question.author) == ("Where is my parcel?", "en", dana)
    assert "had been saved before" in keep(admin, turn).content.decode()
    assert PromptQuestion.objects.count() == 1


def test_a_question_that_is_too_long_is_not_saved(admin: Client, turn: Turn) -> None:
    turn.question.content = "x" * 4001
    turn.question.save()
    assert "too long to be saved" in keep(admin, turn).content.decode()
    assert not PromptQuestion.objects.exists()


def test_saving_a_question_needs_both_permissions(staff: Staff, charlie: User, turn: Turn) -> None:
    looker = staff("chat.view_turn")
    assert "Save this question" not in page_of(looker, reverse("admin:chat_turn_change", args=[turn.pk]))
    assert keep(looker, turn).status_code == 403
    assert "login" in keep(logged_in(charlie), turn).redirect_chain[-1][0]
    assert not PromptQuestion.objects.exists()


def test_an_unknown_answer_has_no_question(admin: Client) -> None:
    assert admin.post("/admin/chat/turn/00000000-0000-0000-0000-000000000000/keep-question/").status_code == 404


# Saved questions


def test_questions_are_written_switched_and_deleted(admin: Client, dana: User) -> None:
    url = "/admin/chat/promptquestion/"
    assert "Questions that people really ask" in page_of(admin, url)
    values = {"text": "Где ключ?", "language": "ru", "tags": "keys", "active": "on", "note": ""}
    assert admin.post(f"{url}add/", values).status_code == 302
    question = PromptQuestion.objects.get()
    assert (question.text, question.author) == ("Где ключ?", dana)
    for action, active in (("leave_out_selected", False), ("ask_selected", True)):
        admin.post(url, {"action": action, "_selected_action": [question.pk]})
        question.refresh_from_db()
        assert question.active is active
    admin.post(f"{url}{question.pk}/delete/", {"post": "yes"})
    assert not PromptQuestion.objects.exists()


@pytest.mark.parametrize("text", ["", "x" * 4001, "a\0b"])
def test_a_bad_question_is_refused(admin: Client, text: str) -> None:
    values = {"text": text, "language": "en", "tags": "", "note": ""}
    response = admin.post("/admin/chat/promptquestion/add/", values)
    assert response.status_code == 200 and "text" in response.context["adminform"].form.errors
    assert not PromptQuestion.objects.exists()
