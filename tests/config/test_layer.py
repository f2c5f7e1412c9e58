"""Messages reach a socket from any thread and any event loop."""

import asyncio
import threading

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from config.layer import LoopSafeLayer

HELLO = {"type": "hello"}


@pytest.fixture(params=["embedded", "configured"])
def layer(request):
    """The layer of the embedded mode, and the one that this run is configured with."""
    return LoopSafeLayer() if request.param == "embedded" else get_channel_layer()


async def socket_in(layer, group):
    channel = await layer.new_channel()
    await layer.group_add(group, channel)
    return channel


async def test_a_message_from_a_worker_thread_wakes_the_socket_at_once(layer):
    channel = await socket_in(layer, "news-of-a-thread")
    waiting = asyncio.create_task(layer.receive(channel))
    await asyncio.sleep(0)
    thread = threading.Thread(target=lambda: async_to_sync(layer.group_send)("news-of-a-thread", HELLO))
    thread.start()
    # The loop has nothing else to do: only the message itself can wake it.
    assert await asyncio.wait_for(waiting, 2) == HELLO
    await asyncio.to_thread(thread.join)
    await layer.group_discard("news-of-a-thread", channel)


async def test_a_message_from_another_loop_arrives(layer):
    channel = await socket_in(layer, "news-of-a-loop")
    await asyncio.to_thread(lambda: asyncio.run(layer.group_send("news-of-a-loop", HELLO)))
    assert await asyncio.wait_for(layer.receive(channel), 2) == HELLO
    await layer.group_discard("news-of-a-loop", channel)


async def test_many_threads_at_once_lose_nothing():
    layer = LoopSafeLayer()
    channel = await socket_in(layer, "crowd")

    def shout():
        for _ in range(20):
            async_to_sync(layer.group_send)("crowd", HELLO)

    threads = [threading.Thread(target=shout) for _ in range(4)]
    for thread in threads:
        thread.start()
    received = [await asyncio.wait_for(layer.receive(channel), 5) for _ in range(80)]
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert received == [HELLO] * 80


async def test_a_loop_that_has_ended_is_not_waited_for():
    layer = LoopSafeLayer()
    await asyncio.to_thread(lambda: asyncio.run(socket_in(layer, "gone")))
    await asyncio.wait_for(layer.group_send("gone", HELLO), 2)
