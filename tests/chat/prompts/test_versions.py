"""Writing prompts, choosing the version in use, and what answers read."""

from collections.abc import Callable
from dataclasses import replace
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from chat.prompts import registry
from chat.prompts.live import live_prompts, prompt_for, render
from chat.prompts.models import Prompt, PromptSwitch, PromptVersion
from chat.prompts.registry import UnknownPrompt, Variable, spec_of
from chat.prompts.services.versions import EditedMeanwhile, ensure_prompts, keep_own, make_live, save_version
from integrations.remember import forget
from tests.chat.prompts.conftest import LONG, SHORT, fresh, written
from tests.conftest import make_user


@pytest.fixture
def change_spec(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What an update of the product changes in the assistant's prompt."""

    def change(**values: Any) -> None:
        monkeypatch.setitem(registry._specs, "assistant", replace(spec_of("assistant"), **values))

    return change


def test_without_versions_the_shipped_text_is_used(db: None) -> None:
    active = prompt_for("assistant")
    assert (active.text, active.version) == (spec_of("assistant").text, 0)
    said = render("assistant", language="English", name="House")
    assert said.version == 0
    assert "assistant of House" in said.text and "Answer in English" in said.text


def test_a_version_is_kept_and_used_when_its_author_says_so(prompt: Prompt, dana: User) -> None:
    first = save_version(prompt, SHORT, note=" shorter ", actor=dana, based_on=0)
    assert (first.number, first.note, first.author) == (1, "shorter", dana)
    assert prompt_for("assistant").version == 0
    assert make_live(fresh(), 1, actor=dana, expected=0)
    assert (prompt_for("assistant").text, prompt_for("assistant").version) == (SHORT, 1)
    assert render("assistant", language="Russian").text == "Answer in Russian, in one sentence."
    prompt = fresh()
    assert (prompt.changed_by, prompt.live_number) == (dana, 1)
    assert prompt.changed_at is not None


def test_going_back_is_one_step_and_leaves_a_trace(prompt: Prompt, dana: User, bob: User) -> None:
    written(SHORT, dana)
    written(LONG, dana)
    assert make_live(fresh(), 1, actor=bob, expected=2)
    assert make_live(fresh(), 0, actor=bob, expected=1)
    assert prompt_for("assistant").version == 0
    trace = PromptSwitch.objects.order_by("pk").values_list("former", "number", "actor__username")
    assert list(trace) == [(0, 1, "dana"), (1, 2, "dana"), (2, 1, "bob"), (1, 0, "bob")]


def test_what_is_in_use_already_changes_nothing(prompt: Prompt, dana: User, bob: User) -> None:
    written(SHORT, dana)
    assert not make_live(fresh(), 1, actor=bob, expected=1)
    assert fresh().changed_by == dana
    assert PromptSwitch.objects.count() == 1


def test_the_second_editor_is_told_of_the_first(prompt: Prompt, dana: User, bob: User) -> None:
    save_version(prompt, SHORT, actor=dana, based_on=0)
    with pytest.raises(EditedMeanwhile) as raised:
        save_version(prompt, LONG, actor=bob, based_on=0)
    assert raised.value.version and raised.value.version.author == dana
    assert list(PromptVersion.objects.values_list("text", flat=True)) == [SHORT]


def test_another_version_put_to_use_meanwhile_is_told_and_nothing_is_saved(prompt: Prompt, dana: User) -> None:
    written(SHORT, dana)
    make_live(fresh(), 0, actor=dana, expected=1)
    with pytest.raises(EditedMeanwhile) as raised:
        save_version(fresh(), LONG, actor=dana, based_on=1, use=1)
    assert raised.value.version is None
    assert PromptVersion.objects.count() == 1
    with pytest.raises(EditedMeanwhile):
        make_live(fresh(), 1, actor=dana, expected=1)


def both_at_once(*presses: Callable[[Prompt], Any]) -> list[str]:
    """What each of them got, in alphabetical order: its result, or that it was told."""
    start, outcomes = Barrier(len(presses)), []

    def press(action: Callable[[Prompt], Any]) -> None:
        try:
            prompt = fresh()
            start.wait(10)
            outcomes.append(str(action(prompt)))
        except EditedMeanwhile:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [Thread(target=press, args=[action]) for action in presses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(outcomes)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_the_same_moment_one_is_told(dana: User, bob: User) -> None:
    ensure_prompts()
    assert both_at_once(
        lambda prompt: save_version(prompt, SHORT, actor=dana, based_on=0, use=0).number,
        lambda prompt: save_version(prompt, LONG, actor=bob, based_on=0, use=0).number,
    ) == ["1", "told"]
    assert PromptVersion.objects.count() == PromptSwitch.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_choose_at_the_same_moment_one_is_told(dana: User, bob: User) -> None:
    for text in (SHORT, LONG):
        written(text, dana, use=False)
    assert both_at_once(
        lambda prompt: make_live(prompt, 1, actor=dana, expected=0),
        lambda prompt: make_live(prompt, 2, actor=bob, expected=0),
    ) == ["True", "told"]
    assert PromptSwitch.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "Write what"),
        (" \n ", "Write what"),
        ("Hello", "{language} is missing"),
        ("{language} {user}", "no variable {user}"),
        ("{language}\n{name.x}", "Line 2 has a single {"),
        ("{language} }", "Write }} for a brace"),
        ("{language}\0", "Null characters"),
        ("{language} " + "x" * 100_000, "At most 20000 characters"),
        ("{language} sk-" + "abc123" * 6, "Line 1 looks as if it held a key"),
    ],
)
def test_a_text_that_cannot_be_used_is_refused(prompt: Prompt, dana: User, text: str, problem: str) -> None:
    with pytest.raises(ValidationError) as raised:
        save_version(prompt, text, actor=dana, based_on=0)
    assert any(problem in message for message in raised.value.message_dict["text"])
    assert not PromptVersion.objects.exists()


