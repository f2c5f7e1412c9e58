"""The peer: the least that can stand between a WebSocket client and a model server.

One Starlette route that forwards each piece of the answer as it comes: no database, no log, no
resumption, no access control. `uvicorn benchmarks.passthrough:app` with MODEL_URL set.
"""

import json
import os

import httpx
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

MODEL_URL = os.environ["MODEL_URL"]
client = httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=None), trust_env=False)


async def chat(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            await _answer(socket, json.loads(await socket.receive_text())["message"])
    except WebSocketDisconnect:
        return


async def _answer(socket: WebSocket, question: str) -> None:
    body = {"model": "bench", "stream": True, "messages": [{"role": "user", "content": question}]}
    async with client.stream("POST", f"{MODEL_URL}/chat/completions", json=body) as answer:
        async for line in answer.aiter_lines():
            if not line.startswith("data: {"):
                continue
            for choice in json.loads(line[6:])["choices"]:
                if text := choice["delta"].get("content"):
                    await socket.send_text(json.dumps({"type": "delta", "content": text}))
    await socket.send_text(json.dumps({"type": "done", "content": ""}))


app = Starlette(routes=[WebSocketRoute("/ws/chat", chat)])
