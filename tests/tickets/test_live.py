"""WS /ws/desk: what happens to tickets reaches those who may see them, and nobody else."""

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.test import Client

from accounts.choices import Scope
from accounts.services.keys import create_api_key
from accounts.services.tokens import issue_user_token
from config.asgi import application
from tests.conftest import make_user
from tests.tickets import world
from tickets.choices import TicketPriority, TicketState
from tickets.consumers import ACCESS_LOST
from tickets.services.changes import add_note, assign, set_priority, set_state

pytestmark = pytest.mark.django_db(transaction=True)
HOST = {"host": "testserver"}
in_db = database_sync_to_async


class Desk:
    def __init__(self, user=None, **headers: str) -> None:
        self.user, self.headers = user, headers

    async def __aenter__(self) -> "Desk":
        headers = {**HOST, **self.headers}
        if self.user is not None:
            headers["authorization"] = f"Bearer {await in_db(issue_user_token)(self.user)}"
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        self.socket = WebsocketCommunicator(application, "/ws/desk/", headers=raw)
        self.let_in, _ = await self.socket.connect(timeout=5)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.socket.disconnect()

    async def send(self, **frame: object) -> None:
        await self.socket.send_json_to(frame)

    async def next(self, *kinds: str) -> dict:
        """The next frame of one of these kinds."""
        while True:
            frame = await self.socket.receive_json_from(timeout=10)
            if frame["type"] in kinds:
                return frame

    async def follow(self, ticket, **more: object) -> dict:
        await self.send(type="follow", ticket=ticket.pk, **more)
        return await self.next("following", "error")


@pytest.fixture
def box(transactional_db):
    return world.mailbox()


@pytest.fixture
def ticket(box):
    return world.ticket(box)


@pytest.fixture
def anna(box):
    return world.agent("anna", first_name="Анна", last_name="Кузнецова")


async def test_a_change_reaches_followers_and_lists(ticket, anna, dana):
    async with Desk(anna) as desk:
        assert (await desk.follow(ticket))["last"] == 0
        await in_db(set_priority)(ticket, TicketPriority.HIGH, actor=dana)
        event = await desk.next("event")
        assert (event["ticket"], event["kind"], event["by"], event["actor"]) == (
            ticket.pk,
            "priority",
            "person",
            "dana",
        )
        assert event["at"].endswith("Z") and event["message"] is None
        await desk.next("queue")


async def test_a_reader_goes_on_after_an_event(ticket, anna):
    await in_db(set_priority)(ticket, TicketPriority.HIGH, actor=anna)
    await in_db(set_state)(ticket, TicketState.OPEN, actor=anna)
    note = await in_db(add_note)(ticket, "Склад подтвердил", actor=anna)
    async with Desk(anna) as desk:
        await desk.follow(ticket, after=0)
        events = [await desk.next("event") for _ in range(3)]
        assert [event["kind"] for event in events] == ["priority", "state", "note"]
        assert events[2]["message"] == str(note.uuid)
        await desk.follow(ticket, after=events[1]["id"])
        assert (await desk.next("event"))["id"] == events[2]["id"]


async def test_what_was_rolled_back_is_not_told(ticket, anna):
    def undone():
        from django.db import transaction

        with transaction.atomic():
            set_priority(ticket, TicketPriority.HIGH, actor=anna)
            transaction.set_rollback(True)

    async with Desk(anna) as desk:
        await desk.follow(ticket)
        await in_db(undone)()
        await in_db(set_state)(ticket, TicketState.OPEN, actor=anna)
        assert (await desk.next("event"))["kind"] == "state"


async def test_people_see_each_other(ticket, anna, dana):
    async with Desk(anna) as one, Desk(dana) as other:
        await one.follow(ticket)
        await other.follow(ticket)
        await one.send(type="typing", ticket=ticket.pk)
        shown = await other.next("presence")
        assert shown["people"] == [{"name": "Анна Кузнецова", "initials": "АК", "typing": True}]
        await one.send(type="viewing", ticket=ticket.pk)
        assert (await other.next("presence"))["people"][0]["typing"] is False
        await one.send(type="unfollow", ticket=ticket.pk)
        assert (await other.next("presence"))["people"] == []


async def test_another_teams_ticket_is_not_there(ticket, anna):
    secret = await in_db(world.mailbox)("legal", team="lawyers")
    theirs = await in_db(world.ticket)(secret)
    async with Desk(anna) as desk:
        assert (await desk.follow(theirs))["code"] == "not_found"
        await desk.send(type="typing", ticket=theirs.pk)
        assert (await desk.next("error"))["code"] == "not_followed"


async def test_a_ticket_that_moves_away_is_followed_no_longer(ticket, anna, dana):
    secret = await in_db(world.mailbox)("legal", team="lawyers")
    async with Desk(anna) as desk:
        await desk.follow(ticket)
        await type(ticket).objects.filter(pk=ticket.pk).aupdate(mailbox=secret)
        await in_db(assign)(ticket, dana, actor=dana)
        assert (await desk.next("unfollowed", "event"))["type"] == "unfollowed"


@pytest.mark.parametrize("loss", ["rights", "staff", "token"])
async def test_whoever_loses_access_loses_the_connection(ticket, anna, dana, loss):
    async with Desk(anna) as desk:
        await desk.follow(ticket)
        if loss == "rights":
            await in_db(anna.user_permissions.clear)()
        elif loss == "staff":
            await type(anna).objects.filter(pk=anna.pk).aupdate(is_staff=False)
        else:
            await anna.tokens.aupdate(revoked_at="2026-01-01T00:00:00Z")
        await in_db(set_state)(ticket, TicketState.OPEN, actor=dana)
        while (message := await desk.socket.receive_output(timeout=10))["type"] != "websocket.close":
            assert '"event"' not in message["text"]
        assert message["code"] == ACCESS_LOST


async def test_who_is_let_in(ticket, anna, charlie, visitor):
    def keys():
        read = create_api_key(anna, name="a", scopes=[Scope.TICKETS_READ])[0]
        return read, create_api_key(anna, name="b", scopes=[Scope.CHAT_READ])[0]

    def session(user):
        client = Client()
        client.force_login(user)
        return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())

    good, bad = await in_db(keys)()
    cookies = await in_db(session)(anna)
    outsider = await in_db(session)(charlie)
    here = {"origin": "http://testserver"}
    clerk = await in_db(make_user)("clerk", is_staff=True)
    cases = [
        (Desk(anna), True),
        (Desk(**{"x-api-key": good}), True),
        (Desk(cookie=cookies, **here), True),
        (Desk(), False),
        (Desk(charlie), False),
        (Desk(clerk), False),
        (Desk(**{"x-api-key": bad}), False),
        (Desk(cookie=outsider, **here), False),
        (Desk(cookie=cookies, origin="https://evil.example"), False),
    ]
    for number, (desk, expected) in enumerate(cases):
        async with desk:
            assert desk.let_in is expected, number


@pytest.mark.parametrize(
    "frame", ["{", "[]", {"type": "shout"}, {"type": "follow"}, {"type": "follow", "ticket": True}, {"ticket": 1}]
)
async def test_an_odd_frame_is_an_error_and_the_socket_stays(ticket, anna, frame):
    async with Desk(anna) as desk:
        if isinstance(frame, str):
            await desk.socket.send_to(text_data=frame)
        else:
            await desk.send(**frame)
        assert (await desk.next("error"))["content"]
        await desk.send(type="ping")
        await desk.next("pong")
