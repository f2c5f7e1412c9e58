"""Asking on the product's own API and reading the events."""

import time

import pytest

from chat.models import Conversation, Message, Turn
from chat.services import Question, start_turn
from chat.services.conversations import new_conversation
from integrations.models import UsageRecord
from tests.chat.conftest import eventually, finished, streamed
from tests.model_server import ANSWER

pytestmark = pytest.mark.django_db(transaction=True)


def ask(api, **body):
    return api.post("/api/v1/turns", body, format="json")


def events_of(api, turn, after=0):
    """All events of a turn by polling, as a client would."""
    events, finished_ = [], False
    deadline = time.monotonic() + 30
    while not finished_:
        assert time.monotonic() < deadline, events
        answer = api.get(f"/api/v1/turns/{turn}/events?after={after}&wait=5").json()
        events += answer["events"]
        after, finished_ = (events[-1]["seq"] if events else after), answer["finished"]
    return events


def test_a_question_is_answered_and_accounted_for(api, alice, runner, connected):
    connected("echo")
    api.force_authenticate(alice)
    started = ask(api, message="Как дела?")
    assert started.status_code == 201
    events = events_of(api, started.json()["turn"])
    assert [item["seq"] for item in events] == list(range(1, len(events) + 1))
    assert "".join(item["content"] for item in events if item["type"] == "delta") == ANSWER
    assert [item["stage"] for item in events if item["type"] == "stage"] == ["analysis", "retrieval", "execution"]
    assert [item["type"] for item in events[-2:]] == ["content", "done"]
    assert events[-2]["content"] == ANSWER

    turn = Turn.objects.get()
    assert (turn.state, turn.model_key, turn.input_tokens, turn.output_tokens) == ("done", "test-echo", 11, 5)
    assert turn.last_seq == events[-1]["seq"]
    assert turn.first_token_ms is not None
    record = UsageRecord.objects.get()
    assert (record.user, record.turn_id, str(record.cost)) == (alice, turn.pk, "0.00007750")


def test_the_conversation_reads_as_it_was_written(api, alice, runner, connected, django_assert_max_num_queries):
    connected("echo")
    api.force_authenticate(alice)
    first = ask(api, message="one").json()
    finished(first["turn"])
    ask(api, message="two", conversation=first["conversation"])
    eventually(lambda: Turn.objects.filter(state="done").count() == 2)
    with django_assert_max_num_queries(8):
        detail = api.get(f"/api/v1/conversations/{first['conversation']}").json()
    assert [(row["role"], row["state"]) for row in detail["messages"]] == [
        ("user", "complete"),
        ("assistant", "complete"),
        ("user", "complete"),
        ("assistant", "complete"),
    ]
    assert detail["messages"][1]["turn"]["model_title"] == "Echo"
    assert detail["active_turn"] is None
    assert detail["title"] == "one"


def test_the_history_goes_to_the_model_once_and_in_order(api, alice, runner, connected, models):
    connected("echo")
    api.force_authenticate(alice)
    first = ask(api, message="one").json()
    finished(first["turn"])
    finished(ask(api, message="two", conversation=first["conversation"]).json()["turn"])
    sent = [(message["role"], message["content"]) for message in models.requests[-1]["messages"]]
    assert sent[0][0] == "system"
    assert sent[1:] == [("user", "one"), ("assistant", ANSWER), ("user", "two")]


def test_one_answer_at_a_time_in_a_conversation(api, alice, runner, connected):
    connected("slow")
    api.force_authenticate(alice)
    first = ask(api, message="one").json()
    second = ask(api, message="two", conversation=first["conversation"])
    assert second.status_code == 409
    assert second.json()["turn"] == first["turn"]
    assert Message.objects.filter(content="two").count() == 0


def test_stop_keeps_the_text_and_hangs_up_on_the_model(api, alice, runner, connected, models):
    connected("slow")
    api.force_authenticate(alice)
    turn = ask(api, message="long").json()["turn"]
    eventually(lambda: Message.objects.filter(role="assistant").exclude(content="").exists())
    assert api.post(f"/api/v1/turns/{turn}/stop").status_code == 202
    ended = finished(turn, seconds=2)
    assert ended.state == "stopped"
    assert ended.answer.state == "partial"
    assert ended.answer.content.startswith("слово0 ")
    eventually(lambda: models.hangups, seconds=2)
    assert events_of(api, turn)[-1]["metadata"] == {"state": "stopped", "failed": False}
    assert UsageRecord.objects.get().outcome == "stopped"


