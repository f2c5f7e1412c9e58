"""Reading requests: JSON whatever its label, bounded in size and depth; any Accept header."""

import json
from collections.abc import Iterable, Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from config.api.errors import PayloadTooLarge


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class BoundedJSONParser(BaseParser):
    """JSON up to DATA_UPLOAD_MAX_MEMORY_SIZE bytes; an empty body is an empty object.

    Raises ParseError for what is no JSON, also for nesting that no parser survives.
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        raw = _read(stream)
        if not raw.strip():
            return {}
        try:
            return json.loads(raw.decode(), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError("Request body is not valid JSON.") from error


class AnyTypeJSONParser(BoundedJSONParser):
    """For clients that send JSON under another Content-Type, or under none."""

    media_type = "*/*"


def _read(stream: IO[Any]) -> bytes:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    raw: bytes = stream.read() if limit is None else stream.read(limit + 1)
    if limit is not None and len(raw) > limit:
        raise PayloadTooLarge()
    return raw


class IgnoreAcceptNegotiation(BaseContentNegotiation):
    """Answers in the view's first format, so `Accept: text/event-stream` is never refused."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        return DefaultContentNegotiation().select_parser(request, parsers)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type
