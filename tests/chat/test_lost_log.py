"""The event log goes away, or comes back without what it held, while answers are written and read."""

import uuid

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as django_settings

from chat.eventlog import LogDown, LogLost, OutOfOrder, event, get_event_log
from chat.models import Message, Turn
from chat.turns.reader import follow
from integrations.models import UsageRecord
from tests.chat.conftest import eventually, finished
from tests.chat.test_turns_api import ask, events_of

pytestmark = pytest.mark.django_db(transaction=True)
needs_redis = pytest.mark.skipif(django_settings.EMBEDDED, reason="the log in memory is lost with its writer only")


def text_of(events):
    """What a reader has on the screen, having checked that nothing was missing and nothing came twice."""
    text, last = "", 0
    for item in events:
        assert item["seq"] == last + 1 or (item["type"] == "snapshot" and item["seq"] > last), events
        last = item["seq"]
        if item["type"] == "snapshot":
            text = item["content"]
        elif item["type"] == "delta":
            text += item["content"]
    return text


@pytest.fixture
def asked(api, alice, runner, connected):
    """A turn whose model is speaking."""
    connected("slow")
    api.force_authenticate(alice)
    turn = ask(api, message="x").json()["turn"]
    eventually(lambda: len(api.get(f"/api/v1/turns/{turn}/events").json()["events"]) > 3)
    return turn


def lose(turn):
    """As FLUSHDB does, for one turn."""
    import redis

    redis.Redis.from_url(django_settings.REDIS_URL).delete(f"sb:turn:{turn}")


@needs_redis
def test_what_a_flushed_log_lacks_comes_as_a_snapshot(api, asked, models):
    first = api.get(f"/api/v1/turns/{asked}/events").json()["events"]
    lose(asked)
    after = first[-1]["seq"]
    eventually(lambda: api.get(f"/api/v1/turns/{asked}/events?after={after}").json()["events"])
    models.gate.set()
    rest = events_of(api, asked, after=after)
    assert text_of(first + rest) == rest[-2]["content"]
    anew = events_of(api, asked)
    assert anew[0]["type"] == "snapshot"
    assert text_of(anew) == rest[-2]["content"]
    assert (finished(asked).state, UsageRecord.objects.count()) == ("done", 1)


@pytest.mark.parametrize("comes_back", [True, False])
def test_an_answer_goes_on_without_its_log(api, asked, models, monkeypatch, comes_back):
    log = get_event_log()

    async def fail(*args, **kwargs):
        raise LogDown("gone")

    monkeypatch.setattr("chat.turns.writer.LAST_WORDS_SECONDS", 0.1)
    first = api.get(f"/api/v1/turns/{asked}/events").json()["events"]
    with monkeypatch.context() as outage:
        outage.setattr(log, "append", fail)
        outage.setattr(log, "tail", fail)
        length = len(Message.objects.get(turn=asked).content)
        eventually(lambda: len(Message.objects.get(turn=asked).content) > length + 100)
        if not comes_back:
            models.gate.set()
            assert finished(asked).state == "done"
    if comes_back:
        last = first[-1]["seq"]
        eventually(lambda: api.get(f"/api/v1/turns/{asked}/events?after={last}").json()["events"])
        models.gate.set()
    rest = events_of(api, asked, after=first[-1]["seq"])
    answer = finished(asked).answer.content
    assert text_of(first + rest) == rest[-2]["content"] == answer
    assert Turn.objects.get(pk=asked).last_seq == rest[-1]["seq"]


def test_readers_go_on_without_the_log(api, asked, models, monkeypatch):
    """What the database has is what they get, and the end."""
    log = get_event_log()

    async def fail(*args, **kwargs):
        raise LogDown("gone")

    monkeypatch.setattr("chat.turns.reader.DOWN_SECONDS", 0.05)
    for name in ("read", "wait"):
        monkeypatch.setattr(log, name, fail)
    eventually(lambda: Message.objects.get(turn=asked).content)
    page = api.get(f"/api/v1/turns/{asked}/events").json()
    assert [item["type"] for item in page["events"]] == ["snapshot"]
    models.gate.set()
    rest = events_of(api, asked, after=page["events"][0]["seq"])
    assert rest[-1]["type"] == "done"
    assert rest[-2]["content"] == finished(asked).answer.content


@pytest.fixture
def log():
    return get_event_log()


def deltas(first, last):
    return [event(number, "delta", str(number)) for number in range(first, last + 1)]


async def test_a_second_writer_is_refused(log):
    turn = uuid.uuid4()
    await log.append(turn, deltas(1, 3))
    with pytest.raises(OutOfOrder):
        await log.append(turn, deltas(2, 3), continues=True)
    assert await log.tail(turn) == 3


