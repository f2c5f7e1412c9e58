"""Searching over REST."""

import pytest
from rest_framework.throttling import SimpleRateThrottle

from knowledge.models import OpenQuestion
from tests.knowledge.api.conftest import ROOT, as_user, restricted, with_key
from tests.knowledge.conftest import publish

pytestmark = pytest.mark.django_db
URL = f"{ROOT}/search"


def ask(client, query="сколько варить капусту", **order):
    return client.post(URL, {"query": query, "language": "ru"} | order, format="json")


def slugs(answer):
    return [passage["document"]["slug"] for passage in answer.json()["passages"]]


def test_a_passage_is_found_with_its_place_and_its_document(borscht, charlie):
    body = ask(as_user(charlie)).json()
    passage = body.pop("passages")[0]
    assert (body["answered"], body["degraded"], body["query"]) == (True, "", "сколько варить капусту")
    assert body["legs"]["lexical"] == "ok" and body["index"] and body["confidence"] >= body["threshold"]
    assert passage["document"] == {"id": str(borscht.pk), "slug": "borscht", "title": "Борщ", "language": "ru"}
    assert passage["url"] == "/guide/borscht#время-варки"
    assert passage["text"].startswith("Свёклу варят")
    assert passage["freshness"]["changed_at"].endswith("Z")
    assert "ranking" not in passage


def test_the_ranking_is_explained_when_asked_for(borscht, charlie):
    passage = ask(as_user(charlie), explain=True).json()["passages"][0]
    assert passage["ranking"]["lexical"]["rank"] == 1


def test_an_address_alone_asks_too(borscht, charlie):
    answer = with_key(charlie, "knowledge:read").get(URL, {"q": "сколько варить капусту", "language": "ru"})
    assert slugs(answer) == ["borscht"]
    assert answer.json()["query"] == "сколько варить капусту"


@pytest.mark.parametrize("scope", ["*", "desk", "widget:7"])
def test_only_staff_search_as_somebody_else(borscht, charlie, clerk, scope):
    refused = ask(as_user(charlie), scope=scope)
    assert refused.status_code == 403 and refused.json()["detail"].startswith("scope: ")
    assert ask(as_user(clerk), scope=scope).status_code == 200


def test_a_restricted_document_is_found_by_those_it_is_for(charlie, clerk):
    restricted("desk-only", "desk")
    restricted("assistants", "assistant")
    assert slugs(ask(as_user(charlie))) == []
    assert slugs(ask(as_user(charlie), scope="assistant")) == ["assistants"]
    assert sorted(slugs(ask(as_user(clerk), scope="*"))) == ["assistants", "desk-only"]


def test_filters_narrow(borscht, charlie):
    publish("soup", source="other/ru/soup.md", tags=["soups"])
    client = as_user(charlie)
    assert sorted(slugs(ask(client))) == ["borscht", "soup"]
    assert slugs(ask(client, filters={"collection": "other"})) == ["soup"]
    assert slugs(ask(client, filters={"tags": ["soups"]})) == ["soup"]
    assert slugs(ask(client, filters={"document": str(borscht.pk)})) == ["borscht"]
    assert slugs(ask(client, filters={"document": "borscht"})) == ["borscht"]
    assert slugs(ask(client, filters={"language": "en"})) == []


def test_a_question_that_found_nothing_is_noted_without_personal_data(borscht, charlie):
    answer = ask(as_user(charlie), "Где мой велосипед? ivan@example.com")
    assert (answer.json()["answered"], answer.json()["passages"]) == (False, [])
    assert OpenQuestion.objects.get().text == "Где мой велосипед? [e-mail]"


def test_a_question_is_not_noted_when_the_caller_says_so(borscht, charlie):
    ask(as_user(charlie), "Где мой велосипед?", record=False)
    as_user(charlie).get(URL, {"q": "Где мой велосипед?", "record": "false"})
    assert not OpenQuestion.objects.exists()
    as_user(charlie).get(URL, {"q": "Где мой велосипед?"})
    assert OpenQuestion.objects.count() == 1


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({"query": ""}, "query"),
        ({"query": "x" * 4001}, "query"),
        ({"query": "a\x00b"}, "query"),
        ({"limit": 0}, "limit"),
        ({"limit": 51}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"language": "fr"}, "language"),
        ({"scope": "x" * 81}, "scope"),
        ({"filters": []}, "filters"),
        ({"filters": {"tags": "x"}}, "filters.tags"),
        ({"explain": "perhaps"}, "explain"),
    ],
)
def test_nonsense_is_refused_with_the_fields_name(borscht, charlie, order, field):
    answer = ask(as_user(charlie), **({"query": "x"} | order))
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(f"{field}: ")
    assert not OpenQuestion.objects.exists()


def test_the_number_of_queries_does_not_grow_with_what_is_found(charlie, django_assert_max_num_queries):
    for number in range(12):
        publish(f"borscht-{number}")
    client = as_user(charlie)
    ask(client)
    with django_assert_max_num_queries(12):
        assert len(slugs(ask(client, limit=50))) == 24 / 2


def test_somebody_who_asks_too_often_waits(borscht, charlie, bob, monkeypatch):
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"knowledge": "2/min"})
    answers = [ask(as_user(charlie)).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert ask(as_user(bob)).status_code == 200
