"""A raw mail becomes a `ParsedMail`. Whatever the bytes are, something readable comes out."""

import base64
import binascii
import logging
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

from tickets.mime import addresses as lists
from tickets.mime.bodies import BodyReader
from tickets.mime.bounces import bounce_of
from tickets.mime.charsets import decode
from tickets.mime.decoding import Decoder
from tickets.mime.defects import Defects
from tickets.mime.fields import Fields
from tickets.mime.limits import FIRST_REFERENCES, MAX_ADDRESSES, MAX_BYTES, MAX_REFERENCES, MAX_TEXT
from tickets.mime.loops import Signs, automatic_kind
from tickets.mime.mail import NOBODY, Address, AutomaticKind, ParsedMail
from tickets.mime.tree import Part, TreeReader
from tickets.mime.words import decode_words

__all__ = ["ParsedMail", "parse"]

logger = logging.getLogger("tickets.mime")
BRACKETED = re.compile(r"<([^<>]{1,900})>")
BARE_ID = re.compile(r"[^\s<>,;\"]{1,450}@[^\s<>,;\"]{1,450}")
DELIVERED = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "X-Forwarded-To")
THREAD_INDEX_BYTES = 22
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def parse(raw: bytes) -> ParsedMail:
    """Never raises, and takes time that grows with the size of the mail alone; see `limits` for what is cut."""
    try:
        return _parse(raw)
    except Exception:  # noqa: BLE001
        # A mail that meets a mistake of ours must still reach a person; the traceback says what to mend.
        logger.exception("A mail of %d bytes could not be parsed", len(raw))
        return ParsedMail(text=decode(raw[:MAX_TEXT]), defects=("not_parsed",))


def _parse(raw: bytes) -> ParsedMail:
    defects = Defects()
    root = TreeReader(defects).read(_bounded(raw, defects))
    bodies = BodyReader(defects).read(root)
    fields = root.fields
    subject = " ".join(fields.text("Subject").split())
    sender = _sender(fields)
    headers = tuple((name, decode_words(value)) for name, value in fields.items)
    automatic = automatic_kind(Signs(headers, subject, sender.email or sender.name, _report_type(root)))
    is_bounce = automatic is not None and automatic.kind is AutomaticKind.BOUNCE
    return ParsedMail(
        message_id=next(iter(message_ids(fields, "Message-ID")), ""),
        in_reply_to=_few(message_ids(fields, "In-Reply-To")),
        references=_few(message_ids(fields, "References")),
        thread_index=_thread_index(fields),
        date=_date(fields),
        subject=subject,
        sender=sender,
        reply_to=_addresses(fields, "Reply-To"),
        to=_addresses(fields, "To", "Apparently-To"),
        cc=_addresses(fields, "Cc"),
        delivered_to=tuple(address.email for address in _addresses(fields, *DELIVERED) if address.email),
        text=bodies.text,
        html=bodies.html,
        attachments=tuple(bodies.attachments),
        headers=headers,
        automatic=automatic.kind if automatic else None,
        automatic_reason=automatic.reason if automatic else "",
        bounce=bounce_of(root, bodies.text, Decoder(defects)) if is_bounce else None,
        defects=defects.codes(),
    )


def _bounded(raw: bytes, defects: Defects) -> bytes:
    if len(raw) > MAX_BYTES:
        defects.add("mail_cut")
        raw = raw[:MAX_BYTES]
    # Some servers turn the line breaks of a mail that has right ones already into these.
    return raw.replace(b"\r\r\n", b"\r\n")


def message_ids(fields: Fields, name: str) -> list[str]:
    """The ids of all headers of that name as `<left@right>`, each once, in their order."""
    found: dict[str, None] = {}
    for value in fields.all(name):
        text = decode(value)
        ids = BRACKETED.findall(text) or BARE_ID.findall(text)
        found.update((f"<{''.join(one.split())}>", None) for one in ids if one.strip())
    return list(found)


def _few(ids: list[str]) -> tuple[str, ...]:
    """Of too many the first ones and the last ones: the root of the thread and its nearest mails."""
    if len(ids) <= MAX_REFERENCES:
        return tuple(ids)
    return tuple(ids[:FIRST_REFERENCES] + ids[FIRST_REFERENCES - MAX_REFERENCES :])


def _thread_index(fields: Fields) -> str:
    letters = re.sub(r"[^A-Za-z0-9+/]", "", fields.plain("Thread-Index"))
    try:
        data = base64.b64decode(letters + "=" * (-len(letters) % 4))
    except (binascii.Error, ValueError):
        return ""
    return data[:THREAD_INDEX_BYTES].hex() if len(data) >= THREAD_INDEX_BYTES else ""


def _sender(fields: Fields) -> Address:
    """From, and where nobody with an address stands there, whoever else is said to have sent it."""
    candidates = [found for name in ("From", "Sender", "Reply-To", "Return-Path") for found in _addresses(fields, name)]
    named = next(iter(candidates), NOBODY)
    return next((address for address in candidates if address.email), named)


def _addresses(fields: Fields, *names: str) -> tuple[Address, ...]:
    return tuple(_unique(found for name in names for value in fields.all(name) for found in lists.addresses(value)))


def _unique(found: Iterable[Address]) -> list[Address]:
    known: dict[str, Address] = {}
    for address in found:
        known.setdefault(address.key or f"name:{address.name}", address)
        if len(known) >= MAX_ADDRESSES:
            break
    return list(known.values())


def _date(fields: Fields) -> datetime | None:
    """When the sender's clock says that it was sent; without a zone it is taken as UTC. Nonsense is no date.

    What servers on the way say is left alone: it differs between two deliveries of one mail.
    """
    dates = (_parsed_date(decode(value)[:200]) for value in fields.all("Date"))
    return next((date for date in dates if date is not None), None)


def _parsed_date(text: str) -> datetime | None:
    try:
        parts = parsedate_tz(text)
        if parts is None:
            return None
        found = datetime(*parts[:6], tzinfo=UTC) - timedelta(seconds=parts[9] or 0)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return found if EARLIEST <= found <= LATEST else None


def _report_type(root: Part) -> str:
    if root.kind != "multipart/report":
        return ""
    declared = root.params.get("report-type", "").lower()
    if declared:
        return declared
    kinds = {child.kind for child in root.children}
    return "delivery-status" if "message/delivery-status" in kinds else "unknown"
