"""Sends as much as it is let, and tells how much that was; the server of test_flow.py runs it."""

import os

from config import flow

flow.STALLED_SECONDS = float(os.environ.get("STALLED_SECONDS", flow.STALLED_SECONDS))

PART = b"x" * 64 * 1024
PARTS = 500
sent = {"parts": 0}


async def respond(send, body, *, more=False):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def stream(send):
    await respond(send, b"", more=True)
    for _ in range(PARTS):
        await send({"type": "http.response.body", "body": PART, "more_body": True})
        sent["parts"] += 1
    await send({"type": "http.response.body", "body": b""})


async def socket(receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    for _ in range(PARTS):
        await send({"type": "websocket.send", "bytes": PART})
        sent["parts"] += 1
    await send({"type": "websocket.close"})


async def serve(scope, receive, send):
    if scope["type"] == "websocket":
        await socket(receive, send)
    elif scope["path"] == "/sent":
        await respond(send, str(sent["parts"]).encode())
    else:
        await stream(send)


application = flow.FlowControl(serve)
