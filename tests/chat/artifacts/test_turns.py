"""A question that asks for an interface, on every wire: stage, page, done; counted, kept and resumed like any turn."""

import json

import pytest
from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.services.tokens import issue_user_token
from chat.artifacts.generation import Wish, generate
from chat.artifacts.models import Artifact
from chat.artifacts.services import store_artifact
from chat.eventlog import get_event_log
from chat.models import Conversation, Message, Turn
from chat.services import Question, start_turn
from chat.turns import runner as module
from integrations.models import UsageRecord
from integrations.services.usage import Caller
from tests.chat.artifacts.conftest import said
from tests.chat.conftest import eventually, finished, streamed
from tests.chat.test_lost_log import lose
from tests.chat.test_socket import Socket

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "Создай UI калькулятора"


def chunks(response):
    return [json.loads(line[6:]) for line in streamed(response).splitlines() if line.startswith("data: ")]


async def test_an_old_client_gets_stage_artifact_and_done(runner, scripted):
    await database_sync_to_async(scripted)(said())
    async with Socket() as socket:
        await socket.send(message=QUESTION)
        frames = await socket.frames()
    assert [(frame["type"], frame["stage"]) for frame in frames] == [
        ("stage", "generation"),
        ("artifact", None),
        ("done", None),
    ]
    assert all(set(frame) == {"type", "stage", "content", "metadata"} for frame in frames)
    page = await Artifact.objects.aget()
    metadata = frames[1]["metadata"]
    assert metadata["cell_used"] == "ui_code_cell"
    assert metadata["artifact"]["id"] == page.pk
    assert metadata["artifact"]["metadata"] == {"rating": None, "rated_at": None}
    assert (metadata["artifact"]["html"], metadata["model"]) == (page.html, "test-scripted")
    assert "Калькулятор" in frames[1]["content"]


async def test_the_turn_is_counted_and_kept(runner, scripted, alice):
    await database_sync_to_async(scripted)(said())
    token = await database_sync_to_async(issue_user_token)(alice)
    async with Socket(authorization=f"Bearer {token}") as socket:
        await socket.send(message=QUESTION, delta=True)
        frames = await socket.frames()
        assert [frame["type"] for frame in frames] == ["stage", "delta", "artifact", "done"]
        turn = await Turn.objects.aget()
        await socket.send(resume=str(turn.pk), after=1)
        again = await socket.frames()
    page = await Artifact.objects.aget()
    assert (turn.state, turn.model_key, turn.output_tokens, turn.last_seq) == ("done", "test-scripted", 5, 4)
    assert (page.turn_id, page.conversation_id, page.owner_id) == (turn.pk, turn.conversation_id, alice.pk)
    assert [frame["type"] for frame in again] == ["delta", "artifact", "done"]
    record = await UsageRecord.objects.aget()
    assert (record.purpose, record.turn_id, record.user_id) == ("artifact", turn.pk, alice.pk)


def test_the_stream_and_the_whole_answer_have_it_too(api, runner, scripted):
    scripted(said(), said())
    received = chunks(api.get("/api/chat/stream", {"message": QUESTION}))
    assert [chunk["type"] for chunk in received] == ["stage", "artifact", "done"]
    body = api.post("/api/chat", {"message": QUESTION}, format="json").json()
    assert "Калькулятор" in body["response"]
    assert body["model"] == "test-scripted"


def ask(api, question=QUESTION):
    turn = finished(api.post("/api/v1/turns", {"message": question}, format="json").json()["turn"])
    return turn


def test_the_history_shows_a_card_without_the_sources(api, runner, scripted, alice):
    scripted(said())
    api.force_authenticate(alice)
    turn = ask(api)
    answer = api.get(f"/api/v1/conversations/{turn.conversation_id}").json()["messages"][-1]
    page = Artifact.objects.get()
    assert answer["artifact"]["id"] == page.pk
    assert answer["artifact"]["title"] == "Калькулятор"
    assert answer["artifact"]["url"].startswith(f"/artifacts/{page.pk}.html?key=")
    assert not {"html", "css", "js"} & set(answer["artifact"])
    api.force_authenticate(None)
    assert api.get(answer["artifact"]["url"]).status_code == 200


def test_a_history_takes_the_same_queries_for_one_page_and_for_many(api, runner, scripted, alice):
    scripted(*[said()] * 3)
    api.force_authenticate(alice)
    url = f"/api/v1/conversations/{ask(api).conversation_id}"

    def queries():
        with CaptureQueriesContext(connection) as found:
            api.get(url)
        return len(found)

    before = queries()
    for _ in range(2):
        body = {"message": QUESTION, "conversation": url.rpartition("/")[2]}
        finished(api.post("/api/v1/turns", body, format="json").json()["turn"])
    assert Artifact.objects.count() == 3
    assert queries() == before


