"""A model server that speaks OpenAI's streaming dialect at a set pace: `python -m benchmarks.model PORT`.

Every token is numbered, so that a reader can tell a lost token from a repeated one. It is written on
asyncio's protocols alone, to take as little as possible of the machine that is measured.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from functools import partial

TOKENS = 200
TOKENS_PER_SECOND = 50


def token(number: int) -> str:
    return f"t{number} "


def _chunk(payload: str) -> bytes:
    body = f"data: {payload}\n\n".encode()
    return b"%x\r\n%s\r\n" % (len(body), body)


def _frame(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    frame = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "bench", "choices": [choice]}
    return _chunk(json.dumps(frame))


def _usage() -> bytes:
    usage = {"prompt_tokens": 10, "completion_tokens": TOKENS, "total_tokens": TOKENS + 10}
    frame = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "bench", "choices": []}
    return _chunk(json.dumps(frame | {"usage": usage}))


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
FRAMES = [_frame({"content": token(number)}) for number in range(TOKENS)]
END = _frame({}, "stop") + _usage() + _chunk("[DONE]") + b"0\r\n\r\n"
MODELS = json.dumps({"object": "list", "data": [{"id": "bench", "object": "model"}]}).encode()


def unheard(body: bytes) -> None:
    return None


async def serve_one(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hear: Callable[[bytes], None] = unheard
) -> None:
    """`hear` is given the body of every request."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lines = head.decode("latin-1").lower().split("\r\n")
            length = next((int(line.split(":")[1]) for line in lines if line.startswith("content-length:")), 0)
            hear(await reader.readexactly(length))
            if lines[0].startswith("get"):
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(MODELS)
                )
                writer.write(MODELS)
            else:
                await _answer(writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _answer(writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    writer.write(HEAD)
    for number, frame in enumerate(FRAMES):
        if writer.is_closing():
            return
        writer.write(frame)
        # By the clock, not by naps: a late token does not delay those after it.
        await asyncio.sleep(max(began + (number + 1) / TOKENS_PER_SECOND - loop.time(), 0))
    writer.write(END)
    await writer.drain()


async def serve(port: int, hear: Callable[[bytes], None] = unheard) -> asyncio.Server:
    return await asyncio.start_server(partial(serve_one, hear=hear), "127.0.0.1", port, backlog=1024)


async def main(port: int) -> None:
    async with await serve(port):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
