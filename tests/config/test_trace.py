"""One trace id for a request and all that it sets in motion."""

import asyncio
from types import SimpleNamespace

import pytest
from celery import signals
from celery.app.task import Context

from chat.choices import Channel
from chat.services import Question, start_turn
from chat.services.conversations import new_conversation
from chat.turns.job import load_job
from config.trace import trace_id


@pytest.fixture(autouse=True)
def fresh_trace():
    token = trace_id.set("-")
    yield
    trace_id.reset(token)


def published():
    """The headers that a task's message gets when it is sent now."""
    headers = {"id": "task-1", "task": "some.task"}
    signals.before_task_publish.send(sender="some.task", headers=headers, body=(), exchange="", routing_key="")
    return headers


def run(headers, *, eager=False):
    request = Context({**headers, "is_eager": eager})
    signals.task_prerun.send(sender=None, task_id="task-1", task=SimpleNamespace(request=request))


def test_a_task_goes_on_under_the_trace_of_the_request_that_sent_it():
    trace_id.set("trace-of-a-request")
    headers = published()
    trace_id.set("-")
    run(headers)
    assert trace_id.get() == "trace-of-a-request"


def test_a_task_that_nobody_asked_for_is_traced_by_its_own_id():
    run(published())
    assert trace_id.get() == "task-1"


def test_a_task_that_runs_inside_the_request_keeps_its_trace():
    trace_id.set("trace-of-a-request")
    run({"id": "task-1"}, eager=True)
    assert trace_id.get() == "trace-of-a-request"


@pytest.mark.django_db
def test_the_answer_to_a_question_is_written_under_its_trace(alice):
    conversation = new_conversation(actor=alice, channel=Channel.PAGE)
    trace_id.set("trace-of-a-question")
    turn = start_turn(conversation, Question("Hello?"), actor=alice)
    trace_id.set("-")
    assert load_job(turn.pk).trace == "trace-of-a-question"


async def test_requests_that_run_side_by_side_do_not_mix_their_traces(async_client):
    wanted = [f"trace-number-{n}" for n in range(20)]
    answers = await asyncio.gather(*(async_client.get("/health", headers={"x-trace-id": one}) for one in wanted))
    assert [answer["X-TRACE-ID"] for answer in answers] == wanted
