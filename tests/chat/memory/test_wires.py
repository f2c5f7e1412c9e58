"""The assistant's own wire: what it remembers, and forgetting it, in the shapes that its clients know."""

import pytest

from accounts.services.tokens import issue_visitor_token
from chat.memory.models import Memory
from chat.memory.reports import memory_json, memory_stats
from tests.chat.memory.conftest import confirmed, texts_of, told

pytestmark = pytest.mark.django_db

EMPTY_KINDS = {"working_memory": 0, "short_term": 0, "long_term": 0, "episodic": 0, "semantic": 0}


@pytest.fixture
def remembered(api, alice):
    for number in range(12):
        confirmed(alice, f"Has item{number} from place{number}", importance=0.5)
    api.force_authenticate(alice)
    return api


def test_the_newest_come_last(remembered):
    body = remembered.get("/api/memory").json()
    assert set(body) == {"total", "recent", "stats"}
    assert body["total"] == 12
    assert [row["text"] for row in body["recent"]] == [f"Has item{n} from place{n}" for n in range(2, 12)]
    assert set(body["recent"][0]) == {"text", "timestamp", "importance", "category", "source"}


@pytest.mark.parametrize(("limit", "count"), [("1", 1), ("0", 1), ("-5", 1), ("100", 12), ("1000", 12), ("9" * 30, 12)])
def test_the_limit_is_clamped(remembered, limit, count):
    assert len(remembered.get(f"/api/memory/?limit={limit}").json()["recent"]) == count


@pytest.mark.parametrize("limit", ["x", "1.5", "1e3", "%00"])
def test_a_limit_that_is_no_number_is_refused(remembered, limit):
    answer = remembered.get(f"/api/memory?limit={limit}")
    assert answer.status_code == 400
    assert "limit" in answer.json()["detail"]


def test_a_topic_filters_by_words_in_any_form(api, alice):
    told(alice, "Живёт в Казани", "Loves cats", "Visited Rome")
    api.force_authenticate(alice)
    for topic, text in (("казань", "Живёт в Казани"), ("cat", "Loves cats"), ("OME", "Visited Rome")):
        body = api.get("/api/memory", {"topic": topic}).json()
        assert ([row["text"] for row in body["recent"]], body["total"]) == ([text], 1)
        assert body["stats"]["total"] == 3
    assert api.get("/api/memory", {"topic": "x" * 300}).status_code == 400


def test_the_figures(api, alice):
    told(alice, "Lives in Kazan", category="fact")
    told(alice, "Visited Rome", category="event", source="web")
    told(alice, "Has 3 cats", source="import", validation="pending", confidence=0.3)
    (kept,) = told(alice, "Was rejected")
    Memory.objects.filter(pk=kept.memory.pk).update(validation="rejected")
    stats = memory_stats(alice)
    assert stats == {
        "total": 3,
        "conversation": 1,
        "web": 1,
        "code": 0,
        "system": 0,
        "by_source": {"conversation": 1, "web": 1, "code": 0, "system": 0, "import": 1},
        "memory_v2": {
            "working_memory": 0, "short_term": 1, "long_term": 1, "episodic": 1, "semantic": 0,
            "total": 3, "pending_validation": 1,
        },
        "pending_validation": 1,
    }  # fmt: skip


def test_nobody_has_nothing(api, settings, tea):
    settings.CHAT_ANONYMOUS = True
    body = api.get("/api/memory").json()
    assert (body["total"], body["recent"]) == (0, [])
    assert body["stats"]["memory_v2"] == {**EMPTY_KINDS, "total": 0, "pending_validation": 0}
    for address, status in (("/api/memory/clear", "success"), ("/api/reset-memory/", "ok")):
        said = api.post(address)
        assert (said.status_code, said.json()["status"]) == (200, status)
    assert Memory.objects.count() == 1
    settings.CHAT_ANONYMOUS = False
    assert api.get("/api/memory").status_code == 401
    assert api.post("/api/reset-memory").status_code == 401


@pytest.mark.parametrize(("address", "status"), [("/api/memory/clear", "success"), ("/api/reset-memory", "ok")])
def test_forgetting_empties_everything_at_once(remembered, alice, bob, address, status):
    told(bob, "Has a dog")
    told(alice, "Has 3 cats", validation="pending", confidence=0.3)
    said = remembered.post(address).json()
    assert (said["status"], said["message"]) == (status, "13 memories are forgotten.")
    body = remembered.get("/api/memory").json()
    assert (body["total"], body["stats"]["memory_v2"]["total"], body["stats"]["pending_validation"]) == (0, 0, 0)
    assert texts_of(bob) == ["Has a dog"]


def test_a_visitor_forgets_his_own(api, visitor, alice, tea):
    told(visitor, "Has a dog")
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_visitor_token(visitor)}")
    assert api.get("/api/memory").json()["total"] == 1
    api.post("/api/memory/clear")
    assert (texts_of(visitor), texts_of(alice)) == ([], [tea.text])


def test_the_body_of_a_destructive_call_is_not_looked_at(remembered, alice):
    assert remembered.post("/api/memory/clear", "not json", content_type="text/plain").status_code == 200
    assert texts_of(alice) == []
    assert remembered.get("/api/memory/clear").status_code == 405


def test_the_functions_for_other_wires_take_few_queries(alice, tea, django_assert_num_queries):
    with django_assert_num_queries(2):
        memory_json(alice)
    with django_assert_num_queries(1):
        memory_stats(alice)
    with django_assert_num_queries(0):
        assert memory_json(None)["total"] == 0
