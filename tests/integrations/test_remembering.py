"""Facts that are remembered for a moment."""

import pytest

from integrations import remember
from integrations.models import AIProvider


@pytest.fixture
def remembering(settings):
    remember.forget()
    settings.REMEMBER_SECONDS = 60
    yield
    remember.forget()


@pytest.fixture
def asked():
    return []


def test_it_asks_once(remembering, asked):
    answers = [remember.remembered(("chain", "x"), lambda: asked.append(1) or "fact") for _ in range(3)]
    assert (answers, asked) == (["fact"] * 3, [1])


def test_other_questions_have_answers_of_their_own(remembering):
    assert remember.remembered(("chain", "x"), lambda: "x") == "x"
    assert remember.remembered(("chain", "y"), lambda: "y") == "y"


def test_a_fact_grows_old(remembering, asked, settings):
    remember.remembered(("a",), lambda: asked.append(1))
    settings.REMEMBER_SECONDS = 0
    remember.remembered(("a",), lambda: asked.append(1))
    assert asked == [1, 1]


def test_what_staff_change_counts_at_once(remembering, asked, db):
    provider = AIProvider.objects.create(key="p", name="P", kind="openai", base_url="https://example.com/v1")
    remember.remembered(("a",), lambda: asked.append(1))
    provider.enabled = False
    provider.save()
    remember.remembered(("a",), lambda: asked.append(1))
    assert asked == [1, 1]


def test_many_different_questions_do_not_fill_the_memory(remembering):
    for number in range(remember.MOST_FACTS * 3):
        remember.remembered(("chain", str(number)), lambda: None)
    assert len(remember._facts) <= remember.MOST_FACTS
