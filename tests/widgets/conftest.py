"""A widget on a shop's site, and a visitor of it."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from chat import tasks
from chat.widgets.models import Widget
from tests.chat.conftest import local_only, runner  # noqa: F401 - fixtures of ours too

SHOP = "https://shop.example.com"
STRANGER = "https://stranger.example.org"


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Waking a worker is not what these tests are about; and a widget needs no anonymous chat page."""
    monkeypatch.setattr(tasks.run_turns, "delay", lambda *_: None)
    settings.CHAT_ANONYMOUS = False


def make_widget(**fields: Any) -> Widget:
    widget: Widget = Widget.objects.create(**{"name": "Shop", "origins": [SHOP], **fields})
    return widget


@pytest.fixture
def widget(db: None) -> Widget:
    return make_widget()


class Visitor:
    """A visitor's browser on `origin`: one client with the widget's token."""

    def __init__(self, widget: Widget, origin: str = SHOP, resume: str = "") -> None:
        self.widget, self.origin = widget, origin
        self.opened = APIClient().post(self.path("/session"), {"resume": resume}, format="json", headers=self.headers())
        self.body: dict[str, Any] = self.opened.json()
        self.token: str = self.body.get("access_token", "")

    def path(self, rest: str) -> str:
        return f"/api/v1/widgets/{self.widget.key}{rest}"

    def headers(self, **more: str) -> dict[str, str]:
        return {"origin": self.origin, **more}

    def get(self, rest: str, **headers: str) -> Any:
        return APIClient().get(self.path(rest), headers=self._known(headers))

    def post(self, rest: str, body: Any = None, **headers: str) -> Any:
        return APIClient().post(self.path(rest), body or {}, format="json", headers=self._known(headers))

    def ask(self, text: str = "Where is my order?", **more: Any) -> Any:
        return self.post("/turns", {"message": text, **more})

    def _known(self, headers: dict[str, str]) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}", **self.headers(**headers)}


@pytest.fixture
def visit(widget: Widget) -> Callable[..., Visitor]:
    """Opens a session on the shop's site; other places and widgets when named."""

    def go(**where: Any) -> Visitor:
        return Visitor(where.pop("widget", widget), **where)

    return go
