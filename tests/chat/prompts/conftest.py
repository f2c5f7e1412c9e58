"""Prompts with versions, and a model server that answers comparisons."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from chat import tasks
from chat.prompts.models import Prompt, PromptComparison, PromptQuestion, PromptVersion
from chat.prompts.services.comparisons import start_comparison
from chat.prompts.services.versions import ensure_prompts, save_version

SHORT = "Answer in {language}, in one sentence."
LONG = "Answer in {language}, at length."


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.compare_prompts, "delay", lambda: None)


@pytest.fixture
def prompt(db: None) -> Prompt:
    return fresh("assistant")


def fresh(key: str = "assistant") -> Prompt:
    """The prompt as the database has it."""
    ensure_prompts()
    found: Prompt = Prompt.objects.select_related("live").get(key=key)
    return found


def written(text: str, actor: User, *, key: str = "assistant", use: bool = True) -> PromptVersion:
    """A version after the newest one, put to use."""
    prompt = fresh(key)
    newest = prompt.versions.order_by("-number").values_list("number", flat=True).first() or 0
    return save_version(prompt, text, actor=actor, based_on=newest, use=prompt.live_number if use else None)


@pytest.fixture
def compare(transactional_db: None, dana: User) -> Callable[..., PromptComparison]:
    """Starts a comparison of the shipped text (A) with SHORT (B) on some questions."""

    def start(*questions: str, **options: Any) -> PromptComparison:
        for text in questions or ("Where is the key?",):
            PromptQuestion.objects.create(text=text)
        if not PromptVersion.objects.exists():
            written(SHORT, dana, use=False)
        return start_comparison(fresh(), 0, 1, actor=dana, **options)

    return start
