"""Who loses access in the middle of an answer gets nothing more of it, also when nobody says so."""

import asyncio
import json

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth.models import Permission
from rest_framework.exceptions import NotFound
from rest_framework.test import APIClient

from accounts.models import AccessToken, User
from accounts.services.keys import create_api_key
from accounts.services.standing import Standing, standing_of, still_standing
from accounts.services.tokens import issue_user_token
from chat.api.turns import poll
from chat.eventlog import event, get_event_log
from chat.models import Conversation, Turn
from chat.querysets import is_readable_by
from chat.services import Question, start_turn
from chat.services.conversations import delete_conversation, new_conversation
from chat.turns.access import AccessLost, Grant
from chat.turns.reader import follow
from tests.chat.test_socket import Socket

pytestmark = pytest.mark.django_db(transaction=True)

in_thread = database_sync_to_async


@pytest.fixture(autouse=True)
def nobody_works(monkeypatch):
    monkeypatch.setattr("chat.turns.wake.wake_runners", lambda: None)


@pytest.fixture
def turn(alice):
    """A turn of alice's, whose events the test writes."""
    return start_turn(new_conversation(actor=alice, channel="page"), Question("x"), actor=alice)


class Writing:
    """Writes an event every 50 ms, as a model would."""

    def __init__(self, turn):
        self.turn, self.seq = turn, 0

    async def __aenter__(self):
        self.task = asyncio.create_task(self._write())
        return self

    async def __aexit__(self, *error):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def _write(self):
        while True:
            self.seq += 1
            await get_event_log().append(self.turn.pk, [event(self.seq, "delta", "x")])
            await asyncio.sleep(0.05)


async def read_until_lost(batches):
    """The numbers seen before AccessLost."""
    seen = []
    with pytest.raises(AccessLost) as lost:
        async with asyncio.timeout(30):
            async for batch in batches:
                seen += [item["seq"] for item in batch]
    return seen, lost.value


def deactivate(user):
    User.objects.filter(pk=user.pk).update(is_active=False)


async def test_a_socket_of_a_deactivated_user_is_closed_without_being_told(alice, turn):
    token = await in_thread(issue_user_token)(alice)
    async with Socket(authorization=f"Bearer {token}") as socket, Writing(turn) as writing:
        await socket.send(resume=str(turn.pk), after=0)
        assert (await socket.communicator.receive_json_from(timeout=10))["seq"] == 1
        await in_thread(deactivate)(alice)
        at = writing.seq
        last, message = 0, await socket.communicator.receive_output(timeout=10)
        while message["type"] == "websocket.send":
            last = json.loads(message["text"]).get("seq", last)
            message = await socket.communicator.receive_output(timeout=10)
        assert message["code"] == 4403
        # 20 events a second, and access is looked at again after one.
        assert last <= at + 30


async def test_a_conversation_given_to_somebody_else_leaves_the_socket_open(alice, bob, turn):
    token = await in_thread(issue_user_token)(alice)
    async with Socket(authorization=f"Bearer {token}") as socket, Writing(turn):
        await socket.send(resume=str(turn.pk), after=0)
        assert (await socket.communicator.receive_json_from(timeout=10))["seq"] == 1
        await Conversation.objects.filter(pk=turn.conversation_id).aupdate(owner=bob)
        frame: dict = {"type": "delta"}
        while frame["type"] == "delta":
            frame = await socket.communicator.receive_json_from(timeout=10)
        assert (frame["metadata"], frame["turn"]) == ({"code": "not_found"}, str(turn.pk))
        await socket.send(message="")
        assert (await socket.communicator.receive_json_from(timeout=10))["content"] == "Empty message"


async def test_a_stream_ends_with_an_error_event(alice, turn):
    api = APIClient()
    api.force_authenticate(alice)
    response = await in_thread(api.get)(f"/api/v1/turns/{turn.pk}/events", headers={"accept": "text/event-stream"})
    text = ""
    async with Writing(turn), asyncio.timeout(30):
        async for part in response.streaming_content:
            text += part.decode()
            if "id: 3\n" in text:
                await in_thread(deactivate)(alice)
    last = json.loads(text.strip().rsplit("data: ", 1)[1])
    assert (last["type"], last["metadata"]) == ("error", {"code": "access_lost"})


