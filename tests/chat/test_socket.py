"""WS /ws/chat as its clients use it."""

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator

from accounts.services.tokens import issue_user_token
from chat.models import Conversation, Turn
from chat.services import Question, start_turn
from chat.services.conversations import new_conversation
from config.asgi import application
from tests.model_server import ANSWER

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def open_to_anybody(settings):
    settings.CHAT_ANONYMOUS = True


class Socket:
    def __init__(self, **headers: str) -> None:
        raw = [(name.encode(), value.encode()) for name, value in {"host": "testserver", **headers}.items()]
        self.communicator = WebsocketCommunicator(application, "/ws/chat", headers=raw)

    async def __aenter__(self) -> "Socket":
        connected, code = await self.communicator.connect(timeout=5)
        assert connected, code
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.communicator.disconnect()

    async def send(self, **frame: object) -> None:
        await self.communicator.send_json_to(frame)

    async def frames(self) -> list[dict]:
        """Frames up to `done`."""
        received: list[dict] = []
        while not received or received[-1]["type"] != "done":
            received.append(await self.communicator.receive_json_from(timeout=10))
        return received


async def test_two_questions_on_one_socket(runner, connected):
    await database_sync_to_async(connected)("echo")
    async with Socket() as socket:
        for question in ("один", "два"):
            await socket.send(message=question)
            frames = await socket.frames()
            assert [frame["type"] for frame in frames] == ["stage", "stage", "stage", "content", "done"]
            assert all(set(frame) == {"type", "stage", "content", "metadata"} for frame in frames)
            assert frames[3]["content"] == ANSWER
    assert await Conversation.objects.acount() == 1


async def test_pieces_when_asked_for(runner, connected):
    await database_sync_to_async(connected)("echo")
    async with Socket() as socket:
        await socket.send(message="x", delta=True)
        frames = await socket.frames()
    assert "".join(frame["content"] for frame in frames if frame["type"] == "delta") == ANSWER


@pytest.mark.parametrize("raw", ["{broken", "[1]", '"text"', "5"])
async def test_a_bad_frame_is_an_error_and_the_socket_stays(runner, connected, raw):
    await database_sync_to_async(connected)("echo")
    async with Socket() as socket:
        await socket.communicator.send_to(text_data=raw)
        assert (await socket.communicator.receive_json_from())["type"] == "error"
        await socket.send(message="still there?")
        assert (await socket.frames())[-1]["type"] == "done"


@pytest.mark.parametrize("message", ["", "   ", None, 5, ["x"], {}])
async def test_a_blank_or_odd_message_is_refused(message, transactional_db):
    async with Socket() as socket:
        await socket.send(message=message)
        frame = await socket.communicator.receive_json_from()
        assert (frame["type"], frame["content"]) == ("error", "Empty message")


async def test_a_second_question_meanwhile_is_busy(runner, connected, models):
    await database_sync_to_async(connected)("slow")
    async with Socket() as socket:
        await socket.send(message="one")
        assert (await socket.communicator.receive_json_from(timeout=5))["type"] == "stage"
        await socket.send(message="two")
        frames = [await socket.communicator.receive_json_from(timeout=5)]
        while frames[-1]["type"] != "error":
            frames.append(await socket.communicator.receive_json_from(timeout=5))
        assert frames[-1]["metadata"] == {"code": "busy"}
        models.gate.set()
        assert (await socket.frames())[-1]["type"] == "done"


async def test_two_sockets_in_parallel(runner, connected):
    await database_sync_to_async(connected)("echo")
    async with Socket() as one, Socket() as two:
        await one.send(message="x")
        await two.send(message="y")
        assert (await two.frames())[-2]["content"] == ANSWER
        assert (await one.frames())[-2]["content"] == ANSWER
    assert await Conversation.objects.acount() == 2


async def test_any_turn_of_mine_is_resumed_after_any_event(runner, connected, alice):
    await database_sync_to_async(connected)("echo")
    token = await database_sync_to_async(issue_user_token)(alice)
    async with Socket(authorization=f"Bearer {token}") as socket:
        await socket.send(message="x")
        await socket.frames()
        turn = await Turn.objects.aget()
        await socket.send(resume=str(turn.pk), after=0)
        whole = await socket.frames()
        assert [frame["seq"] for frame in whole] == list(range(1, turn.last_seq + 1))
        assert {frame["turn"] for frame in whole} == {str(turn.pk)}
        await socket.send(resume=str(turn.pk), after=4)
        assert await socket.frames() == whole[4:]


@database_sync_to_async
def turn_of(actor):
    return start_turn(new_conversation(actor=actor, channel="page"), Question("secret"), actor=actor)