@needs_redis
async def test_a_writer_notices_that_its_stream_is_gone(log):
    turn = uuid.uuid4()
    await log.append(turn, deltas(1, 3))
    lose(turn)
    with pytest.raises(LogLost):
        await log.append(turn, deltas(4, 4), continues=True)
    assert await log.tail(turn) == 0


@needs_redis
async def test_a_writer_notices_another_life_of_the_server(log):
    """Restarted from disk it may lack the last moment; nothing of that shows in the stream itself."""
    turn = uuid.uuid4()
    await log.append(turn, deltas(1, 3))
    await log.append(turn, deltas(4, 4), continues=True)
    log._written_to[turn] = "run_id:of-the-last-life"
    with pytest.raises(LogLost):
        await log.append(turn, deltas(5, 5), continues=True)
    await log.append(turn, deltas(6, 6), continues=True)


@needs_redis
async def test_streams_do_not_stay_for_ever(log):
    import redis.asyncio as redis

    turn = uuid.uuid4()
    async with redis.from_url(django_settings.REDIS_URL) as client:
        await log.append(turn, deltas(1, 1))
        assert 0 < await client.ttl(f"sb:turn:{turn}") <= 3600 + 600
        await client.persist(f"sb:turn:{turn}")
        await log.append(turn, deltas(2, 70), continues=True)
        assert await client.ttl(f"sb:turn:{turn}") > 0
        await log.close(turn)
        assert 0 < await client.ttl(f"sb:turn:{turn}") <= 3600


async def test_a_long_turn_keeps_its_newest_events(log, settings):
    settings.EVENT_LOG_TURN_EVENTS = 200
    turn = uuid.uuid4()
    for first in range(1, 1001, 50):
        await log.append(turn, deltas(first, first + 49), continues=first > 1)
    kept = await log.read(turn, after=0, limit=10_000)
    assert len(kept) <= 400
    assert [item["seq"] for item in kept] == list(range(kept[0]["seq"], 1001))


async def test_a_reader_beyond_the_end_does_not_spin(log, monkeypatch):
    turn, reads = uuid.uuid4(), []
    await log.append(turn, deltas(1, 3))
    assert await log.wait(turn, after=0, seconds=5)
    really = log.read

    async def counting(*args, **kwargs):
        reads.append(args)
        return await really(*args, **kwargs)

    monkeypatch.setattr(log, "read", counting)
    assert await log.wait(turn, after=10**9, seconds=0.3) == []
    assert len(reads) <= 2


def test_a_reader_behind_a_trimmed_log_gets_the_text_so_far(api, asked, models, settings):
    settings.EVENT_LOG_TURN_EVENTS = 100
    first = api.get(f"/api/v1/turns/{asked}/events").json()["events"]
    log = get_event_log()

    async def has_lost_its_beginning():
        found = await log.read(uuid.UUID(asked), after=0)
        return found and found[0]["seq"] > 1

    eventually(lambda: async_to_sync(has_lost_its_beginning)(), seconds=60)
    snapshot = eventually(lambda: api.get(f"/api/v1/turns/{asked}/events?after=2").json()["events"])
    assert snapshot[0]["type"] == "snapshot"
    models.gate.set()
    rest = events_of(api, asked, after=2)
    assert text_of(first[:2] + rest) == finished(asked).answer.content


async def test_resuming_at_and_beyond_the_end(api, alice, runner, connected, settings):
    from channels.db import database_sync_to_async

    await database_sync_to_async(connected)("echo")
    api.force_authenticate(alice)
    turn = (await database_sync_to_async(ask)(api, message="x")).json()["turn"]
    last = (await database_sync_to_async(finished)(turn)).last_seq
    url = f"/api/v1/turns/{turn}/events"
    for after in (last, last + 1, 10**6):
        page = (await database_sync_to_async(api.get)(f"{url}?after={after}")).json()
        assert (page["events"], page["finished"]) == ([], True)
        streamed = await database_sync_to_async(api.get)(
            url, headers={"accept": "text/event-stream", "last-event-id": str(after)}
        )
        assert streamed.status_code == 204
    (done,) = [batch async for batch in follow(uuid.UUID(turn), after=last)]
    assert [(item["type"], item["seq"]) for item in done] == [("done", last)]


def test_who_looks_just_before_the_last_pieces_gets_them_and_no_snapshot(api, asked, models, monkeypatch):
    """The log says nothing yet, and when the database is asked the answer has ended."""
    models.gate.set()
    assert finished(asked).state == "done"
    log = get_event_log()
    read, looks = log.read, []

    async def too_early_once(*args, **kwargs):
        looks.append(args)
        return [] if len(looks) == 1 else await read(*args, **kwargs)

    monkeypatch.setattr(log, "read", too_early_once)
    events = events_of(api, asked)
    assert [item["seq"] for item in events] == list(range(1, len(events) + 1))
    assert "snapshot" not in {item["type"] for item in events}
