"""The assistant's wire and the product's own lists: the caller's experience, and nobody else's."""

import json

import pytest
from django.core.management import call_command

from accounts.services.tokens import issue_visitor_token
from chat.experience.measuring import measure
from chat.experience.models import Experience
from chat.experience.personality import rename
from chat.experience.rating import rate_turn
from chat.experience.reports import experience_json, experience_stats
from chat.memory.exporting import export_of
from chat.memory.services import erase_all
from tests.chat.experience.conftest import answered, holding, judged, lines, many

pytestmark = pytest.mark.django_db

LIST = "/api/v1/experience"
START = {"curiosity": 0.7, "helpfulness": 0.8, "self_awareness": 0.5, "creativity": 0.6}


@pytest.fixture
def alices(api, alice):
    api.force_authenticate(alice)
    return api


def test_the_wire_without_any_record(alices):
    body = alices.get("/api/experience").json()
    assert body == {
        "stats": {"total": 0},
        "personality": {
            "name": "Switchboard",
            "version": "1",
            "traits": START,
            "strengths": [],
            "weaknesses": [],
            "insights": [],
        },
    }


def test_the_wire_in_its_own_words(alices, alice):
    judged(alice, score=8)
    judged(alice, task_type="code", verdict="needs_work", score=5, problems="wrong")
    judged(alice, task_type="code", verdict="rejected", score=2)
    body = alices.get("/api/experience/").json()
    assert body["stats"] == {
        "total": 3,
        "avg_score": 5.0,
        "by_type": {"вопрос": 1, "код": 2},
        "by_verdict": {"ПРИНЯТ": 1, "ТРЕБУЕТ_ДОРАБОТКИ": 1, "ОТКЛОНЁН": 1},
    }
    assert len(body["personality"]["insights"]) == 3
    assert body["personality"]["insights"][0].startswith("Question: ")


def test_the_average_is_of_the_scores_that_count(alice):
    row = judged(alice, score=2)
    judged(alice, score=None)
    assert experience_stats(alice)["avg_score"] == 2.0
    rate_turn(row.turn, 1, actor=alice)
    assert experience_stats(alice)["avg_score"] == 9.0
    assert experience_stats(None) == {"total": 0, "avg_score": 0, "by_type": {}, "by_verdict": {}}


def test_only_the_last_ten_lessons_and_each_once(alice):
    kinds = ["question", "task", "code", "creative", "search", "growth"]
    for kind in kinds:
        judged(alice, task_type=kind)
        judged(alice, task_type=kind, verdict="rejected", score=1)
    judged(alice, task_type="growth", verdict="rejected", score=1)
    insights = experience_json(alice)["personality"]["insights"]
    assert len(insights) == len(set(insights)) == 10
    assert insights[-1].startswith("Growth: ")
    assert not any(insight.startswith("Question: ") for insight in insights)


def test_strengths_and_weaknesses_are_the_servers(alice, bob):
    many(alice, 10, task_type="code", verdict="accepted", score=9)
    many(alice, 10, task_type="creative", verdict="rejected", score=2)
    measure()
    rename("Vega", actor=bob)
    said = experience_json(bob)
    assert said["stats"] == {"total": 0}
    assert (said["personality"]["strengths"], said["personality"]["weaknesses"]) == (["код"], ["творчество"])
    assert (said["personality"]["name"], said["personality"]["version"]) == ("Vega", "2")
    assert said["personality"]["insights"] == []


def test_nobody_reads_another_ones(api, alice, bob, charlie, dana, visitor, settings):
    settings.CHAT_ANONYMOUS = True
    row = judged(alice, "Where is the hidden treasure?", verdict="needs_work", score=3, problems="treasure is missing")
    for person in (bob, charlie, dana):
        api.force_authenticate(person)
        assert api.get(LIST).json() == {"experience": [], "total": 0}
        assert api.get(f"{LIST}/{row.pk}").status_code == api.delete(f"{LIST}/{row.pk}").status_code == 404
        assert api.delete(LIST).json() == {"erased": 0}
        assert "treasure" not in api.get("/api/experience").content.decode()
    api.force_authenticate(None)
    assert api.get("/api/experience").json()["stats"] == {"total": 0}
    assert api.get(LIST).status_code == api.delete(LIST).status_code == api.get(f"{LIST}/{row.pk}").status_code
    assert api.get(LIST).status_code in {401, 403}
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_visitor_token(visitor)}")
    assert api.get(LIST).json()["total"] == 0
    assert Experience.objects.count() == 1