async def test_an_outsider_resumes_and_stops_nothing(alice, charlie, transactional_db, monkeypatch):
    monkeypatch.setattr("chat.tasks.run_turns.delay", lambda *_: None)
    turn = await turn_of(alice)
    token = await database_sync_to_async(issue_user_token)(charlie)
    async with Socket(authorization=f"Bearer {token}") as socket:
        for frame in ({"resume": str(turn.pk)}, {"stop": str(turn.pk)}, {"resume": "nonsense"}, {"resume": None}):
            await socket.send(**frame)
            assert (await socket.communicator.receive_json_from())["metadata"] == {"code": "not_found"}
        await socket.send(message="x", conversation=str(turn.conversation_id))
        assert (await socket.communicator.receive_json_from())["metadata"] == {"code": "not_found"}
    await turn.arefresh_from_db()
    assert turn.stop_requested is False


async def test_stop_by_frame(runner, connected):
    await database_sync_to_async(connected)("slow")
    async with Socket() as socket:
        await socket.send(message="x", delta=True)
        while (await socket.communicator.receive_json_from(timeout=5))["type"] != "delta":
            pass
        turn = await Turn.objects.aget()
        await socket.send(stop=str(turn.pk))
        assert (await socket.frames())[-1]["metadata"] == {"state": "stopped", "failed": False}


async def test_leaving_does_not_stop_the_answer(runner, connected, models):
    await database_sync_to_async(connected)("slow")
    async with Socket() as socket:
        await socket.send(message="x", delta=True)
        while (await socket.communicator.receive_json_from(timeout=5))["type"] != "delta":
            pass
    models.gate.set()
    from tests.chat.conftest import finished

    turn = await Turn.objects.aget()
    assert (await database_sync_to_async(finished)(turn.pk)).state == "done"


async def test_nobody_is_refused_where_anonymous_use_is_off(settings, transactional_db):
    settings.CHAT_ANONYMOUS = False
    connected, _ = await WebsocketCommunicator(application, "/ws/chat").connect()
    assert not connected


async def test_a_bad_token_is_refused_even_where_anonymous_use_is_on(transactional_db):
    headers = [(b"authorization", b"Bearer nonsense")]
    connected, _ = await WebsocketCommunicator(application, "/ws/chat", headers=headers).connect()
    assert not connected


async def test_a_browser_presents_its_token_as_a_subprotocol(alice, runner, connected):
    await database_sync_to_async(connected)("echo")
    token = await database_sync_to_async(issue_user_token)(alice)
    communicator = WebsocketCommunicator(application, "/ws/chat", subprotocols=["bearer", token])
    connected_, protocol = await communicator.connect()
    assert (connected_, protocol) == (True, "bearer")
    await communicator.send_json_to({"message": "x"})
    while (await communicator.receive_json_from(timeout=5))["type"] != "done":
        pass
    await communicator.disconnect()
    assert (await Conversation.objects.select_related("owner").aget()).owner == alice


async def test_a_cookie_counts_for_our_own_pages_only(client, alice, transactional_db):
    await database_sync_to_async(client.force_login)(alice)
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    for origin, owner in (("http://testserver", alice), ("http://evil.example", None)):
        await Conversation.objects.all().adelete()
        async with Socket(cookie=cookie, origin=origin) as socket:
            await socket.send(message="x")
            for _ in range(500):
                if await Conversation.objects.aexists():
                    break
                await socket.communicator.receive_nothing(timeout=0.01)
        assert (await Conversation.objects.select_related("owner").aget()).owner == owner


async def test_an_idle_socket_is_pinged(monkeypatch, transactional_db):
    monkeypatch.setattr("chat.consumers.PING_SECONDS", 0.05)
    async with Socket() as socket:
        assert (await socket.communicator.receive_json_from())["type"] == "ping"


async def test_a_revoked_token_ends_the_socket(alice, transactional_db):
    from accounts.services.resolve import authenticate_bearer
    from accounts.services.tokens import revoke_token

    raw = await database_sync_to_async(issue_user_token)(alice)
    async with Socket(authorization=f"Bearer {raw}") as socket:
        _, token = await database_sync_to_async(authenticate_bearer)(raw)
        await database_sync_to_async(revoke_token)(token)
        message = await socket.communicator.receive_output(timeout=5)
        assert (message["type"], message["code"]) == ("websocket.close", 4403)


async def test_a_deactivated_user_is_shown_out_at_the_next_frame(alice, transactional_db):
    raw = await database_sync_to_async(issue_user_token)(alice)
    async with Socket(authorization=f"Bearer {raw}") as socket:
        alice.is_active = False
        await alice.asave()
        await socket.send(message="x")
        message = await socket.communicator.receive_output(timeout=5)
        assert (message["type"], message["code"]) == ("websocket.close", 4403)
