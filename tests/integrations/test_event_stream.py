"""Frames out of bytes that were cut anywhere."""

import json

import pytest

from integrations.providers.sse import frames

OBJECTS = [{"text": "Привет,\u2028мир\x85 🎉"}, {"n": 1}, {"text": "line\nbreak"}]


def body(end="\n"):
    lines = [": a comment", "event: message"]
    lines += [f"data: {json.dumps(item, ensure_ascii=False)}{end}" for item in OBJECTS]
    return (end.join(lines) + end).encode()


async def read(raw, size):
    async def chunks():
        for start in range(0, len(raw), size):
            yield raw[start : start + size]

    return [frame async for frame in frames(chunks())]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
async def test_every_frame_comes_whole_however_the_bytes_are_cut(size, end):
    assert await read(body(end), size) == OBJECTS


async def test_nothing_is_read_behind_the_end():
    assert await read(body() + b"data: [DONE]\n\ndata: {nonsense\n\n", 5) == OBJECTS


async def test_the_last_line_needs_no_end():
    assert await read(body() + b'data: {"last": true}', 4) == [*OBJECTS, {"last": True}]


@pytest.mark.parametrize("tail", [b"data: {half", b"data: 17\n", b"data: [1]\n", b"data: \xff\xfe\n"])
async def test_what_is_no_object_is_an_error(tail):
    with pytest.raises(ValueError):
        await read(body() + tail, 6)


async def test_a_line_without_end_does_not_fill_the_memory():
    async def endless():
        while True:
            yield b"x" * 65536

    with pytest.raises(ValueError):
        async for _ in frames(endless()):
            pass
