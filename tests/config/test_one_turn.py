"""Mails that are posted to the real ASGI application take turns; whoever waits for a decision holds up nobody."""

import asyncio
import json
import threading

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async

from config import oneturn
from config.asgi import application
from tickets.intake.webhook import views
from tickets.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/api/webhook/email"


def scope(path: str, query: str, length: int) -> dict:
    return {
        "type": "http", "http_version": "1.1", "method": "POST", "path": path, "raw_path": path.encode(),
        "query_string": query.encode(), "client": ("127.0.0.1", 5), "server": ("testserver", 80), "scheme": "http",
        "headers": [
            (b"host", b"testserver"), (b"content-type", b"application/json"), (b"content-length", b"%d" % length),
        ],
    }  # fmt: skip


async def post(number: int, query: str = "", path: str = PATH) -> tuple[int, dict, dict]:
    mail = {
        "from": f"c{number}@client.example", "to": "support@example.com", "subject": f"Order {number}",
        "text": "Where is it?", "message_id": f"<{number}@client.example>",
    }  # fmt: skip
    body = json.dumps(mail).encode()
    link = ApplicationCommunicator(application, scope(path, query, len(body)))
    await link.send_input({"type": "http.request", "body": body})
    begin = await link.receive_output(60)
    end = await link.receive_output(60)
    await link.wait(60)
    headers = {name.decode().lower(): value.decode() for name, value in begin["headers"]}
    return begin["status"], headers, json.loads(end["body"])


async def test_many_mails_at_once_become_a_ticket_each():
    answers = await asyncio.gather(*(post(number) for number in range(12)))
    assert [status for status, _, _ in answers] == [202] * 12
    assert len({body["ticket_id"] for _, _, body in answers}) == 12
    assert await database_sync_to_async(Ticket.objects.count)() == 12
    assert all(headers["x-trace-id"] and headers["x-content-type-options"] == "nosniff" for _, headers, _ in answers)


async def test_no_more_than_a_few_at_a_time(monkeypatch):
    inside, most, lock = 0, 0, threading.Lock()
    take = views.take_posted

    def counted(posted):
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        try:
            return take(posted)
        finally:
            with lock:
                inside -= 1

    monkeypatch.setattr(views, "take_posted", counted)
    await asyncio.gather(*(post(number) for number in range(20)))
    assert 1 <= most <= oneturn.AT_ONCE


async def test_who_waits_for_a_decision_holds_up_nobody(monkeypatch):
    decided = threading.Event()
    monkeypatch.setattr(views, "decision_for", lambda message: decided.wait(60) and None)
    waiting = [asyncio.create_task(post(number, "wait=true")) for number in range(oneturn.AT_ONCE + 2)]
    try:
        assert (await post(100))[0] == 202
        assert not any(task.done() for task in waiting)
    finally:
        decided.set()
    assert [status for status, _, _ in await asyncio.gather(*waiting)] == [202] * len(waiting)


async def test_other_paths_are_answered_as_ever():
    status, _, body = await post(1, path="/api/webhook/email/nobody")
    assert status == 404
    assert "detail" in body
