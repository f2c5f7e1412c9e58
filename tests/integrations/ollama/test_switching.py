"""A call finds its model in memory: what is loaded, what has to go, what is counted."""

import asyncio

import pytest
from asgiref.sync import sync_to_async

from integrations.calls.whole import embed
from integrations.models import AIModel, AIProvider, Circuit, LoadedModel, ModelUse, OllamaServer, UsageRecord
from integrations.ollama import seats
from integrations.ollama.report import model_manager_json
from integrations.providers.errors import ProviderError
from integrations.services.routing import role_chain, route_to
from integrations.services.usage import Caller
from tests.integrations.ollama.conftest import ask, register, role
from tests.integrations.ollama.server import GIB
from tests.model_server import ANSWER, model_server

pytestmark = pytest.mark.django_db(transaction=True)
manager = sync_to_async(model_manager_json)


async def test_the_first_call_loads_without_generating_and_the_next_one_finds_it_there(ollama, routes):
    assert (await manager())["current_model"] is None
    assert await ask(routes["coder:7b"]) == await ask(routes["coder:7b"]) == "I am coder:7b."
    assert ollama.verbs() == [("load", "coder:7b"), ("ask", "coder:7b"), ("ask", "coder:7b")]
    path, body = ollama.bodies[0]
    assert (path, body["prompt"], body["stream"], body["keep_alive"]) == ("/api/generate", "", False, "10m")
    told = await manager()
    assert (told["switches"], told["loaded_models"]) == (1, ["coder:7b"])
    assert told["current_model"] == routes["coder:7b"].model_key
    assert await ModelUse.objects.acount() == 0


async def test_a_model_that_does_not_fit_beside_the_other_takes_its_place(ollama, routes):
    await ask(routes["coder:7b"])
    await ask(routes["mistral:7b"])
    assert ollama.verbs()[2:] == [("unload", "coder:7b"), ("load", "mistral:7b"), ("ask", "mistral:7b")]
    assert (await manager())["switches"] == 2
    assert (await manager())["loaded_models"] == ["mistral:7b"]


async def test_models_that_fit_together_stay_together(ollama, routes):
    for name in ("coder:7b", "small", "coder:7b", "small"):
        await ask(routes[name])
    assert ollama.verbs().count(("load", "small:latest")) == 1
    assert [entry for entry in ollama.log if entry[0] == "unload"] == []
    assert (await manager())["switches"] == 2


async def test_another_ones_model_counts_and_stays(ollama, routes):
    ollama.installed["foreign:70b"] = 5 * GIB
    ollama.loaded["foreign:70b"] = 5 * GIB
    await ask(routes["small"])
    await ask(routes["mistral:7b"])
    assert [entry for entry in ollama.log if entry[0] == "unload"] == [("unload", "small:latest")]
    assert "foreign:70b" in ollama.loaded


async def test_what_somebody_else_has_loaded_is_found_and_not_counted(ollama, routes):
    ollama.loaded["coder:7b"] = 5 * GIB
    await ask(routes["coder:7b"])
    assert ollama.verbs() == [("ask", "coder:7b")]
    assert (await manager())["switches"] == 0


async def test_the_registry_knows_the_size_where_the_server_says_none(ollama, routes):
    await AIModel.objects.filter(name="mistral:7b").aupdate(vram_gb="2.5")
    await ask(routes["coder:7b"])
    await ask(routes["mistral:7b"])
    assert [entry for entry in ollama.log if entry[0] == "unload"] == []


async def test_a_model_in_the_cloud_takes_no_room_and_is_not_counted(ollama, provider, routes):
    name = "deepseek-v3.1:671b-cloud"
    ollama.installed[name] = 400
    await sync_to_async(register)(ollama, name, is_local=False)
    cloud = await AIModel.objects.select_related("provider").aget(name=name)
    chain = await sync_to_async(lambda: role_chain(role("cloud_universal", cloud)))()
    await ask(routes["coder:7b"])
    assert await ask(*chain) == f"I am {name}."
    assert ollama.verbs()[2:] == [("ask", name)]
    told = await manager()
    assert (told["current_model"], told["switches"], told["loaded_models"]) == ("cloud_universal", 1, ["coder:7b"])


