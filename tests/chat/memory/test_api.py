"""A person's memory over the product's own API: his own, and nobody else's."""

import uuid

import pytest

from accounts.services.keys import create_api_key
from accounts.services.tokens import issue_visitor_token
from chat.memory.models import Memory, MemoryAccount
from chat.memory.recall import recall
from chat.widgets.models import Widget, WidgetSession
from tests.chat.memory.conftest import confirmed, texts_of, told

pytestmark = pytest.mark.django_db

LIST = "/api/v1/memory"


@pytest.fixture
def alices(api, alice):
    api.force_authenticate(alice)
    return api


def test_what_a_person_says_is_remembered_and_confirmed(alices, alice):
    answer = alices.post(
        LIST, {"text": "Я люблю зелёный чай", "category": "preference", "tags": ["чай"]}, format="json"
    )
    assert answer.status_code == 201
    row = answer.json()
    assert (row["validation"], row["confidence"], row["tags"]) == ("user_confirmed", 1.0, ["чай"])
    again = alices.post(LIST, {"text": "я люблю ЗЕЛЁНЫЙ чай!"}, format="json")
    assert (again.status_code, again.json()["id"]) == (200, row["id"])
    assert recall(alice, "какой чай", language="ru").ids == [uuid.UUID(row["id"])]


def test_the_list_is_paged_filtered_and_searched(alices, alice):
    told(alice, "Живёт в Казани", category="fact")
    told(alice, "Visited Rome", category="event", validation="pending", confidence=0.3)
    confirmed(alice, "Likes tea")
    page = alices.get(LIST, {"limit": 2}).json()
    assert (len(page["memories"]), page["total"], page["enabled"]) == (2, 3, True)
    assert [row["text"] for row in alices.get(LIST, {"skip": 2}).json()["memories"]] == ["Живёт в Казани"]
    for query, text in (
        ({"q": "казань"}, "Живёт в Казани"),
        ({"q": "КАЗАНИ"}, "Живёт в Казани"),
        ({"category": "event"}, "Visited Rome"),
        ({"type": "episodic"}, "Visited Rome"),
        ({"validation": "pending"}, "Visited Rome"),
        ({"validation": "user_confirmed"}, "Likes tea"),
    ):
        assert [row["text"] for row in alices.get(LIST, query).json()["memories"]] == [text], query


def test_a_list_takes_the_same_queries_however_long(alices, alice, django_assert_max_num_queries):
    confirmed(alice, *(f"Has item{number} of colour{number}" for number in range(40)))
    with django_assert_max_num_queries(4):
        assert len(alices.get(LIST, {"limit": 40}).json()["memories"]) == 40


def test_a_correction_confirms_and_weighs_more(alices, alice, tea):
    answer = alices.patch(f"{LIST}/{tea.pk}", {"text": "Alice drinks black tea"}, format="json")
    assert answer.status_code == 200
    row = answer.json()
    assert (row["text"], row["validation"], row["confidence"]) == ("Alice drinks black tea", "user_confirmed", 1.0)
    assert row["importance"] == pytest.approx(0.7)
    assert recall(alice, "black tea", language="en").memories
    assert not recall(alice, "the green one", language="en").memories


def test_a_pending_one_is_confirmed_or_rejected_by_the_person(alices, alice):
    (kept,) = told(alice, "Has 3 cats", validation="pending", confidence=0.3)
    address = f"{LIST}/{kept.memory.pk}/"
    assert alices.patch(address, {"validation": "user_confirmed"}, format="json").json()["confidence"] == 1.0
    assert recall(alice, "my cats", language="en").memories
    assert alices.patch(address, {"validation": "rejected"}, format="json").json()["validation"] == "rejected"
    assert not recall(alice, "my cats", language="en").memories
    assert alices.patch(address, {"validation": "validated"}, format="json").status_code == 422


def test_a_correction_to_what_is_there_already_is_refused(alices, alice, tea):
    (other,) = told(alice, "Has a cat")
    answer = alices.patch(f"{LIST}/{other.memory.pk}", {"text": tea.text.upper()}, format="json")
    assert answer.status_code == 422
    assert "text" in str(answer.json())
    assert Memory.objects.get(pk=other.memory.pk).text == "Has a cat"


def test_forgetting_one_and_all(alices, alice, bob, tea):
    told(alice, "Has a cat")
    told(bob, "Has a dog")
    assert alices.delete(f"{LIST}/{tea.pk}").status_code == 204
    assert alices.get(f"{LIST}/{tea.pk}").status_code == 404
    assert texts_of(alice) == ["Has a cat"]
    assert alices.delete(LIST).json() == {"erased": 1}
    assert (texts_of(alice), texts_of(bob)) == ([], ["Has a dog"])
    assert alices.get(f"{LIST}/export").json()["memories"] == []
    assert not recall(alice, "cat", language="en").memories


