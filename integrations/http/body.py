"""Reading of bodies: never more than the cap, on the wire or decoded."""

import zlib
from collections.abc import AsyncIterator, Iterator

import httpx
from django.utils.translation import gettext as _

from integrations.http.errors import RequestFailed

OFFERED = "gzip, deflate"
PIECE = 65_536
GZIP, ZLIB, RAW = 31, 15, -15


class Inflater:
    """gzip (of any number of members) or deflate, opened piece by piece."""

    def __init__(self, encoding: str) -> None:
        self._gzip = encoding in {"gzip", "x-gzip"}
        self._inflate = zlib.decompressobj(GZIP) if self._gzip else None
        self._begun = b""

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """At most PIECE bytes at a time, so that the reader can stop a bomb; raises zlib.error."""
        data, self._begun = self._begun + data, b""
        if self._inflate is None:
            if len(data) < 2:
                self._begun = data
                return
            self._inflate = zlib.decompressobj(_deflate_kind(data))
        while data:
            yield self._inflate.decompress(data, PIECE)
            data = self._inflate.unconsumed_tail or self._next_member()

    def _next_member(self) -> bytes:
        assert self._inflate is not None  # noqa: S101 - for the type checker: pieces() has just used it
        rest: bytes = self._inflate.unused_data
        if rest:
            if not self._gzip:
                raise zlib.error("data after the end")
            self._inflate = zlib.decompressobj(GZIP)
        return rest

    def is_complete(self) -> bool:
        return not self._begun and (self._inflate is None or self._inflate.eof)


def _deflate_kind(data: bytes) -> int:
    """`deflate` means the zlib format, yet some servers send it bare."""
    looks_like_zlib = data[0] & 0x0F == 8 and int.from_bytes(data[:2]) % 31 == 0
    return ZLIB if looks_like_zlib else RAW


def check_announced(response: httpx.Response, *, host: str, cap: int) -> None:
    """Refuses before reading what is announced to be too long."""
    length = response.headers.get("content-length", "")
    if length.isdecimal() and int(length) > cap:
        raise too_large(host, cap)


def encoding_of(response: httpx.Response, *, host: str) -> str:
    """`gzip`, `x-gzip`, `deflate` or nothing; raises RequestFailed for what we did not offer."""
    encoding: str = response.headers.get("content-encoding", "").strip().lower()
    if encoding in {"", "identity"}:
        return ""
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        text = _("%(host)s answered in an encoding that was not asked for.") % {"host": host}
        raise RequestFailed("encoding", text, permanent=True)
    return encoding


async def capped(raw: AsyncIterator[bytes], *, encoding: str, host: str, cap: int) -> AsyncIterator[bytes]:
    """The decoded body in pieces; raises RequestFailed when it grows beyond `cap` or ends too early."""
    inflater = Inflater(encoding) if encoding else None
    on_the_wire = decoded = 0
    async for chunk in raw:
        on_the_wire += len(chunk)
        if on_the_wire > cap:
            raise too_large(host, cap)
        for piece in _pieces(inflater, chunk, host=host):
            decoded += len(piece)
            if decoded > cap:
                raise too_large(host, cap)
            if piece:
                yield piece
    if inflater is not None and on_the_wire and not inflater.is_complete():
        raise _unreadable(host)


def _pieces(inflater: Inflater | None, chunk: bytes, *, host: str) -> Iterator[bytes]:
    if inflater is None:
        yield chunk
        return
    try:
        yield from inflater.pieces(chunk)
    except zlib.error as error:
        raise _unreadable(host) from error


def too_large(host: str, cap: int) -> RequestFailed:
    text = _("The answer of %(host)s is larger than %(n)s bytes.") % {"host": host, "n": cap}
    return RequestFailed("too_large", text, permanent=True)


def _unreadable(host: str) -> RequestFailed:
    text = _("The answer of %(host)s is damaged or was cut off.") % {"host": host}
    return RequestFailed("bad_response", text, permanent=False)
