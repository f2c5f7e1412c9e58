"""Mini-pages and what the tests say of them."""

import json
from typing import Any

import pytest

from chat.artifacts.generation import Wish, generate
from chat.artifacts.models import Artifact
from chat.artifacts.services import store_artifact
from integrations.services.usage import Caller

GOOD_PAGE = {
    "title": "Калькулятор",
    "html": '<main><button id="go">Счёт</button><output id="sum">0</output></main>',
    "css": "main { color: teal; }",
    "js": 'document.getElementById("go").onclick = () => { document.getElementById("sum").value = 4; };',
}


def said(page: dict[str, Any] | None = None, **changes: str) -> str:
    """What a model writes that makes this page."""
    return json.dumps({**(GOOD_PAGE if page is None else page), **changes}, ensure_ascii=False)


@pytest.fixture(autouse=True)
def open_to_anybody(settings):
    settings.CHAT_ANONYMOUS = True


@pytest.fixture
def scripted(connected, models):
    """Makes a model the default one that says these texts, one a request."""

    def connect(*texts: str) -> Any:
        models.says = list(texts)
        return connected("scripted")

    return connect


def make(**fields: Any) -> Artifact:
    values = {"task": "Крестики-нолики", "title": "Tic-tac-toe", "html": "<p>x</p>", "css": "p{}", "js": "1;"}
    return Artifact.objects.create(**{**values, **fields})


async def drafted(task: str, routes: list[Any] | None = None, **wish: Any) -> Any:
    return await generate(Wish(task, wish.pop("language", "en"), **wish), routes or [], Caller(purpose="test"))


def stored(draft: Any, actor: Any = None) -> Artifact:
    return store_artifact(draft, actor=actor)