def test_an_export_is_a_file_with_everything(alices, alice, tea):
    told(alice, "Has 3 cats", validation="pending", confidence=0.3)
    answer = alices.get(f"{LIST}/export")
    assert "attachment" in answer["Content-Disposition"]
    rows = answer.json()["memories"]
    assert [row["text"] for row in rows] == [tea.text, "Has 3 cats"]
    assert rows[1]["validation_status"] == "pending"


def test_the_switch(alices, alice, tea):
    assert alices.get(f"{LIST}/settings").json() == {"enabled": True}
    assert alices.patch(f"{LIST}/settings/", {"enabled": False}, format="json").json() == {"enabled": False}
    assert not recall(alice, "green tea", language="en").learns
    assert alices.get(LIST).json()["enabled"] is False
    assert texts_of(alice) == [tea.text]
    assert alices.patch(f"{LIST}/settings", {}, format="json").status_code == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": "\x00"}, "text"),
        ({"text": "?!"}, "text"),
        ({"text": "x" * 10**6}, "text"),
        ({"text": 5}, "text"),
        ({"text": ["tea"]}, "text"),
        ({"text": "My password is owl42"}, "text"),
        ({"text": "tea", "importance": 1.5}, "importance"),
        ({"text": "tea", "importance": 10**400}, "importance"),
        ({"text": "tea", "importance": True}, "importance"),
        ({"text": "tea", "importance": "much"}, "importance"),
        ({"text": "tea", "category": "secret"}, "category"),
        ({"text": "tea", "memory_type": None}, "memory_type"),
        ({"text": "tea", "pinned": "perhaps"}, "pinned"),
        ({"text": "tea", "tags": "tea"}, "tags"),
        ({"text": "tea", "tags": ["x" * 51]}, "tags"),
        ({"text": "tea", "tags": ["x"] * 21}, "tags"),
    ],
)
def test_bad_input_is_refused_with_the_fields_name(alices, tea, body, field):
    for answer in (
        alices.post(LIST, body, format="json"),
        *([alices.patch(f"{LIST}/{tea.pk}", body, format="json")] if body else []),
    ):
        assert answer.status_code == 422
        assert field in str(answer.json())
    assert Memory.objects.count() == 1


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "limit=1000", "skip=-1", f"skip={10**30}", "type=x", "q=" + "x" * 201]
)
def test_a_bad_query_is_refused(alices, query):
    assert alices.get(f"{LIST}?{query}").status_code == 422


def test_a_nul_in_a_search_does_no_harm(alices, tea):
    assert alices.get(LIST, {"q": "\x00tea"}).status_code in {200, 422}


def test_others_find_nothing(api, alice, charlie, visitor, tea):
    token = issue_visitor_token(visitor)
    for actor in ("charlie", "visitor"):
        api.logout()
        if actor == "charlie":
            api.force_authenticate(charlie)
        else:
            api.force_authenticate(None)
            api.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        assert api.get(LIST).json()["total"] == 0
        for call in (api.get, api.delete, api.patch):
            assert call(f"{LIST}/{tea.pk}").status_code == 404
        assert api.get(f"{LIST}/export").json()["memories"] == []
        assert api.delete(LIST).json() == {"erased": 0}
    assert texts_of(alice) == [tea.text]


def test_staff_have_no_door_here_either(api, dana, tea):
    api.force_authenticate(dana)
    assert api.get(f"{LIST}/{tea.pk}").status_code == 404


@pytest.mark.parametrize("anonymous", [True, False])
def test_callers_without_identity_are_turned_away(api, settings, anonymous, tea):
    settings.CHAT_ANONYMOUS = anonymous
    for call, address in (
        (api.get, LIST), (api.post, LIST), (api.delete, LIST), (api.get, f"{LIST}/{tea.pk}"),
        (api.get, f"{LIST}/export"), (api.get, f"{LIST}/settings"), (api.patch, f"{LIST}/settings"),
    ):  # fmt: skip
        assert call(address).status_code in {401, 403}, address


def test_a_widgets_visitor_has_no_memory(api, visitor, settings):
    settings.CHAT_ANONYMOUS = True
    widget = Widget.objects.create(name="Shop", origins=["https://shop.example"])
    WidgetSession.objects.create(visitor=visitor, widget=widget, origin="https://shop.example", resume_digest="x")
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_visitor_token(visitor)}")
    for address in (LIST, "/api/memory"):
        assert api.get(address).status_code == 403
    assert api.post("/api/memory/clear").status_code == 403


def test_an_api_key_needs_the_scope(api, alice, tea):
    raw, _ = create_api_key(alice, name="reader", scopes=["chat:read"])
    api.credentials(HTTP_X_API_KEY=raw)
    assert api.get(LIST).json()["total"] == 1
    assert api.delete(LIST).status_code == 403
    assert api.post(LIST, {"text": "tea"}, format="json").status_code == 403


def test_a_person_who_has_left_is_not_remembered(alice, tea):
    alice.is_active = False
    assert not recall(alice, "green tea", language="en").memories
    alice.delete()
    assert not Memory.objects.exists()
    assert not MemoryAccount.objects.exists()
