"""The body of a request: JSON, a raw message, or a form, told apart by the content type."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.parse import parse_qsl

from django.conf import settings
from rest_framework.exceptions import ParseError, UnsupportedMediaType, ValidationError
from rest_framework.parsers import BaseParser

from config.api.errors import PayloadTooLarge
from tickets.choices import MailSource
from tickets.intake.composing import File
from tickets.mime.charsets import decode
from tickets.mime.decoding import Decoder
from tickets.mime.defects import Defects
from tickets.mime.tree import TreeReader

RAW_KINDS = ("message/rfc822", "message/global")
# A form with the raw mail has it under one of these names.
RAW_FIELDS = ("email", "body-mime", "raw", "mime", "message")
FORM = "multipart/form-data"
ENCODED_FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 1_000


@dataclass(slots=True)
class Posted:
    """One mail as it was posted: raw, or as `fields` with names as the sender of the request chose them."""

    source: MailSource
    raw: bytes | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)

    def get(self, name: str, default: Any = None) -> Any:
        """What error messages look up."""
        return self.fields.get(name, default)


class MailParser(BaseParser):
    """Reads any of the three; anything else is 415. What is raw in a form stays bytes: the mail knows its charset."""

    media_type = "*/*"

    def parse(  # type: ignore[override]
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Posted:
        body: bytes = stream.read(settings.EMAIL_WEBHOOK_MAX_BYTES + 1)
        if len(body) > settings.EMAIL_WEBHOOK_MAX_BYTES:
            raise PayloadTooLarge()
        kind = (media_type or "").partition(";")[0].strip().lower()
        if kind in RAW_KINDS:
            return Posted(MailSource.MIME, raw=_some(body))
        if kind in (FORM, ENCODED_FORM):
            return _form(body, media_type or "", kind)
        if kind in ("", "application/json", "text/json") or kind.endswith("+json"):
            return Posted(MailSource.JSON, fields=_json(body))
        raise UnsupportedMediaType(media_type or "")


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise ParseError("Request body is not valid JSON.") from error
    if not isinstance(found, dict):
        raise ParseError("Request body must be a JSON object.")
    return found


def _form(body: bytes, media_type: str, kind: str) -> Posted:
    values, files = multipart_of(body, media_type) if kind == FORM else (_encoded(body), [])
    for name in RAW_FIELDS:
        raw = values.get(name) or next((file.content for file in files if file.content_id == name), b"")
        # A field `email` may hold nothing but the sender's address.
        if b"\n" in raw.strip() and b":" in raw:
            return Posted(
                MailSource.FORM, raw=raw, fields=decoded_fields({key: values[key] for key in values if key != name})
            )
    plain = [File(file.name, file.content_type, file.content) for file in files]
    return Posted(MailSource.FORM, fields=decoded_fields(values), files=plain)


def multipart_of(body: bytes, media_type: str) -> tuple[dict[str, bytes], list[File]]:
    """The fields, and the files with the name of their field as content id."""
    defects = Defects()
    tree = TreeReader(defects).read(f"Content-Type: {media_type}\r\n\r\n".encode("latin-1", "replace") + body)
    if not tree.children:
        raise ParseError("The form cannot be read.")
    decoder = Decoder(defects)
    values: dict[str, bytes] = {}
    files: list[File] = []
    for part in tree.children:
        name = part.disposition_params.get("name", "")
        if part.disposition_params.get("filename"):
            files.append(File(part.file_name, part.kind, decoder.content(part), content_id=name))
        elif name and len(values) < MOST_FIELDS:
            values[name] = decoder.content(part)
    return values, files


def _encoded(body: bytes) -> dict[str, bytes]:
    try:
        pairs = parse_qsl(
            body.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_FIELDS, encoding="latin-1"
        )
    except ValueError as error:
        raise ParseError("The form cannot be read.") from error
    return {name: value.encode("latin-1", "replace") for name, value in pairs}


def decoded_fields(values: Mapping[str, bytes]) -> dict[str, Any]:
    """The texts of a form's fields."""
    # Some providers say the charset of each field in one of their own; all others are guessed.
    declared = _charsets(values.get("charsets", b""))
    return {name: decode(value, declared.get(name, "")) for name, value in values.items()}


def _charsets(value: bytes) -> dict[str, str]:
    try:
        found = json.loads(value) if value else {}
    except ValueError:
        return {}
    return {str(name): str(charset) for name, charset in found.items()} if isinstance(found, dict) else {}


def _some(body: bytes) -> bytes:
    if not body.strip():
        raise ValidationError({"body": ["The message is empty."]})
    return body
