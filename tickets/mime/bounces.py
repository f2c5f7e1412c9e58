"""What a mail server says of a mail that it could not deliver: RFC 3464, and the habits of those that ignore it."""

import re
from collections.abc import Iterator

from tickets.mime.decoding import Decoder
from tickets.mime.defects import Defects
from tickets.mime.fields import Fields, read_fields
from tickets.mime.limits import MAX_ADDRESSES
from tickets.mime.mail import Bounce, Report
from tickets.mime.tree import Part
from tickets.mime.words import decode_words

ID = re.compile(r"<[^<>\s]{1,900}>")
IDS_IN_TEXT = re.compile(r"^[> \t]*Message-ID:\s*(<[^<>\s]{1,900}>)", re.I | re.M)
EMAIL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}\b"
# The parts of an IP address are no status.
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
REPLY_CODE = re.compile(r"\b([45]\d\d)[ -]")
READ_WITHIN = 20_000
# Each program writes the address of its complaint in a line of its own form.
RECIPIENTS = tuple(
    re.compile(form, re.M)
    for form in (
        # Postfix: <a@b.c>: host mx said: 550 ...; qmail: <a@b.c>: and the reason below
        rf"^[ \t]*<({EMAIL})>(?:[ \t]*\([^)\n]*\))?:(.{{0,500}}(?:\n[ \t]*\S.{{0,300}}){{0,4}})",
        # Exim: the address on a line of its own, the reason indented below
        rf"^[ ]{{1,4}}({EMAIL})[ \t]*\n((?:[ ]{{3,}}\S.{{0,300}}\n?){{1,6}})",
        # Sendmail: ----- The following addresses had permanent fatal errors -----
        rf"^<?({EMAIL})>?[ \t]*\n[ \t]+\(reason: (.{{0,500}})\)",
        # Exchange and Gmail: in a sentence
        rf"(?:wasn't (?:found at|delivered to)|couldn't be delivered to|not delivered to|failed to deliver to|"
        rf"delivery to the following recipients? failed[^\n]*|"
        rf"Delivery has failed to these recipients or groups:|delivered to:?)"
        rf"\s+(?:[^\n<@]{{0,80}}[(<])?({EMAIL})([\s\S]{{0,300}})",
        rf"(?:сообщение|письмо)[^\n]{{0,80}}не (?:было |может быть )?доставлен[оа][^\n]{{0,80}}?"
        rf"({EMAIL})([\s\S]{{0,300}})",
        rf"Final-Recipient:\s*rfc822;\s*({EMAIL})(.{{0,500}})",
    )
)


def bounce_of(root: Part, text: str, decoder: Decoder) -> Bounce:
    """The reports on recipients and what is known of the mail that came back."""
    reports = tuple(_reports(root, decoder))[:MAX_ADDRESSES]
    if not reports:
        reports = tuple(_told(root, text[:READ_WITHIN]))
    return Bounce(reports, tuple(dict.fromkeys(_original_ids(root, text, decoder))))


def _reports(root: Part, decoder: Decoder) -> Iterator[Report]:
    for part in root.walk():
        if part.kind in ("message/delivery-status", "message/global-delivery-status"):
            for fields in _groups(decoder.content(part)):
                if (report := _report(fields)) is not None:
                    yield report


def _groups(content: bytes) -> Iterator[Fields]:
    """The groups of fields between blank lines."""
    for group in re.split(rb"(?:\r?\n[ \t]*){2,}", content.strip())[: MAX_ADDRESSES + 1]:
        yield read_fields(group, 0, len(group), Defects())[0]


def _report(fields: Fields) -> Report | None:
    recipient = _typed(fields.text("Original-Recipient")) or _typed(fields.text("Final-Recipient"))
    action = fields.text("Action").split("(")[0].strip().lower()
    if not recipient and not action:
        return None
    status = STATUS.search(fields.text("Status"))
    return Report(recipient, action, status[1] if status else "", _typed(fields.text("Diagnostic-Code"))[:1000])


def _typed(value: str) -> str:
    """`rfc822; a@b.c` without its type."""
    kind, mark, rest = value.partition(";")
    return (rest if mark and "@" not in kind else value).strip().strip("<>")


def _told(root: Part, text: str) -> Iterator[Report]:
    """What the words say, for servers that write for people alone."""
    failed = [name.strip() for name in root.fields.text("X-Failed-Recipients").split(",") if "@" in name]
    found: dict[str, str] = {}
    for form in RECIPIENTS:
        for match in form.finditer(text):
            found.setdefault(match[1].lower(), " ".join(match[2].split()))
        if found:
            break
    for recipient in failed or list(found):
        diagnostic = found.get(recipient.lower(), "") or next(iter(found.values()), "")
        yield Report(recipient, _action(root, text, diagnostic), _status(diagnostic), diagnostic[:1000])


def _action(root: Part, text: str, diagnostic: str) -> str:
    subject = root.fields.text("Subject").lower()
    status = _status(diagnostic)
    if status.startswith("4") or "delay" in subject or "warning" in subject or "still being retried" in text.lower():
        return "delayed"
    return "failed"


def _status(diagnostic: str) -> str:
    if found := STATUS.search(diagnostic):
        return found[1]
    code = REPLY_CODE.search(diagnostic)
    return f"{code[1][0]}.0.0" if code else ""


def _original_ids(root: Part, text: str, decoder: Decoder) -> Iterator[str]:
    for part in root.walk():
        if part.kind in ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"):
            content = decoder.content(part)[: 256 * 1024]
            yield from ID.findall(decode_words(read_fields(content, 0, len(content), Defects())[0].first("Message-ID")))
    yield from IDS_IN_TEXT.findall(text)
    for name in ("In-Reply-To", "References", "X-Original-Message-ID"):
        yield from ID.findall(root.fields.text(name))