def test_retry_asks_the_same_question_again(api, alice, runner, connected):
    connected("echo")
    api.force_authenticate(alice)
    first = ask(api, message="again?").json()
    finished(first["turn"])
    again = api.post(f"/api/v1/turns/{first['turn']}/retry")
    assert again.status_code == 201
    assert finished(again.json()["turn"]).question.content == "again?"
    assert api.post(f"/api/v1/turns/{first['turn']}/retry").status_code == 409


@pytest.mark.parametrize(
    ("model", "code", "text"), [("forbidden", "invalid_api_key", ""), ("cut", "cut_stream", "half an answer")]
)
def test_a_failure_is_said_and_the_partial_text_kept(api, alice, runner, connected, model, code, text):
    connected(model)
    api.force_authenticate(alice)
    turn = ask(api, message="Почему?").json()["turn"]
    events = events_of(api, turn)
    assert [item["type"] for item in events[-2:]] == ["error", "done"]
    assert events[-2]["metadata"] == {"code": code}
    assert "sk-" not in str(events)
    ended = Turn.objects.get(pk=turn)
    assert (ended.state, ended.error_code, ended.answer.content) == ("failed", code, text)
    assert UsageRecord.objects.get().outcome == "failed"


def test_without_any_model_the_answer_says_what_it_is(api, alice, runner, local_only):
    api.force_authenticate(alice)
    events = events_of(api, ask(api, message="Как подключить модель?").json()["turn"])
    assert events[-1]["metadata"]["state"] == "done"
    assert events[-2]["metadata"]["degraded"] == "no_model"
    assert api.get("/api/v1/models").json()["degraded"] == "no_model"


def test_events_can_be_read_from_any_number(api, alice, runner, connected):
    connected("echo")
    api.force_authenticate(alice)
    turn = ask(api, message="x").json()["turn"]
    whole = events_of(api, turn)
    for after in range(len(whole)):
        assert events_of(api, turn, after=after) == whole[after:]


def test_the_stream_has_numbered_events_and_resumes(api, alice, runner, connected):
    connected("echo")
    api.force_authenticate(alice)
    turn = ask(api, message="x").json()["turn"]
    url = f"/api/v1/turns/{turn}/events"
    whole = streamed(api.get(url, headers={"accept": "text/event-stream"}))
    assert whole.count("\nid: ") + whole.count("id: 1\n") >= 5
    resumed = streamed(api.get(url, headers={"accept": "text/event-stream", "last-event-id": "3"}))
    assert "id: 3\n" not in resumed
    assert "id: 4\n" in resumed


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "message"),
        ({"message": ""}, "message"),
        ({"message": 5}, "message"),
        ({"message": ["x"]}, "message"),
        ({"message": "x" * 40_000}, "message"),
        ({"message": "x", "conversation": "nonsense"}, "conversation"),
    ],
)
def test_bad_input_names_the_field_and_stores_nothing(api, alice, body, field):
    api.force_authenticate(alice)
    answer = ask(api, **body)
    assert answer.status_code == 422
    assert field in answer.json()["detail"]
    assert not Conversation.objects.exists()


def test_outsiders_see_and_change_nothing(api, alice, charlie, connected, runner):
    connected("echo")
    conversation = new_conversation(actor=alice, channel="page")
    turn = start_turn(conversation, Question("secret"), actor=alice)
    finished(turn.pk)
    api.force_authenticate(charlie)
    assert api.get("/api/v1/conversations").json() == {"conversations": [], "total": 0}
    for method, path in [
        ("get", f"/api/v1/conversations/{conversation.pk}"),
        ("patch", f"/api/v1/conversations/{conversation.pk}"),
        ("delete", f"/api/v1/conversations/{conversation.pk}"),
        ("get", f"/api/v1/turns/{turn.pk}/events"),
        ("post", f"/api/v1/turns/{turn.pk}/stop"),
        ("post", f"/api/v1/turns/{turn.pk}/retry"),
    ]:
        assert getattr(api, method)(path, {"title": "x"} if method == "patch" else None).status_code == 404, path
    assert ask(api, message="x", conversation=str(conversation.pk)).status_code == 404
    conversation.refresh_from_db()
    assert conversation.messages.count() == 2


def test_nobody_is_refused_where_anonymous_use_is_off(api, db, settings):
    settings.CHAT_ANONYMOUS = False
    assert ask(api, message="x").status_code == 401
    assert api.get("/api/v1/conversations").status_code == 401
    assert api.get("/api/v1/models").status_code == 401


def test_deleting_a_conversation_ends_its_answer(api, alice, runner, connected, models):
    connected("slow")
    api.force_authenticate(alice)
    started = ask(api, message="x").json()
    eventually(lambda: models.requests)
    assert api.delete(f"/api/v1/conversations/{started['conversation']}").status_code == 204
    eventually(lambda: models.hangups, seconds=3)
    assert not Message.objects.exists()
