"""The workflow copilot's routes as the browser extension uses them."""

import json

import pytest

from chat.models import Conversation, Turn
from integrations.services.environment import sync_from_environment
from tests.chat.conftest import eventually, finished, streamed
from tests.model_server import ANSWER

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def open_to_anybody(settings):
    settings.CHAT_ANONYMOUS = True


@pytest.fixture
def extension(api, runner, models, settings):
    """Sends what the extension sends; both providers are the model server."""
    settings.OPENAI_BASE_URL = models.url
    settings.ANTHROPIC_BASE_URL = models.url.removesuffix("/v1")
    sync_from_environment()

    def send(message, *, route="stream", **extra):
        body = {
            "message": message,
            "workflow_id": "wf1",
            "session_id": None,
            "provider": "openai",
            "model": "gpt-4o",
            "context": {"workflow_context": "Workflow ID: wf1", "timestamp": "2026-11-21T02:50:58.778Z"},
            "openai_api_key": "sk-caller",
            **extra,
        }
        return api.post(f"/api/v1/chat/{route}", body, format="json", headers={"accept": "text/event-stream"})

    return send


def lines(response):
    return [json.loads(line[6:]) for line in streamed(response).split("\n") if line.startswith("data: ")]


def test_the_stream_is_data_lines_with_the_session_in_each(extension):
    response = extension("Привет 🎉")
    assert response["Content-Type"].startswith("text/event-stream")
    raw = streamed(response)
    assert raw.isascii()
    assert not [line for line in raw.split("\n") if line and not line.startswith(("data: ", ":"))]
    events = [json.loads(line[6:]) for line in raw.split("\n") if line.startswith("data: ")]
    assert "".join(event["chunk"] for event in events) == ANSWER
    assert [event["is_complete"] for event in events].count(True) == 1
    assert events[-1]["chunk"] == "" and events[-1]["is_complete"] is True
    assert {event["session_id"] for event in events} == {str(Conversation.objects.get().pk)}


def test_the_callers_key_is_used_and_kept_nowhere(extension, models):
    streamed(extension("hi"))
    assert models.requests[0]["headers"]["authorization"] == "Bearer sk-caller"
    turn = eventually(lambda: Turn.objects.filter(state="done").first())
    assert turn.sealed_key == ""
    assert "sk-caller" not in str(list(Turn.objects.values())) + str(list(Conversation.objects.values()))


def test_the_session_goes_on_and_the_model_sees_its_history(extension, models):
    session = lines(extension("one"))[-1]["session_id"]
    assert lines(extension("two", session_id=session))[-1]["session_id"] == session
    sent = [(message["role"], message["content"]) for message in models.requests[-1]["messages"][1:]]
    assert sent == [("user", "one"), ("assistant", ANSWER), ("user", "two")]
    assert "n8n" in models.requests[-1]["messages"][0]["content"]


def test_a_session_of_another_workflow_is_not_reused(extension):
    session = lines(extension("one"))[-1]["session_id"]
    assert lines(extension("two", session_id=session, workflow_id="wf2"))[-1]["session_id"] != session


def test_an_unknown_session_id_is_not_adopted(extension):
    assert lines(extension("one", session_id="made-up"))[-1]["session_id"] != "made-up"


def test_another_providers_model_falls_back_to_the_default(extension, models):
    streamed(extension("hi", provider="anthropic", model="gpt-4o", anthropic_api_key="sk-ant-x"))
    assert models.requests[0]["model"] == "claude-3-7-sonnet-20250219"
    assert models.requests[0]["headers"]["x-api-key"] == "sk-ant-x"


def test_a_failure_in_the_stream_is_one_last_plain_event(extension):
    events = lines(extension("hi", model="forbidden"))
    assert len(events) == 1
    assert events[0]["chunk"].startswith("Error: ")
    assert events[0]["is_complete"] is True
    assert events[0]["metadata"] == {"error": "invalid_api_key"}
    assert "{" not in events[0]["chunk"] and "sk-" not in events[0]["chunk"]


def test_without_any_key_the_server_answers_with_what_it_has_and_says_so(extension, settings):
    settings.LOCAL_ANSWER_WORDS_PER_SECOND = 0
    from integrations.models import AIProvider

    AIProvider.objects.exclude(kind="local").update(enabled=False)
    events = lines(extension("hi", openai_api_key=None))
    assert events[-1]["metadata"]["degraded"] == "no_model"


