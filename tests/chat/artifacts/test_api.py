"""The routes of mini-pages as their documented clients use them."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.artifacts.models import Artifact
from chat.artifacts.signals import artifact_rated
from integrations.choices import BudgetScope, Period
from integrations.models import Budget
from tests.chat.artifacts.conftest import make, said

GENERATE = "/api/artifacts/generate"
KEYS = {"id", "html", "css", "js", "template_used", "created_at", "task", "metadata"}


def post(api, path, body, **kwargs):
    return api.generic("POST", path, json.dumps(body), content_type=kwargs.pop("content_type", ""), **kwargs)


@pytest.fixture
def world(local_only):
    """A server without any model."""


@pytest.mark.django_db(transaction=True)
class TestMaking:
    def test_a_task_alone_makes_a_page_whatever_the_content_type(self, api, world):
        answer = post(api, GENERATE, {"task": "Крестики-нолики"}, content_type="text/plain")
        body = answer.json()
        assert answer.status_code == 200
        assert set(body) >= KEYS
        assert re.fullmatch("[0-9a-f]{12}", body["id"])
        assert body["template_used"] == "Tic-tac-toe"
        assert body["metadata"] == {"rating": None, "rated_at": None}
        assert (body["degraded"], body["model"]) == ("no_model", None)
        assert body["url"] == f"/artifacts/{body['id']}.html"
        assert Artifact.objects.get().task == "Крестики-нолики"

    def test_a_named_template_and_its_data_are_taken(self, api, world, alice):
        api.force_authenticate(alice)
        body = {"task": "x", "template": "rpg_inventory", "data": {"gold": 7, "items": []}}
        page = Artifact.objects.get(pk=post(api, f"{GENERATE}/", body).json()["id"])
        assert (page.template, page.owner, page.degraded) == ("rpg_inventory", alice, "")
        assert (page.data["gold"], page.data["items"], page.data["title"]) == (7, [], "Inventory")

    def test_a_model_writes_what_no_template_is_for(self, api, scripted, visitor):
        scripted(said())
        api.force_authenticate(visitor)
        body = post(api, GENERATE, {"task": "Калькулятор"}).json()
        assert (body["template_used"], body["model"], body["title"]) == (
            "Written by a model",
            "test-scripted",
            "Калькулятор",
        )
        assert Artifact.objects.get().visitor == visitor

    def test_a_model_that_makes_no_page_is_503_with_a_text(self, api, scripted):
        scripted("no", "no")
        answer = post(api, GENERATE, {"task": "Калькулятор"})
        assert answer.status_code == 503
        assert isinstance(answer.json()["error"], str)
        assert not Artifact.objects.exists()

    def test_an_empty_budget_is_429_with_a_pause(self, api, scripted, alice, models):
        scripted(said())
        Budget.objects.create(scope=BudgetScope.USER, user=alice, period=Period.DAY, max_tokens=1)
        api.force_authenticate(alice)
        answer = post(api, GENERATE, {"task": "Калькулятор"})
        assert answer.status_code == 429
        assert answer.json()["error"] == answer.json()["detail"]
        assert int(answer["Retry-After"]) > 0
        assert (models.requests, Artifact.objects.count()) == ([], 0)

    @pytest.mark.parametrize(
        ("raw", "field"),
        [
            ("{bad", ""),
            ("", "task"),
            ("[]", ""),
            ("5", ""),
            ("null", ""),
            ("{}", "task"),
            ('{"task": "  "}', "task"),
            ('{"task": null}', "task"),
            ('{"task": 5}', "task"),
            ('{"task": ["x"]}', "task"),
            ('{"task": "\\u0000"}', "task"),
            (json.dumps({"task": "x" * 1_000_000}), "task"),
            ('{"task": "x", "template": "nonsense"}', "template"),
            ('{"task": "x", "template": 5}', "template"),
            ('{"task": "x", "template": ["tictactoe"]}', "template"),
            ('{"task": "x", "data": [1]}', "data"),
            ('{"task": "x", "data": "x"}', "data"),
            ('{"task": "x", "data": {"a": 1}}', "template"),
            ('{"task": "x", "template": "tictactoe", "data": {"a": 1}}', "data"),
            ('{"task": "x", "template": "tictactoe", "data": {"size": "3"}}', "data"),
            ('{"task": "x", "template": "tictactoe", "data": {"size": 1e30}}', "data"),
            ('{"task": "x", "template": "tictactoe", "data": {"size": 1' + "0" * 400 + "}}", "data"),
            ('{"task": "x", "template": "tictactoe", "data": {"title": "' + "y" * 30_000 + '"}}', "data"),
            ('{"task": "x", "template": "tictactoe", "data": {"size": ' + "[" * 900 + "]" * 900 + "}}", "data"),
        ],
    )
    def test_bad_input_is_400_and_names_the_field(self, api, world, raw, field):
        answer = api.generic("POST", GENERATE, raw, content_type="application/json")
        assert answer.status_code == 400
        assert answer.json()["error"].startswith(f"{field}: " if field else "")
        assert not Artifact.objects.exists()

    def test_text_that_no_database_holds_is_cleaned(self, api, world):
        raw = '{"task": "a\\u0000b\\ud800", "template": "tictactoe", "data": {"title": "t\\ud800\\u0000x"}}'
        answer = api.generic("POST", GENERATE, raw, content_type="application/json")
        assert answer.status_code == 200
        page = Artifact.objects.get()
        assert (page.task, page.title, page.data["title"]) == ("ab", "tx", "tx")

    def test_asking_is_throttled_like_any_question(self, api, world, alice, monkeypatch):
        from chat.api.throttles import ChatThrottle

        monkeypatch.setattr(ChatThrottle, "THROTTLE_RATES", {"chat": "2/min"})
        api.force_authenticate(alice)
        answers = [post(api, GENERATE, {"task": ""}).status_code for _ in range(3)]
        assert answers == [400, 400, 429]


@pytest.mark.django_db
class TestReading:
    def test_the_list_has_the_callers_own_the_newest_first(self, api, alice, charlie, visitor):
        mine = [make(owner=alice, title=str(number)).pk for number in range(3)]
        make(owner=charlie), make(visitor=visitor), make()
        api.force_authenticate(alice)
        body = api.get("/api/artifacts").json()
        assert [entry["id"] for entry in body["artifacts"]] == mine[::-1]
        assert body["total"] == 3
        page = api.get("/api/artifacts/", {"skip": 1, "limit": 1}).json()["artifacts"]
        assert [entry["id"] for entry in page] == [mine[1]]

    def test_who_has_no_identity_lists_nothing_and_opens_by_id(self, api, alice):
        nobodys, hers = make(), make(owner=alice)
        assert api.get("/api/artifacts").json() == {"artifacts": [], "total": 0}
        assert api.get(f"/api/artifacts/{nobodys.pk}").json()["id"] == nobodys.pk
        assert api.get(f"/api/artifacts/{hers.pk}").status_code == 404

    @pytest.mark.parametrize("query", [{"limit": "x"}, {"limit": 0}, {"limit": 101}, {"skip": -1}, {"skip": 10**30}])
    def test_a_bad_page_is_400(self, api, alice, query):
        api.force_authenticate(alice)
        answer = api.get("/api/artifacts", query)
        assert (answer.status_code, type(answer.json()["error"])) == (400, str)

    def test_the_list_takes_two_queries_for_any_number(self, api, alice):
        api.force_authenticate(alice)
        for _ in range(3):
            make(owner=alice)
        with CaptureQueriesContext(connection) as queries:
            api.get("/api/artifacts")
        assert len(queries) == 2

    @pytest.mark.parametrize("path", ["", "/rate"])
    @pytest.mark.parametrize("who", ["charlie", "visitor", None])
    def test_what_is_not_ones_own_is_not_there(self, api, alice, path, who, request):
        hers = make(owner=alice)
        if who:
            api.force_authenticate(request.getfixturevalue(who))
        url = f"/api/artifacts/{hers.pk}{path}"
        answer = post(api, url, {"rating": 1}) if path else api.get(url)
        assert (answer.status_code, type(answer.json()["error"])) == (404, str)
        hers.refresh_from_db()
        assert hers.rating is None

    @pytest.mark.parametrize("key", ["nonsense", "0" * 12, "%00", "x" * 5000, "AAAAAAAAAAAA", "é"])
    def test_an_unknown_id_is_404(self, api, alice, key):
        api.force_authenticate(alice)
        answer = api.get(f"/api/artifacts/{key}")
        assert (answer.status_code, type(answer.json()["error"])) == (404, str)

    def test_guessing_ids_ends_in_429(self, api):
        there = make()
        answers = [api.get(f"/api/artifacts/{number:012x}").status_code for number in range(31)]
        assert answers == [404] * 30 + [429]
        refused = api.get(f"/api/artifacts/{there.pk}")
        assert (refused.status_code, refused["Retry-After"]) == (429, "60")

    def test_templates_are_described(self, api):
        body = api.get("/api/templates").json()["templates"]
        assert [entry["name"] for entry in body] == ["rpg_inventory", "platformer_hud", "puzzle_board", "tictactoe"]
        assert all(set(entry) == {"name", "display_name", "category", "description"} for entry in body)

    @pytest.mark.parametrize("path", ["/api/artifacts", "/api/templates", "/api/artifacts/000000000000"])
    def test_nobody_is_let_in_where_anonymous_use_is_off(self, api, settings, path):
        settings.CHAT_ANONYMOUS = False
        assert api.get(path).status_code == 401
        assert post(api, GENERATE, {"task": "x"}).status_code == 401


@pytest.mark.django_db
class TestRating:
    @pytest.fixture
    def heard(self):
        told = []

        def listen(sender, artifact, actor, **_):
            told.append((artifact.pk, artifact.rating, actor))

        artifact_rated.connect(listen)
        yield told
        artifact_rated.disconnect(listen)

    def test_a_fresh_page_is_rated_and_rated_again(self, api, alice, heard):
        page = make(owner=alice)
        api.force_authenticate(alice)
        for rating in (2, 5):
            answer = post(api, f"/api/artifacts/{page.pk}/rate", {"rating": rating})
            assert answer.json() == {"success": True, "artifact_id": page.pk, "rating": rating}
        metadata = api.get(f"/api/artifacts/{page.pk}").json()["metadata"]
        assert metadata["rating"] == 5
        assert metadata["rated_at"].endswith("Z")
        assert heard == [(page.pk, 2, alice), (page.pk, 5, alice)]

    def test_a_page_of_nobodys_is_rated_by_whoever_has_its_id(self, api):
        page = make()
        assert post(api, f"/api/artifacts/{page.pk}/rate/", {"rating": 4}).status_code == 200
        page.refresh_from_db()
        assert page.rating == 4

    @pytest.mark.parametrize("rating", [0, 6, -1, "5", "x", 4.5, 5.0, True, None, [], {}, 10**30])
    def test_any_other_rating_is_400(self, api, rating, heard):
        page = make()
        answer = post(api, f"/api/artifacts/{page.pk}/rate", {"rating": rating})
        assert answer.status_code == 400
        assert answer.json()["error"].startswith("rating: ")
        page.refresh_from_db()
        assert (page.rating, heard) == (None, [])

    @pytest.mark.parametrize("raw", ["", "[]", "{bad", "5"])
    def test_a_body_without_a_rating_is_400(self, api, raw):
        answer = api.generic("POST", f"/api/artifacts/{make().pk}/rate", raw, content_type="")
        assert (answer.status_code, type(answer.json()["error"])) == (400, str)
