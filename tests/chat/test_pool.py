"""Connections to the database: readers that wait keep none, and dead ones are not handed out."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection

from chat.models import Turn
from chat.services import Question, start_turn
from chat.services.conversations import new_conversation
from tests.chat.conftest import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def turn(alice, monkeypatch):
    """A turn that nobody begins."""
    monkeypatch.setattr("chat.turns.wake.wake_runners", lambda: None)
    return start_turn(new_conversation(actor=alice, channel="page"), Question("x"), actor=alice)


def test_a_poll_that_waits_has_given_its_connection_back(api, alice, turn, monkeypatch):
    api.force_authenticate(alice)
    waiting, go_on, held = threading.Event(), threading.Event(), []

    def poll():
        from chat.api import waiting as module

        really = module._waiting.run

        def reached(work):
            held.append(connection.connection)
            waiting.set()
            go_on.wait(30)
            return really(work)

        monkeypatch.setattr(module._waiting, "run", reached)
        api.get(f"/api/v1/turns/{turn.pk}/events?wait=1")
        connection.close()

    thread = threading.Thread(target=poll)
    thread.start()
    assert waiting.wait(30)
    assert held == [None]
    go_on.set()
    thread.join(30)


def test_a_stream_has_given_its_connection_back(api, alice, turn):
    api.force_authenticate(alice)
    held = []

    def stream():
        api.get(f"/api/v1/turns/{turn.pk}/events", headers={"accept": "text/event-stream"})
        held.append(connection.connection)

    thread = threading.Thread(target=stream)
    thread.start()
    thread.join(30)
    assert eventually(lambda: held) == [None]


@pytest.mark.skipif(settings.EMBEDDED, reason="a file has no connections that could die")
def test_after_the_database_was_away_nobody_gets_a_dead_connection(turn):
    together = threading.Barrier(4, timeout=30)
    served_by = set()

    def read():
        """The state, read while three others have a connection of their own."""
        state = Turn.objects.values_list("state", flat=True).get(pk=turn.pk)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            served_by.add(cursor.fetchone()[0])
        together.wait()
        connection.close()
        return state

    with ThreadPoolExecutor(4) as people:
        assert {one.result() for one in [people.submit(read) for _ in range(4)]} == {"pending"}
        with connection.cursor() as cursor:
            # These alone: threads that outlive a test may have connections of their own.
            cursor.execute(
                "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE pid = ANY(%s) AND pid <> pg_backend_pid()",
                [list(served_by)],
            )
            assert cursor.fetchone()[0] >= 3
        assert {one.result() for one in [people.submit(read) for _ in range(4)]} == {"pending"}
