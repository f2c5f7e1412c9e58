"""What every WebSocket shares, whatever it is for."""

import logging

import pytest
from channels.testing import WebsocketCommunicator

from config import measures
from config.asgi import application
from config.sockets import TracedSocket
from config.trace import trace_id


def open_sockets():
    return measures.registry.get_sample_value("switchboard_websocket_connections")


async def echo_trace(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": trace_id.get()})
    await receive()


async def test_an_unknown_path_is_refused():
    connected, _ = await WebsocketCommunicator(application, "/ws/nowhere").connect()
    assert not connected


async def test_a_socket_has_a_trace_id_is_counted_and_leaves_one_line(caplog):
    caplog.set_level(logging.INFO, "switchboard.access")
    before = open_sockets()
    socket = WebsocketCommunicator(
        TracedSocket(echo_trace), "/ws/echo?token=hunter2", headers=[(b"x-trace-id", b"trace-of-a-page")]
    )
    assert (await socket.connect())[0]
    assert await socket.receive_from() == "trace-of-a-page"
    assert open_sockets() == before + 1
    await socket.disconnect()
    assert open_sockets() == before
    lines = [record.getMessage() for record in caplog.records if record.name == "switchboard.access"]
    assert len(lines) == 1
    assert lines[0].startswith("WEBSOCKET /ws/echo open for")
    assert "hunter2" not in lines[0]


async def test_a_socket_that_breaks_is_no_longer_counted():
    async def broken(scope, receive, send):
        raise RuntimeError

    before = open_sockets()
    with pytest.raises(RuntimeError):
        await WebsocketCommunicator(TracedSocket(broken), "/ws/x").connect()
    assert open_sockets() == before
