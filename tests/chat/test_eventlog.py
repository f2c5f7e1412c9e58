"""The event log's contract, for the back end that the settings name."""

import asyncio
import uuid

import pytest
from django.test import override_settings

from chat.eventlog import event, get_event_log
from chat.turns.reader import follow


def batch(first, last):
    return [event(number, "delta", str(number)) for number in range(first, last + 1)]


def numbers(events):
    return [item["seq"] for item in events]


async def test_events_are_read_after_a_number():
    log, turn = get_event_log(), uuid.uuid4()
    await log.append(turn, batch(1, 5))
    assert numbers(await log.read(turn, after=0)) == [1, 2, 3, 4, 5]
    assert numbers(await log.read(turn, after=3)) == [4, 5]
    assert await log.read(turn, after=5) == []
    assert numbers(await log.read(turn, after=0, limit=2)) == [1, 2]


async def test_waiting_ends_with_the_next_event_or_with_the_time():
    log, turn = get_event_log(), uuid.uuid4()
    assert await log.wait(turn, after=0, seconds=0.05) == []
    waiting = asyncio.create_task(log.wait(turn, after=0, seconds=5))
    await asyncio.sleep(0)
    await log.append(turn, batch(1, 1))
    assert numbers(await waiting) == [1]


async def test_many_readers_of_many_turns_get_every_event_once_and_in_order():
    log, turns = get_event_log(), [uuid.uuid4() for _ in range(10)]

    async def read(turn):
        seen = []
        while len(seen) < 60:
            seen += numbers(await log.wait(turn, after=seen[-1] if seen else 0, seconds=5))
        return seen

    async def write(turn):
        for first in range(1, 60, 3):
            await log.append(turn, batch(first, first + 2))
            await asyncio.sleep(0.001)

    readers = [asyncio.create_task(read(turn)) for turn in turns for _ in range(3)]
    await asyncio.gather(*(write(turn) for turn in turns))
    assert all(seen == list(range(1, 61)) for seen in await asyncio.gather(*readers))


async def test_a_late_reader_beside_a_current_one_misses_nothing():
    log, turn = get_event_log(), uuid.uuid4()
    current = asyncio.create_task(log.wait(turn, after=0, seconds=5))
    await asyncio.sleep(0)
    await log.append(turn, batch(1, 4))
    # A log of another process may hand them over one by one.
    seen = numbers(await current)
    while seen[-1] < 4:
        seen += numbers(await log.wait(turn, after=seen[-1], seconds=5))
    assert seen == [1, 2, 3, 4]
    assert numbers(await log.wait(turn, after=1, seconds=5)) == [2, 3, 4]


@pytest.mark.django_db(transaction=True)
async def test_following_a_turn_that_does_not_exist_ends():
    batches = [found async for found in follow(uuid.uuid4())]
    assert [item["type"] for item in batches[-1]] == ["done"]


@override_settings(EVENT_LOG_BACKEND="chat.eventlog.memory.MemoryEventLog")
async def test_closed_turns_make_room_in_memory(monkeypatch):
    from chat.eventlog.memory import MemoryEventLog

    monkeypatch.setattr("chat.eventlog.memory.CLOSED_KEPT", 2)
    log, turns = MemoryEventLog(), [uuid.uuid4() for _ in range(4)]
    for turn in turns:
        await log.append(turn, batch(1, 2))
        await log.close(turn)
    assert [bool(await log.read(turn, after=0)) for turn in turns] == [False, False, True, True]