async def test_a_model_with_no_memory_in_the_registry_is_left_to_the_server(ollama, provider):
    await AIModel.objects.filter(name="coder:7b").aupdate(vram_gb=0)
    row = await AIModel.objects.select_related("provider").aget(name="coder:7b")
    await ask(await sync_to_async(route_to)(row))
    assert ollama.verbs() == [("ask", "coder:7b")]


async def test_a_model_for_vectors_is_loaded_in_its_own_way(ollama, provider):
    ollama.has(nomic_embed=0.5)
    await sync_to_async(register)(ollama, "nomic:embed", kind="embedding")
    row = await AIModel.objects.select_related("provider").aget(name="nomic:embed")
    await embed(await sync_to_async(route_to)(row), ["text"], Caller())
    assert ollama.verbs() == [("load", "nomic:embed"), ("ask", "nomic:embed")]
    assert ollama.bodies[0][0] == "/api/embed"


async def test_a_model_that_the_server_lacks_costs_no_other_its_place(ollama, provider, routes):
    await ask(routes["coder:7b"])
    await sync_to_async(register)(ollama, "missing:1b", vram_gb=6)
    row = await AIModel.objects.select_related("provider").aget(name="missing:1b")
    assert await ask(await sync_to_async(route_to)(row), routes["coder:7b"]) == "I am coder:7b."
    assert [entry for entry in ollama.log if entry[0] in {"unload", "load"}] == [("load", "coder:7b")]
    failed = await UsageRecord.objects.aget(outcome="failed")
    assert (failed.model_key, failed.error_code) == (row.key, "model_not_found")


@pytest.mark.parametrize("place", ["load", "/api/ps", "/api/tags"])
async def test_a_switch_that_fails_changes_nothing_and_the_chain_goes_on(ollama, routes, place):
    await ask(routes["small"])
    before = await manager()
    ollama.faults[place] = lambda handler: handler.answer({"error": "out of memory"}, 500)
    with model_server() as other:
        spare = await sync_to_async(register)(other, "echo")
        model = await AIModel.objects.select_related("provider").aget(provider=spare)
        chain = [routes["coder:7b"], await sync_to_async(route_to)(model)]
        assert await ask(*chain) == ANSWER
    assert (await manager())["current_model"] == before["current_model"]
    assert (await manager())["switches"] == before["switches"]
    server = await OllamaServer.objects.aget()
    assert (server.last_error, server.switcher) == ("The provider failed.", None)
    assert (await Circuit.objects.aget(provider=server.pk)).failures == 1
    failed = await UsageRecord.objects.aget(outcome="failed")
    assert (failed.error_code, failed.output_tokens) == ("unavailable", 0)


async def test_a_server_that_is_away_is_refused_as_down(ollama, provider, routes):
    ollama.shutdown()
    ollama.server_close()
    with pytest.raises(ProviderError) as refusal:
        await ask(routes["coder:7b"])
    assert refusal.value.code == "unavailable"
    assert (await manager())["current_model"] is None
    assert await ModelUse.objects.acount() == 0


@pytest.mark.parametrize("budget, serves", [(0, True), (8, False), (8, None)])
async def test_nothing_is_asked_or_written_where_there_is_no_memory_to_look_after(
    ollama, routes, settings, monkeypatch, budget, serves
):
    settings.OLLAMA_MAX_VRAM_GB = budget
    for name in ("claim", "note_current", "leave"):
        monkeypatch.setattr(seats, name, None)
    routes["coder:7b"].provider.serves_ollama = serves
    assert await ask(routes["coder:7b"]) == "I am coder:7b."
    assert ollama.verbs() == [("ask", "coder:7b")]
    assert not await LoadedModel.objects.aexists()


async def test_the_current_model_is_called_by_its_role(ollama, provider, routes):
    chain = await sync_to_async(lambda: role_chain(role("reason", routes["mistral:7b"].row)))()
    await ask(*chain)
    assert (await manager())["current_model"] == "reason"


async def test_many_calls_of_one_model_load_it_once(ollama, routes):
    answers = await asyncio.gather(*(ask(routes["coder:7b"]) for _ in range(8)))
    assert set(answers) == {"I am coder:7b."}
    assert ollama.verbs().count(("load", "coder:7b")) == 1
    assert await ModelUse.objects.acount() == 0


async def test_the_provider_goes_with_all_that_hangs_on_it(ollama, routes):
    await ask(routes["coder:7b"])
    await AIProvider.objects.all().adelete()
    assert not await OllamaServer.objects.aexists()
    assert not await LoadedModel.objects.aexists()