@pytest.mark.parametrize("note", ["x" * 301, "a\0b", "the key is sk-" + "abc123" * 6])
def test_so_is_a_note(prompt: Prompt, dana: User, note: str) -> None:
    with pytest.raises(ValidationError) as raised:
        save_version(prompt, SHORT, note=note, actor=dana, based_on=0)
    assert list(raised.value.message_dict) == ["note"]
    assert not PromptVersion.objects.exists()


def test_line_ends_of_forms_are_no_change(prompt: Prompt, dana: User) -> None:
    with pytest.raises(ValidationError, match="Nothing has changed"):
        save_version(prompt, prompt.spec.text.replace("\n", "\r\n") + "\r\n", actor=dana, based_on=0)


def test_a_version_stays_as_it_was_written(prompt: Prompt, dana: User) -> None:
    version = written(SHORT, dana)
    version.text = LONG
    with pytest.raises(TypeError):
        version.save()
    for number in (1, 0):
        with pytest.raises(IntegrityError), transaction.atomic():
            PromptVersion.objects.create(prompt=prompt, number=number, text=LONG)


def test_versions_outlive_their_authors(prompt: Prompt) -> None:
    erin = make_user("erin", is_staff=True)
    written(SHORT, erin)
    erin.delete()
    assert PromptVersion.objects.get().author is None
    assert PromptSwitch.objects.get().actor is None
    assert prompt_for("assistant").version == 1


def test_an_unknown_version_cannot_be_used(prompt: Prompt, dana: User) -> None:
    with pytest.raises(PromptVersion.DoesNotExist):
        make_live(prompt, 9, actor=dana, expected=0)


# Updates of the product


def test_an_update_of_the_shipped_text_is_news_until_staff_have_seen_it(
    prompt: Prompt, dana: User, change_spec: Callable[..., None]
) -> None:
    assert not fresh().shipped_has_changed
    written(SHORT, dana)
    change_spec(text="Better: {language}.")
    assert fresh().shipped_has_changed
    assert prompt_for("assistant").text == SHORT
    keep_own(fresh(), actor=dana)
    assert not fresh().shipped_has_changed
    make_live(fresh(), 0, actor=dana, expected=1)
    assert prompt_for("assistant").text == "Better: {language}."


def test_who_never_changed_a_prompt_just_gets_the_new_one(prompt: Prompt, change_spec: Callable[..., None]) -> None:
    change_spec(text="Better: {language}.")
    assert not fresh().shipped_has_changed
    assert prompt_for("assistant").text == "Better: {language}."


def test_a_version_that_an_update_made_unusable_gives_way_and_says_so(
    prompt: Prompt, dana: User, change_spec: Callable[..., None]
) -> None:
    written(SHORT, dana)
    change_spec(text="{tone}", variables=(Variable("tone", "How.", required=True),))
    active = prompt_for("assistant")
    assert (active.text, active.version, active.unfit) == ("{tone}", 0, 1)
    with pytest.raises(ValidationError, match="does not fit"):
        make_live(fresh(), 1, actor=dana, expected=0)


def test_a_prompt_that_the_product_dropped_is_left_alone(prompt: Prompt, dana: User) -> None:
    gone = Prompt.objects.create(key="gone")
    gone.live = PromptVersion.objects.create(prompt=gone, number=1, text="x")
    gone.save()
    assert prompt_for("assistant").version == 0
    assert not Prompt.objects.visible_to(dana).filter(key="gone").exists()
    with pytest.raises(UnknownPrompt):
        prompt_for("gone")


# Reading


def test_all_prompts_take_one_query_and_none_while_they_are_remembered(
    prompt: Prompt, dana: User, settings: Any
) -> None:
    written(SHORT, dana)
    written("{note}!", dana, key="client_note")
    settings.REMEMBER_SECONDS = 60
    forget()
    with CaptureQueriesContext(connection) as queries:
        for key in ("assistant", "client_note", "widget", "passages"):
            prompt_for(key)
    assert len(queries) == 1


def test_a_change_is_seen_at_once_by_the_process_that_made_it(
    prompt: Prompt, dana: User, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.REMEMBER_SECONDS = 60
    forget()
    assert prompt_for("assistant").version == 0
    with django_capture_on_commit_callbacks(execute=True):
        written(SHORT, dana)
    assert prompt_for("assistant").version == 1
    forget()


def test_rendering_needs_the_variables_that_there_are(db: None) -> None:
    prompts = live_prompts()
    with pytest.raises(TypeError, match="language"):
        prompts.render("assistant", name="House")
    with pytest.raises(TypeError, match="age"):
        prompts.render("assistant", language="English", age="7")
    assert prompts.reference("assistant") == {"key": "assistant", "version": 0}


# Whose they are


def test_prompts_are_for_staff_with_the_permission(prompt: Prompt, dana: User, charlie: User, visitor: Any) -> None:
    clerk = make_user("clerk", is_staff=True)
    assert Prompt.objects.visible_to(dana).count() == len(registry.specs())
    for outsider in (charlie, clerk, visitor, None):
        assert not Prompt.objects.visible_to(outsider).exists()
