"""The benchmarks of cut connections and killed processes, in a size for every day."""

import asyncio
import shutil

import pytest
from django.conf import settings

from benchmarks import cuts, kills, model
from benchmarks.stack import Stack, free_port
from tests.e2e.conftest import Product

pytestmark = pytest.mark.e2e
needs_services = pytest.mark.skipif(settings.EMBEDDED, reason="the embedded run has no service mode")
needs_redis_server = pytest.mark.skipif(shutil.which("redis-server") is None, reason="kills a redis-server of its own")


def sound(tally):
    assert tally.is_sound, tally.table()
    assert tally.row("all")["snapshots"] == 0
    assert all("t199 " in reading.text for reading in tally.readings), "the model did not answer"
    return tally.cuts


@needs_services
def test_readers_that_are_cut_off_get_each_event_once_and_in_order():
    with Stack() as stack:
        urls = cuts.start(stack)
        assert sound(asyncio.run(cuts.cut_and_read(urls, cuts=300, readers=12, seed=7, progress=False))) >= 300


def test_readers_of_the_one_process_likewise(embedded_run, tmp_path):
    async def read(port):
        # The model first: a provider that cannot be reached when the product starts is not asked for a while.
        async with await model.serve(port):
            await asyncio.to_thread(product.start)
            return await cuts.cut_and_read([product.url], cuts=100, readers=6, seed=7, progress=False)

    port = free_port()
    environment = {"CHAT_ANONYMOUS": "true", "CHAT_RATE_PER_MINUTE": "100000"}
    product = Product(tmp_path, LOCAL_LLM_URL=f"http://127.0.0.1:{port}/v1", LOCAL_LLM_MODEL="bench", **environment)
    try:
        assert sound(asyncio.run(read(port))) >= 100
    finally:
        product.kill()


@needs_services
@needs_redis_server
def test_every_answer_ends_once_whatever_is_killed():
    faults = ["worker", "redis", "lasting-redis", "flush", "web", "database"]
    for verdict in asyncio.run(kills.run(faults, turns=9)):
        assert verdict.is_sound, (verdict, verdict.notes)