def test_the_list_is_paged_and_filtered(alices, alice):
    first = judged(alice)
    second = judged(alice, task_type="code", verdict="rejected", score=2, problems="wrong")
    third = judged(alice, verdict="needs_work", score=5)
    rate_turn(third.turn, -1, correction="In euros.", actor=alice)

    def found(**query):
        return [row["id"] for row in alices.get(LIST, query).json()["experience"]]

    assert found() == [third.pk, second.pk, first.pk]
    assert found(limit=1, skip=1) == [second.pk]
    assert found(type="code") == found(verdict="rejected") == [second.pk]
    assert found(rating=-1) == [third.pk]
    assert found(rating=0) == [second.pk, first.pk]
    for query in ({"type": "x"}, {"verdict": "x"}, {"rating": 5}, {"limit": 0}, {"skip": -1}):
        assert alices.get(LIST, query).status_code == 422
    row = alices.get(f"{LIST}/{third.pk}").json()
    assert (row["rating"], row["correction"], row["score"], row["lesson"]) == (-1, "In euros.", 3, "corrected")
    assert row["lesson_text"]
    assert alices.get(f"{LIST}/{10**25}").status_code == 404


def test_lists_and_figures_take_the_same_queries_however_many_rows(alices, alice, django_assert_max_num_queries):
    many(alice, 2000)
    with django_assert_max_num_queries(3):
        assert alices.get(LIST, {"limit": 200}).json()["total"] == 2000
    with django_assert_max_num_queries(5):
        assert alices.get("/api/experience").json()["stats"]["total"] == 2000


def test_one_is_forgotten_then_all(alices, alice, bob):
    rows = [judged(alice) for _ in range(3)]
    judged(bob)
    assert alices.delete(f"{LIST}/{rows[0].pk}").status_code == 204
    assert alices.delete(LIST).json() == {"erased": 2}
    assert [row.owner for row in Experience.objects.all()] == [bob]


@pytest.mark.parametrize(
    "erase",
    [
        lambda api, alice: api.post("/api/memory/clear"),
        lambda api, alice: api.post("/api/reset-memory"),
        lambda api, alice: api.delete("/api/v1/memory"),
        lambda api, alice: call_command("forget", "--user", "alice", "--yes"),
    ],
    ids=["clear", "reset", "api", "command"],
)
def test_erasing_memory_erases_it_too(alices, alice, bob, erase):
    row = judged(alice)
    rate_turn(row.turn, -1, correction="In euros.", actor=alice)
    judged(bob)
    erase(alices, alice)
    assert [row.owner for row in Experience.objects.all()] == [bob]
    assert lines(alice) == []
    assert alices.get("/api/experience").json()["stats"] == {"total": 0}


def test_the_command_erases_what_holds_a_text(alice, capsys):
    kept = judged(alice, "How are keys rotated?")
    judged(alice, "Where is the Treasure?")
    call_command("forget", "--user", "alice", "--text", "treasure", "--yes")
    assert list(Experience.objects.all()) == [kept]
    assert "Experiences: 1 erased" in capsys.readouterr().out


def test_an_export_has_it_and_is_taken_in_again(alice, tmp_path):
    row = judged(alice, verdict="needs_work", score=5, problems="wrong")
    rate_turn(row.turn, -1, correction="In euros.", actor=alice)
    (record,) = export_of(holding(alice))["experience"]
    assert record["correction"] == "In euros."
    assert {"timestamp", "task_type", "user_input", "verdict", "score", "problems", "lesson"} <= set(record)
    file = tmp_path / "memories.json"
    file.write_text(json.dumps(export_of(holding(alice))))
    call_command("import_memory", str(file), "--user", "alice", verbosity=0)
    erase_all(holding(alice), actor=alice)
    assert export_of(holding(alice))["experience"] == []


def test_no_word_of_anybody_is_in_figures_of_nobody(db):
    answered(None, "Where is the treasure?")
    judged(None, "Where is the treasure?")
    assert not Experience.objects.all().saying("treasure").exists()
