"""Several callers and processes at once: nobody's model is taken away, one switch at a time, the dead hold nothing."""

import asyncio
import threading
from contextlib import aclosing
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from integrations.calls.chain import ModelCall
from integrations.calls.events import Started, Waiting
from integrations.models import ModelUse, OllamaServer
from integrations.ollama import seats, switching
from integrations.ollama.seats import Leave, Wish
from integrations.ollama.wire import InMemory, Installed, Seen
from integrations.services.usage import Caller
from tests.integrations.ollama.conftest import ask, request_to
from tests.integrations.ollama.server import GIB, ollama_server

pytestmark = pytest.mark.django_db(transaction=True)


async def met(server, place):
    assert await asyncio.to_thread(server.met[place].wait, 20)


async def settled(condition):
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


async def test_a_model_at_work_is_waited_for_and_who_waits_is_told(ollama, routes):
    answer = ollama.hold("answer coder:7b")
    working = asyncio.create_task(ask(routes["coder:7b"]))
    await met(ollama, "answer coder:7b")
    async with aclosing(ModelCall([routes["mistral:7b"]], Caller()).stream(request_to)) as events:
        assert isinstance(await anext(events), Waiting)
        waiting = asyncio.create_task(anext(events))
        await settled(lambda: ollama.gets.count("/api/ps") > 2)
        assert not waiting.done()
        assert ("unload", "coder:7b") not in ollama.log
        answer.set()
        assert await working == "I am coder:7b."
        assert isinstance(await waiting, Started)
        assert [type(item).__name__ async for item in events][-1] == "Finish"
    order = [entry for entry in ollama.log if entry != ("answered", "mistral:7b")]
    assert order[2:4] == [("answered", "coder:7b"), ("unload", "coder:7b")]


async def test_after_some_patience_the_server_itself_decides(ollama, routes, monkeypatch):
    monkeypatch.setattr(switching, "PATIENCE_SECONDS", 0.0)
    answer = ollama.hold("answer coder:7b")
    working = asyncio.create_task(ask(routes["coder:7b"]))
    await met(ollama, "answer coder:7b")
    assert await ask(routes["mistral:7b"]) == "I am mistral:7b."
    assert "unload" not in {verb for verb, _ in ollama.log}
    answer.set()
    await working


async def test_idle_models_go_before_those_at_work(ollama, routes):
    answer = ollama.hold("answer small:latest")
    working = asyncio.create_task(ask(routes["small"]))
    await met(ollama, "answer small:latest")
    await ask(routes["coder:7b"])
    await ask(routes["mistral:7b"])
    assert [entry for entry in ollama.log if entry[0] == "unload"] == [("unload", "coder:7b")]
    answer.set()
    await working


async def test_a_loaded_model_answers_while_another_one_is_being_loaded(ollama, routes):
    await ask(routes["small"])
    gate = ollama.hold("load")
    loading = asyncio.create_task(ask(routes["coder:7b"]))
    await met(ollama, "load")
    assert await ask(routes["small"]) == "I am small."
    assert not loading.done()
    gate.set()
    await loading


async def test_a_server_that_hangs_holds_up_no_other(ollama, provider, routes, register_there):
    gate = ollama.hold("/api/tags")
    stuck = asyncio.create_task(ask(routes["coder:7b"]))
    await met(ollama, "/api/tags")
    with ollama_server() as other:
        other.has(tiny_1b=1)
        assert await ask(await register_there(other, "tiny:1b")) == "I am tiny:1b."
    assert not stuck.done()
    gate.set()
    assert await stuck == "I am coder:7b."


@pytest.mark.parametrize("place", ["/api/tags", "load"])
async def test_who_gives_up_while_a_model_is_loaded_leaves_the_way_free(ollama, routes, place):
    gate = ollama.hold(place)
    impatient = asyncio.create_task(ask(routes["coder:7b"]))
    await met(ollama, place)
    impatient.cancel()
    await asyncio.gather(impatient, return_exceptions=True)
    assert (await OllamaServer.objects.aget()).switcher is None
    assert await ModelUse.objects.acount() == 0
    gate.set()
    assert await ask(routes["mistral:7b"]) == "I am mistral:7b."


def test_processes_that_want_different_models_switch_one_after_the_other(ollama, routes):
    failures = []

    def process(name):
        try:
            for _ in range(3):
                assert asyncio.run(ask(routes[name])) == f"I am {name}."
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=process, args=[name]) for name in ("coder:7b", "mistral:7b") * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert ollama.most_at_once == 1
    assert no_model_was_unloaded_at_work(ollama.log)
    loads = sum(verb == "load" for verb, _ in ollama.log)
    assert OllamaServer.objects.get().switches == loads >= 2


def no_model_was_unloaded_at_work(log):
    at_work = {}
    for verb, name in log:
        at_work[name] = at_work.get(name, 0) + {"ask": 1, "answered": -1}.get(verb, 0)
        if verb == "unload" and at_work[name]:
            return False
    return True


def wish(provider, name):
    return Wish(uuid4(), provider.pk, name, "code")


def test_one_caller_of_all_processes_switches(provider):
    first, second = wish(provider, "coder:7b"), wish(provider, "mistral:7b")
    assert seats.claim(first) is Leave.LOAD
    assert seats.claim(second) is Leave.WAIT
    seats.leave(first)
    assert seats.claim(second) is Leave.LOAD


def test_the_switch_of_a_dead_process_runs_out_and_its_end_is_no_longer_heard(provider):
    dead, heir = wish(provider, "coder:7b"), wish(provider, "mistral:7b")
    assert seats.claim(dead) is Leave.LOAD
    OllamaServer.objects.update(switching_until=timezone.now() - timedelta(seconds=1))
    assert seats.claim(heir) is Leave.LOAD
    assert seats.finish(dead, []) is False
    seats.fail(dead, "too late")
    seats.leave(dead)
    assert seats.finish(heir, []) is True
    server = OllamaServer.objects.get()
    assert (server.switches, server.last_error) == (1, "")


def test_what_a_dead_process_used_is_no_longer_in_use(provider):
    holder = wish(provider, "coder:7b")
    seats.claim(holder)
    assert seats.finish(holder, [])
    assert seats.in_use(provider.pk, ["coder:7b"]) == {"coder:7b"}
    ModelUse.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert seats.in_use(provider.pk, ["coder:7b"]) == set()
    seats.claim(wish(provider, "mistral:7b"))
    assert not ModelUse.objects.exists()


def test_what_is_held_is_renewed(provider):
    holder, loader = wish(provider, "coder:7b"), wish(provider, "mistral:7b")
    seats.claim(holder)
    seats.finish(holder, [])
    seats.claim(loader)
    soon = timezone.now() + timedelta(seconds=1)
    ModelUse.objects.update(lease_until=soon)
    OllamaServer.objects.update(switching_until=soon)
    seats.renew([holder.id, loader.id])
    assert ModelUse.objects.get().lease_until > soon
    assert OllamaServer.objects.filter(switching_until__gt=soon).exists()


def test_nobody_begins_to_use_what_is_about_to_go(ollama, provider):
    loader, late = wish(provider, "mistral:7b"), wish(provider, "coder:7b")
    seats.claim(loader)
    seen = Seen((Installed("coder:7b"), Installed("mistral:7b", 5 * GIB)), (InMemory("coder:7b", 5 * GIB),))
    assert seats.plan(loader, seen) == seats.Change(("coder:7b",))
    assert seats.claim(late) is Leave.WAIT
