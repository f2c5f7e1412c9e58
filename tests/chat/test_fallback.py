"""Turns whose first model fails, whose server is full, or whose answer has no end."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chat.models import Turn
from integrations.calls.circuit import POLICY
from integrations.models import AIModel, AIProvider, Circuit, UsageRecord
from tests.chat.conftest import eventually, finished
from tests.chat.test_turns_api import ask, events_of
from tests.model_server import ANSWER, ModelServer, model_server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def spare(transactional_db: None, other: ModelServer) -> Callable[[str], AIModel]:
    """Registers a model of another provider, which is asked after the connected one."""
    provider = AIProvider.objects.create(key="spare", name="Spare server", kind="openai", base_url=other.url)

    def register(name: str) -> AIModel:
        return AIModel.objects.create(
            key=f"spare-{name}", provider=provider, name=name, title=f"Spare {name}", priority=2
        )

    return register


def last_content(events: list[dict[str, Any]]) -> dict[str, Any]:
    return next(item["metadata"] for item in reversed(events) if item["type"] == "content")


def test_another_model_answers_and_it_is_said_everywhere(api, alice, runner, connected, spare):
    connected("broken")
    spare("echo")
    api.force_authenticate(alice)
    started = ask(api, message="x").json()
    events = events_of(api, started["turn"])
    assert "".join(item["content"] for item in events if item["type"] == "delta") == ANSWER
    told = last_content(events)
    assert (told["model"], told["degraded"]) == ("spare-echo", "fallback")
    assert told["failed_models"] == [{"model": "test-broken", "error": "unavailable"}]
    asked = [item["metadata"]["model"] for item in events if item["stage"] == "execution"]
    assert asked == ["test-broken", "spare-echo"]
    detail = api.get(f"/api/v1/conversations/{started['conversation']}").json()
    assert detail["messages"][1]["turn"]["degraded"] == "fallback"
    rows = UsageRecord.objects.order_by("attempt").values_list("model_key", "outcome", "attempt", "turn_id")
    turn = Turn.objects.get()
    assert list(rows) == [("test-broken", "failed", 1, turn.pk), ("spare-echo", "ok", 2, turn.pk)]
    assert (turn.model_key, turn.state) == ("spare-echo", "done")


def test_a_provider_that_keeps_failing_is_left_alone_and_then_comes_back(
    api, alice, runner, connected, spare, models, dana
):
    model = connected("broken")
    spare("echo")
    Circuit.objects.create(provider=model.provider, failures=POLICY.failures - 1)
    api.force_authenticate(alice)
    finished(ask(api, message="one").json()["turn"])
    assert Circuit.objects.get().is_open
    asked = len(models.requests)
    AIProvider.objects.update(healthy=None)
    turn = ask(api, message="two").json()["turn"]
    assert last_content(events_of(api, turn))["failed_models"] == [{"model": "test-broken", "error": "circuit_open"}]
    assert len(models.requests) == asked

    AIModel.objects.filter(pk=model.pk).update(name="echo")
    Circuit.objects.update(open_until="2020-01-01T00:00:00Z")
    third = finished(ask(api, message="three").json()["turn"])
    assert third.model_key == "test-broken"
    assert not Circuit.objects.get().is_open


def test_a_role_can_be_asked_for_like_a_model(api, alice, runner, connected, local_only):
    connected("echo")
    api.force_authenticate(alice)
    roles = {role["key"]: role["model"] for role in api.get("/api/v1/models").json()["roles"]}
    assert roles["cloud_universal"] == "test-echo"
    told = last_content(events_of(api, ask(api, message="x", model="cloud_universal").json()["turn"]))
    assert (told["role"], told["model"], told["degraded"]) == ("cloud_universal", "test-echo", None)
    assert UsageRecord.objects.get().role == "cloud_universal"


def test_who_has_to_wait_for_the_model_is_told_so(api, alice, runner, connected, models):
    model = connected("slow")
    AIProvider.objects.filter(pk=model.provider_id).update(max_concurrency=1)
    api.force_authenticate(alice)
    first = ask(api, message="one").json()["turn"]
    eventually(lambda: models.requests, seconds=30)
    second = ask(api, message="two").json()["turn"]
    url = f"/api/v1/turns/{second}/events?after=0"
    eventually(lambda: [item for item in api.get(url).json()["events"] if item["stage"] == "waiting"], seconds=30)
    assert len(models.requests) == 1
    models.gate.set()
    assert {finished(turn, 30).state for turn in (first, second)} == {"done"}


def test_an_answer_without_end_is_cut_off_at_its_longest_length(api, alice, runner, connected, models, settings):
    settings.ANSWER_MAX_LENGTH = 1000
    connected("slow")
    api.force_authenticate(alice)
    turn = ask(api, message="x").json()["turn"]
    told = last_content(events_of(api, turn))
    ended = finished(turn)
    assert (ended.state, len(ended.answer.content), told["finish_reason"]) == ("done", 1000, "length")
    eventually(lambda: models.hangups)


def test_a_refusal_in_words_is_the_answer(api, alice, runner, connected):
    connected("refusing")
    api.force_authenticate(alice)
    turn = finished(ask(api, message="x").json()["turn"])
    assert (turn.state, turn.answer.content) == ("done", "I will not.")
    assert turn.answer.metadata["finish_reason"] == "refusal"


def test_what_the_provider_held_back_is_said(api, alice, runner, connected, spare):
    connected("filtered")
    spare("echo")
    api.force_authenticate(alice)
    turn = finished(ask(api, message="x").json()["turn"])
    assert (turn.state, turn.error_code) == ("failed", "content_filter")
