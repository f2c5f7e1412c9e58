"""The texts of running answers on their way into the database."""

import asyncio

import pytest
from asgiref.sync import async_to_sync

from chat.choices import Channel, TurnState
from chat.models import Message, Turn
from chat.services import Question, start_turn
from chat.services.conversations import new_conversation
from chat.turns.checkpoint import Checkpoint, Checkpointer, write_checkpoints

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "«Первая» 'половина' \"x\" \\n %s {} $1 😀\n\tnull"


def running(actor, *, worker="w", state=TurnState.RUNNING):
    """A turn that is not to be claimed by anybody, for its row never waits."""
    turn = start_turn(new_conversation(actor=actor, channel=Channel.PAGE), Question("?"), actor=actor)
    Turn.objects.filter(pk=turn.pk).update(state=state, worker=worker)
    return turn


@pytest.fixture(autouse=True)
def nobody_wakes(monkeypatch):
    monkeypatch.setattr("chat.turns.wake.wake_runners", lambda: None)


def kept(turn):
    turn.refresh_from_db()
    return turn.last_seq, Message.objects.get(pk=turn.answer_id).content


def test_each_text_is_stored_as_it_is_and_those_of_others_are_left_alone(alice):
    mine, second, foreign, ended = (
        running(alice),
        running(alice),
        running(alice, worker="other"),
        running(alice, state=TurnState.DONE),
    )

    async def save():
        checkpointer = Checkpointer("w")
        for number, turn in enumerate((mine, second, foreign, ended), 1):
            checkpointer.save_later(Checkpoint(turn.pk, turn.answer_id, "earlier", 1))
            checkpointer.save_later(Checkpoint(turn.pk, turn.answer_id, f"{TEXT} {number}", 10 + number))
        # Whoever waits does so for the others as well.
        await checkpointer.save(Checkpoint(second.pk, second.answer_id, "the newest", 20))

    async_to_sync(save)()
    assert kept(mine) == (11, f"{TEXT} 1")
    assert kept(second) == (20, "the newest")
    assert kept(foreign) == kept(ended) == (0, "")


def test_what_nobody_waits_for_is_stored_within_a_moment(alice):
    turn = running(alice)

    async def save():
        checkpointer = Checkpointer("w")
        checkpointer.save_later(Checkpoint(turn.pk, turn.answer_id, TEXT, 5))
        async with asyncio.timeout(10):
            while (await asyncio.to_thread(kept, turn)) != (5, TEXT):
                await asyncio.sleep(0.02)

    async_to_sync(save)()


def test_a_hundred_texts_take_as_many_statements_as_one(alice, django_assert_num_queries):
    turns = [running(alice) for _ in range(100)]
    for some in (turns[:1], turns):
        # Two, between the transaction's ends.
        with django_assert_num_queries(4):
            write_checkpoints([Checkpoint(turn.pk, turn.answer_id, TEXT, 1) for turn in some], "w")
    assert all(kept(turn) == (1, TEXT) for turn in turns)