async def test_a_poll_that_waits_finds_nothing(alice, turn):
    waiting = asyncio.create_task(poll(turn, Grant(standing_of(alice, None)), 0, 20))
    await asyncio.sleep(0)
    await in_thread(deactivate)(alice)
    await get_event_log().append(turn.pk, [event(1, "delta", "secret")])
    with pytest.raises(NotFound):
        await waiting


async def test_every_way_to_lose_a_credential_counts(alice, turn, client):
    raw = await in_thread(issue_user_token)(alice)
    assert raw
    token = await AccessToken.objects.aget()
    _, key = await in_thread(create_api_key)(alice, name="k", scopes=["chat:read"])
    await in_thread(client.force_login)(alice)
    session = client.cookies["sessionid"].value
    standings = {
        "token": standing_of(alice, token),
        "key": standing_of(alice, key),
        "session": standing_of(alice, None, session_key=session),
        "password": standing_of(alice, None),
    }
    assert set(await in_thread(still_standing)(standings.values())) == set(standings.values())
    await AccessToken.objects.aupdate(revoked_at="2020-01-01T00:00Z")
    await in_thread(lambda: type(key).objects.update(expires_at="2020-01-01T00:00Z"))()
    alice.set_password("another-Marmot-43")
    await alice.asave()
    assert set(await in_thread(still_standing)(standings.values())) == {standings["password"]}
    await in_thread(deactivate)(alice)
    assert not await in_thread(still_standing)(standings.values())


async def test_a_deleted_conversation_ends_its_readers(alice, turn):
    async with Writing(turn):
        batches = follow(turn.pk, grant=Grant(standing_of(alice, None)))
        assert (await anext(batches)) or (await anext(batches))
        conversation = await Conversation.objects.aget(pk=turn.conversation_id)
        await in_thread(delete_conversation)(conversation, actor=alice)
        _, lost = await read_until_lost(batches)
    assert lost.is_out is False


async def test_staff_read_as_long_as_they_may(bob, turn):
    bob.is_staff = True
    await bob.asave()
    permission = await Permission.objects.aget(codename="view_conversation")
    await bob.user_permissions.aadd(permission)
    async with Writing(turn):
        batches = follow(turn.pk, grant=Grant(standing_of(bob, None)))
        assert (await anext(batches)) or (await anext(batches))
        await bob.user_permissions.aremove(permission)
        await read_until_lost(batches)


async def test_nobody_in_particular_reads_where_that_is_allowed(turn, settings, alice):
    settings.CHAT_ANONYMOUS = True
    await Conversation.objects.aupdate(owner=None)
    async with Writing(turn):
        batches = follow(turn.pk, grant=Grant(Standing()))
        assert (await anext(batches)) or (await anext(batches))
        settings.CHAT_ANONYMOUS = False
        _, lost = await read_until_lost(batches)
    assert lost.is_out is True


async def test_many_readers_are_checked_together(alice, turn, monkeypatch):
    from chat.turns import access

    rounds, really = [], access._readable

    def counting(readings):
        rounds.append(len(readings))
        return really(readings)

    monkeypatch.setattr(access, "_readable", counting)
    grant = Grant(standing_of(alice, None))
    for _ in range(50):
        await asyncio.gather(*(grant.check(turn.pk) for _ in range(20)))
    assert rounds == [1]


def test_one_row_is_judged_as_the_queryset_judges(alice, bob, dana, visitor):
    from accounts.models import AnonymousSubscriber

    gone = User.objects.create_user("gone", "gone@example.com", is_active=False)
    other = AnonymousSubscriber.objects.create()
    holders = [{"owner": alice}, {"owner": gone}, {"visitor": visitor}, {}]
    turns = [
        start_turn(Conversation.objects.create(channel="page", **holder), Question("x"), actor=None)
        for holder in holders
    ]
    for actor in (alice, bob, dana, gone, visitor, other, None):
        seen = set(Turn.objects.readable_by(actor).values_list("pk", flat=True))
        judged = {
            turn.pk for turn in turns if is_readable_by(actor, turn.conversation.owner_id, turn.conversation.visitor_id)
        }
        assert seen == judged, actor