def without_log(turn):
    """The turn's events are known to the database alone."""
    get_event_log.cache_clear()
    if not django_settings.EMBEDDED:
        lose(turn.pk)


def test_when_the_log_has_gone_the_database_tells_the_same(api, runner, scripted, alice):
    scripted(said())
    api.force_authenticate(alice)
    turn = ask(api)
    url = f"/api/v1/turns/{turn.pk}/events"
    before = api.get(url, {"after": 2}).json()["events"]
    without_log(turn)
    after = api.get(url, {"after": 2}).json()["events"]
    assert [event["type"] for event in after] == ["artifact", "done"]
    for event in (before[0], after[0]):
        event["metadata"]["artifact"].pop("url")
    assert after == before


def test_a_page_that_is_gone_leaves_its_text(api, runner, scripted, alice):
    scripted(said())
    api.force_authenticate(alice)
    turn = ask(api)
    Artifact.objects.all().delete()
    without_log(turn)
    events = api.get(f"/api/v1/turns/{turn.pk}/events", {"after": 2}).json()["events"]
    assert [event["type"] for event in events] == ["content", "done"]
    answer = api.get(f"/api/v1/conversations/{turn.conversation_id}").json()["messages"][-1]
    assert (answer["artifact"], "Калькулятор" in answer["content"]) == (None, True)


def test_without_a_model_the_answer_says_that_the_page_is_ready_made(api, runner, local_only, alice):
    api.force_authenticate(alice)
    turn = ask(api, "ui для крестиков-ноликов")
    page = Artifact.objects.get()
    assert (page.template, page.degraded, turn.model_key) == ("tictactoe", "no_model", "local-answers")
    assert turn.answer.metadata["degraded"] == "no_model"
    assert page.title in turn.answer.content


def test_where_no_page_comes_of_it_the_question_is_answered(api, runner, scripted, alice):
    scripted("no", "no", "Вот ответ словами.")
    api.force_authenticate(alice)
    turn = ask(api)
    assert (turn.state, turn.answer.content) == ("done", "Вот ответ словами.")
    assert not Artifact.objects.exists()
    events = api.get(f"/api/v1/turns/{turn.pk}/events").json()["events"]
    assert [event["stage"] for event in events if event["type"] == "stage"] == [
        "generation",
        "analysis",
        "retrieval",
        "execution",
    ]


def test_a_turn_that_is_begun_again_finds_the_page_it_has_made(api, runner, scripted, alice, models, monkeypatch):
    scripted()
    api.force_authenticate(alice)
    held = module.claim
    monkeypatch.setattr(module, "claim", lambda *_: [])
    turn = Turn.objects.get(pk=api.post("/api/v1/turns", {"message": QUESTION}, format="json").json()["turn"])
    made = _draft("Крестики-нолики")
    page = store_artifact(made, actor=alice, turn=turn)
    assert store_artifact(made, actor=alice, turn=turn) == page
    monkeypatch.setattr(module, "claim", held)
    runner.wake()
    turn = finished(turn.pk)
    assert (turn.answer.metadata["artifact"], models.requests, Artifact.objects.count()) == (page.pk, [], 1)


def _draft(task):
    return async_to_sync(generate)(Wish(task, "ru"), [], Caller(purpose="test"))


def test_stop_ends_the_making_and_leaves_no_page(api, runner, connected, alice, models):
    connected("slow")
    api.force_authenticate(alice)
    turn = api.post("/api/v1/turns", {"message": QUESTION}, format="json").json()["turn"]
    eventually(lambda: models.requests)
    api.post(f"/api/v1/turns/{turn}/stop")
    assert finished(turn).state == "stopped"
    assert not Artifact.objects.exists()


@pytest.mark.parametrize("channel", ["copilot", "widget"])
def test_other_channels_make_no_pages(runner, scripted, alice, models, channel):
    scripted("Вот ответ словами.")
    conversation = Conversation.objects.create(owner=alice, channel=channel)
    turn = finished(start_turn(conversation, Question(QUESTION, "test-scripted"), actor=alice).pk)
    assert (turn.state in {"done", "failed"}, Artifact.objects.count()) == (True, 0)
    assert "small interactive web page" not in json.dumps(models.requests)


def test_pages_outlive_the_conversation(api, runner, scripted, alice):
    scripted(said())
    api.force_authenticate(alice)
    turn = ask(api)
    api.delete(f"/api/v1/conversations/{turn.conversation_id}")
    assert (Conversation.objects.count(), Message.objects.count()) == (0, 0)
    page = Artifact.objects.get()
    assert (page.turn_id, page.conversation_id, page.owner) == (None, None, alice)
