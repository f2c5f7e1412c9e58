"""WS /ws/widgets/KEY: only for the widget's own visitors, and only from its sites."""

from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator

from accounts.services.tokens import issue_user_token, issue_visitor_token
from chat.widgets.services.changes import save_widget, switch_widget
from config.asgi import application
from tests.widgets.conftest import SHOP, STRANGER, Visitor, make_widget
from tests.widgets.test_talking import SECRETS, answered

pytestmark = pytest.mark.django_db(transaction=True)

OWN = "http://testserver"


@pytest.fixture
def guest(transactional_db: None) -> Visitor:
    return Visitor(make_widget())


def socket(token: str, key: str, *, origin: str = OWN, path: str = "/ws/widgets/") -> Any:
    headers = [(b"host", b"testserver"), (b"origin", origin.encode())]
    return WebsocketCommunicator(application, f"{path}{key}", headers=headers, subprotocols=["bearer", token])


async def opens(communicator: Any) -> bool:
    connected, _ = await communicator.connect(timeout=30)
    if connected:
        await communicator.disconnect()
    return bool(connected)


async def test_from_the_panel_and_from_an_allowed_site(guest):
    assert await opens(socket(guest.token, guest.widget.key))
    assert await opens(socket(guest.token, guest.widget.key, origin=SHOP))


async def test_from_nowhere_else(guest, settings):
    settings.CHAT_ANONYMOUS = True
    for origin in (STRANGER, "null"):
        assert not await opens(socket(guest.token, guest.widget.key, origin=origin))
    other = await database_sync_to_async(make_widget)(name="Other")
    assert not await opens(socket(guest.token, other.key))
    assert not await opens(socket(guest.token, "w_nothing"))
    assert not await opens(socket(guest.token, "", path="/ws/chat"))


async def test_not_for_others(guest, alice, visitor, settings):
    settings.CHAT_ANONYMOUS = True
    tokens = [
        await database_sync_to_async(issue_user_token)(alice),
        await database_sync_to_async(issue_visitor_token)(visitor),
        "nonsense",
    ]
    for token in tokens:
        assert not await opens(socket(token, guest.widget.key))
    without = WebsocketCommunicator(application, f"/ws/widgets/{guest.widget.key}", headers=[(b"host", b"testserver")])
    assert not await opens(without)


async def test_a_turn_is_resumed_without_what_is_the_houses_business(guest):
    asked = await database_sync_to_async(lambda: guest.ask().json())()
    await database_sync_to_async(answered)(asked["turn"])
    communicator = socket(guest.token, guest.widget.key)
    assert (await communicator.connect(timeout=30))[0]
    await communicator.send_json_to({"resume": asked["turn"], "after": 0})
    frames = [await communicator.receive_json_from(timeout=30)]
    while frames[-1]["type"] != "done":
        frames.append(await communicator.receive_json_from(timeout=30))
    assert "Here." in [frame["content"] for frame in frames]
    assert not [value for value in SECRETS.values() if isinstance(value, str) and value in str(frames)]
    await communicator.disconnect()


async def test_questions_are_not_taken_here(guest):
    communicator = socket(guest.token, guest.widget.key)
    assert (await communicator.connect(timeout=30))[0]
    await communicator.send_json_to({"message": "free of limits?"})
    assert (await communicator.receive_json_from(timeout=30))["metadata"] == {"code": "bad_request"}
    await communicator.disconnect()


async def test_another_visitors_turn_is_not_found(guest):
    asked = await database_sync_to_async(lambda: guest.ask().json())()
    other = await database_sync_to_async(Visitor)(guest.widget)
    communicator = socket(other.token, guest.widget.key)
    assert (await communicator.connect(timeout=30))[0]
    await communicator.send_json_to({"resume": asked["turn"], "after": 0})
    assert (await communicator.receive_json_from(timeout=30))["metadata"] == {"code": "not_found"}
    await communicator.disconnect()


def switch_off(widget: Any) -> None:
    switch_widget(widget, enabled=False, actor=None)


def remove_site(widget: Any) -> None:
    widget.origins = [STRANGER]
    save_widget(widget, actor=None)


@pytest.mark.parametrize("change", [switch_off, remove_site])
async def test_open_sockets_close_at_once(guest, change):
    communicator = socket(guest.token, guest.widget.key)
    assert (await communicator.connect(timeout=30))[0]
    await database_sync_to_async(change)(guest.widget)
    closing = await communicator.receive_output(timeout=30)
    assert (closing["type"], closing["code"]) == ("websocket.close", 4403)
