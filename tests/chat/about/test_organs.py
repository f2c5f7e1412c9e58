"""The parts of the assistant, what it says of itself, and how it grows: real state, in the caller's language."""

from dataclasses import replace

import pytest
from django.utils.translation import override

from chat.about.describing import growth_json, self_json
from chat.about.organs import organs_of, rounded
from chat.tools import registry
from chat.tools.web import WEB
from knowledge.models import Document
from tests.chat.about.conftest import answered, conversation_of, learned, stages

pytestmark = pytest.mark.django_db

CONTRACT_KEYS = {
    "memory", "analyzer", "planner", "executor", "verifier", "fact_extractor", "web_search", "code", "experience",
    "cell_factory", "cell_loader", "evolution_manager", "prompt_evolution", "finetuning",
}  # fmt: skip
OLDER = ("cell_factory", "cell_loader", "evolution_manager", "finetuning")


@pytest.fixture
def asked(api, alice):
    api.force_authenticate(alice)
    return lambda route, language="en": api.get(f"/api/{route}", headers={"accept-language": language}).json()


def test_the_parts_and_how_many_are_in_which_state(asked):
    body = asked("organs")
    assert set(body["organs"]) >= CONTRACT_KEYS
    assert body["total"] == len(body["organs"]) == sum(body["by_status"].values())
    assert set(body["by_status"]) == {"active", "growing", "dormant"}
    keys = {"name", "file", "description", "capabilities", "status", "uses_count"}
    for organ in body["organs"].values():
        assert set(organ) == keys
        assert (type(organ["uses_count"]), organ["name"] != "") == (int, True)


def test_a_part_wakes_with_its_model_and_is_active_once_used(asked, alice, request):
    assert asked("organs/planner")["status"] == "dormant"
    request.getfixturevalue("model")
    assert asked("organs/planner")["status"] == "growing"
    stages(answered(conversation_of(alice)), "planning")
    assert (asked("organs/planner")["status"], asked("organs/planner")["uses_count"]) == ("active", 1)


def test_each_part_counts_its_own_uses(dana, alice):
    turn = answered(conversation_of(alice))
    stages(turn, "analysis", "verification", "generation")
    stages(turn, "retrieval", memories=["a"], lessons=[1])
    stages(turn, "execution", role="code")
    stages(turn, "tool", tool="web")
    learned(turn, minutes=0)
    used = {key for key, organ in organs_of(dana).items() if organ["uses_count"]}
    assert used >= {
        "analyzer", "verifier", "ui_code", "knowledge", "memory", "experience", "executor", "code", "web_search",
        "fact_extractor",
    }  # fmt: skip
    assert "planner" not in used


def test_what_is_switched_off_or_missing_sleeps(asked, settings, model):
    assert (asked("organs/memory")["status"], asked("organs/fact_extractor")["status"]) == ("growing", "growing")
    settings.MEMORY_ENABLED = False
    assert (asked("organs/memory")["status"], asked("organs/fact_extractor")["status"]) == ("dormant", "dormant")
    assert asked("organs/knowledge")["status"] == "dormant"
    assert asked("organs/model_manager")["status"] == "dormant"


def test_without_the_pipeline_nothing_thinks(asked, settings, model):
    settings.ANSWER_PIPELINE = False
    states = {key: organ["status"] for key, organ in asked("organs")["organs"].items()}
    thinking = ("analyzer", "planner", "verifier", "web_search", "tool_knowledge", "tool_memory")
    assert {states[key] for key in thinking} == {"dormant"}
    assert states["executor"] == "growing"


def test_tools_that_apps_register_are_parts_of_it(asked, alice, model, monkeypatch):
    spec = replace(WEB, key="weather", title="Weather of today")
    monkeypatch.setitem(registry._specs, "weather", spec)
    stages(answered(conversation_of(alice)), "tool", "tool", tool="weather")
    organ = asked("organs/tool_weather")
    assert (organ["name"], organ["status"], organ["uses_count"]) == ("Weather of today", "active", 2)
    assert asked("organs/tool_knowledge")["status"] == "dormant"
    assert "tool_web" not in asked("organs")["organs"]


@pytest.mark.parametrize("key", OLDER)
def test_parts_that_this_server_does_not_have_say_so(asked, key):
    organ = asked(f"organs/{key}")
    assert (organ["status"], organ["uses_count"], organ["capabilities"]) == ("dormant", 0, [])
    assert "no such part" in organ["description"]


@pytest.mark.parametrize("key", ["nothing", "a.b", "x" * 300, "memory%00", "%D0%BF"])
def test_an_unknown_part_is_404_in_the_old_shape(api, alice, key):
    api.force_authenticate(alice)
    answer = api.get(f"/api/organs/{key}")
    assert (answer.status_code, set(answer.json())) == (404, {"error"})


@pytest.mark.parametrize("language", ["en", "ru"])
def test_in_the_language_of_the_caller(asked, alice, language):
    with override(language):
        organs, about, growth = organs_of(alice), self_json(alice), growth_json(alice)
    assert asked("organs", language)["organs"] == organs
    assert asked("self", language) == about
    assert asked("growth", language) == growth


def test_it_says_what_it_is(asked, settings, model):
    settings.APP_NAME = "Lighthouse"
    body = asked("self")
    organs = asked("organs")
    assert body["description"].startswith("# Lighthouse")
    assert "**Planning** (not used yet)" in body["description"]
    assert body["summary"] == {
        "total_organs": organs["total"],
        "active_organs": organs["by_status"]["active"],
        "growing_organs": organs["by_status"]["growing"],
        "has_evolution": False,
        "has_experience": True,
    }


def test_it_says_how_it_grows(asked, settings):
    body = asked("growth")
    assert (body["cell_factory_available"], body["can_grow"]) == (False, True)
    assert "for you alone" in body["capabilities"]
    settings.MEMORY_ENABLED = False
    assert "for you alone" not in asked("growth")["capabilities"]


@pytest.mark.parametrize(
    ("count", "shown"), [(0, 0), (7, 7), (10, 10), (47, 40), (99, 90), (4821, 4000), (1_234_567, 1_000_000)]
)
def test_figures_are_rounded_down_to_their_first_digit(count, shown):
    assert rounded(count) == shown


def test_the_queries_do_not_grow(api, alice, django_assert_max_num_queries):
    api.force_authenticate(alice)
    turn = answered(conversation_of(alice))
    for count in (1, 200):
        stages(turn, *["analysis"] * count)
        for route in ("organs", "self", "growth", "organs/memory"):
            with django_assert_max_num_queries(13):
                api.get(f"/api/{route}")
    assert not Document.objects.exists()
