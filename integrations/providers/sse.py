"""The frames of an event stream as models send them: one JSON object a `data:` line.

Lines are split on the bytes that end lines in an event stream and on nothing else: text may hold U+2028,
at which `str.splitlines` (and what is built on it) would tear a frame in two. It is also the hottest loop
of a worker, once for every token.
"""

import json
from collections.abc import AsyncIterator

from integrations.providers.base import Json

# Far above any frame; a server that never ends its line must not fill the memory.
LINE_BYTES = 4 * 1024 * 1024


async def frames(chunks: AsyncIterator[bytes]) -> AsyncIterator[Json]:
    """The objects until the end or `[DONE]`; raises ValueError for what is no object."""
    async for batch in batches(chunks):
        for frame in batch:
            yield frame


async def batches(chunks: AsyncIterator[bytes]) -> AsyncIterator[list[Json]]:
    """As `frames`: those that arrived in one piece together. What precedes a bad one still comes."""
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).replace(b"\r", b"\n").split(b"\n")
        batch: list[Json] = []
        try:
            ended = _add_objects(batch, lines)
        except ValueError:
            yield batch
            raise
        yield batch
        if ended:
            return
        if len(rest) > LINE_BYTES:
            raise ValueError("a line without an end")
    batch = []
    _add_objects(batch, [rest])
    yield batch


def _add_objects(batch: list[Json], lines: list[bytes]) -> bool:
    """Whether `[DONE]` was among the lines."""
    for line in lines:
        if not line.startswith(b"data:"):
            continue
        if (data := line[5:].strip()) == b"[DONE]":
            return True
        batch.append(_object(data))
    return False


def _object(data: bytes) -> Json:
    frame = json.loads(data)
    if not isinstance(frame, dict):
        raise ValueError("a frame is not an object")
    return frame