def test_send_answers_with_the_whole_message(extension):
    body = extension("hi", route="send").json()
    assert body["message"] == ANSWER
    assert (body["workflow_id"], body["provider"], body["tokens_used"]) == ("wf1", "openai", 16)
    assert isinstance(body["response_time"], float)


def test_history_latest_and_deletion(extension, api):
    session = lines(extension("one"))[-1]["session_id"]
    history = api.get("/api/v1/chat/sessions/wf1").json()
    assert history["total_messages"] == 2
    assert history["sessions"][0]["session_id"] == session
    assert [(row["role"], row["content"]) for row in history["sessions"][0]["messages"]] == [
        ("user", "one"),
        ("assistant", ANSWER),
    ]
    assert history["sessions"][0]["workflow_name"] == "Workflow wf1"
    assert api.get("/api/v1/chat/sessions/wf1/latest").json()["session_id"] == session
    assert api.delete(f"/api/v1/chat/sessions/{session}").status_code == 200
    assert api.delete(f"/api/v1/chat/sessions/{session}").status_code == 200
    assert api.get("/api/v1/chat/sessions/wf1/latest").status_code == 404


def test_an_unknown_workflow_has_an_empty_history(api, db):
    empty = {"workflow_id": "nothing", "sessions": [], "total_messages": 0}
    assert api.get("/api/v1/chat/sessions/nothing").json() == empty
    assert api.delete("/api/v1/chat/workflows/nothing/history").status_code == 200
    assert api.delete("/api/v1/chat/sessions/not-an-id").status_code == 200


def test_the_whole_history_of_a_workflow_can_be_deleted(extension, api):
    streamed(extension("one"))
    streamed(extension("two"))
    assert api.delete("/api/v1/chat/workflows/wf1/history").status_code == 200
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("placeholder", ["new", "unknown", "new_aB%2F%2B3_k1", ""])
def test_placeholder_ids_share_no_history(extension, api, placeholder):
    streamed(extension("private", workflow_id=placeholder or None))
    if placeholder:
        assert api.get(f"/api/v1/chat/sessions/{placeholder}").json()["sessions"] == []
        api.delete(f"/api/v1/chat/workflows/{placeholder}/history")
    assert Conversation.objects.count() == 1


def test_shared_and_personal_histories_do_not_mix(extension, api, alice, charlie):
    api.force_authenticate(alice)
    mine = lines(extension("mine"))[-1]["session_id"]
    for outsider in (None, charlie):
        api.force_authenticate(outsider)
        assert api.get("/api/v1/chat/sessions/wf1").json()["sessions"] == []
        assert lines(extension("theirs", session_id=mine))[-1]["session_id"] != mine
        api.delete(f"/api/v1/chat/sessions/{mine}")
    assert Conversation.objects.filter(pk=mine, owner=alice).exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"message": ""}, "message"),
        ({"message": "x" * 4001}, "message"),
        ({"provider": "grok"}, "provider"),
        ({"message": None}, "message"),
        ({"context": "text"}, "context"),
    ],
)
def test_validation_is_422_with_a_string_and_a_list(extension, change, field):
    answer = extension(change.pop("message", "hi"), **change)
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)
    assert answer.json()["errors"][0]["loc"][-1] == field
    assert "sk-caller" not in answer.content.decode()


def test_both_forms_of_a_path_answer(api, db):
    assert api.get("/api/v1/chat/sessions/w/").status_code == 200
    assert api.get("/api/v1/").json()["status"] == "active"
    assert api.get("/api/v1").json()["status"] == "active"


def test_nobody_reads_where_anonymous_use_is_off(api, db, settings):
    settings.CHAT_ANONYMOUS = False
    for method, path in [
        ("post", "send"),
        ("post", "stream"),
        ("get", "sessions/w"),
        ("get", "sessions/w/latest"),
        ("delete", "sessions/w"),
        ("delete", "workflows/w/history"),
    ]:
        assert getattr(api, method)(f"/api/v1/chat/{path}").status_code == 401, path


def test_an_answer_goes_on_when_the_client_leaves(extension):
    response = extension("hi")
    response.close()
    assert finished(Turn.objects.get().pk).answer.content == ANSWER
