"""From what a caller wants to the stored payload, and from that to a MIME message."""

import email.policy
import mimetypes
from dataclasses import dataclass, field
from datetime import datetime
from email.message import MIMEPart
from typing import Any, Literal

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.core.mail import EmailMultiAlternatives

from integrations.mail.addresses import domain_of, fits_headers, mailbox, mailboxes, message_id, one_line
from integrations.outbox.errors import DeliveryError, InvalidMessage

Automatic = Literal["no", "generated", "replied"]
LONGEST_TEXT = 1_000_000
MOST_RECIPIENTS = 100
MOST_REFERENCES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of the product's storage. It is read when the mail is sent, so it must stay until then."""

    path: str
    name: str
    content_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What is to be sent. Without `sender` the product's own address is used.

    `automatic`: whether a person wrote it, a program of its own accord (`generated`) or in answer to a mail
    (`replied`); the latter two ask others not to answer automatically. `sender_envelope` is where bounces go,
    empty for nowhere; by default to the sender, and nowhere for `replied`.
    """

    to: list[str]
    subject: str
    text: str
    html: str = ""
    sender: str = ""
    cc: list[str] = field(default_factory=list)
    bcc: list[str] = field(default_factory=list)
    reply_to: list[str] = field(default_factory=list)
    in_reply_to: str = ""
    references: list[str] = field(default_factory=list)
    automatic: Automatic = "no"
    sender_envelope: str | None = None
    attachments: list[Attachment] = field(default_factory=list)


def clean(payload: dict[str, Any]) -> dict[str, Any]:
    """The payload with every field checked; raises InvalidMessage."""
    mail = {**_addresses(payload), **_texts(payload), **_thread(payload)}
    mail["attachments"] = [_attachment(item) for item in payload.get("attachments") or []]
    if not mail["to"] + mail["cc"] + mail["bcc"]:
        raise InvalidMessage("to", "must name somebody")
    if len(mail["to"] + mail["cc"] + mail["bcc"]) > MOST_RECIPIENTS:
        raise InvalidMessage("to", f"must not name more than {MOST_RECIPIENTS} people")
    fits_headers({"Subject": mail["subject"], "From": mail["sender"] or "a@example.com"})
    return mail


def _addresses(payload: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {name: mailboxes(name, payload.get(name) or []) for name in ("to", "cc", "bcc", "reply_to")}
    found["sender"] = mailbox("sender", payload["sender"]) if payload.get("sender") else ""
    envelope = payload.get("sender_envelope")
    found["sender_envelope"] = mailbox("sender_envelope", envelope) if envelope else envelope
    return found


def _texts(payload: dict[str, Any]) -> dict[str, Any]:
    for name in ("text", "html"):
        value = payload.get(name) or ""
        if not isinstance(value, str) or len(value) > LONGEST_TEXT:
            raise InvalidMessage(name, f"must be text of at most {LONGEST_TEXT} characters")
    if not payload.get("text") and not payload.get("html"):
        raise InvalidMessage("text", "must not be empty")
    automatic = payload.get("automatic") or "no"
    if automatic not in {"no", "generated", "replied"}:
        raise InvalidMessage("automatic", "must be no, generated or replied")
    return {
        "subject": one_line("subject", payload.get("subject") or ""),
        "text": payload.get("text") or "",
        "html": payload.get("html") or "",
        "automatic": automatic,
    }


def _thread(payload: dict[str, Any]) -> dict[str, Any]:
    answered = payload.get("in_reply_to") or ""
    references = [message_id("references", item) for item in payload.get("references") or []]
    if len(references) > MOST_REFERENCES:
        # The first one names the thread, the last ones the place in it.
        references = [references[0], *references[1 - MOST_REFERENCES :]]
    return {"in_reply_to": message_id("in_reply_to", answered) if answered else "", "references": references}


def _attachment(item: Any) -> dict[str, str]:
    if not isinstance(item, dict) or not item.get("path"):
        raise InvalidMessage("attachments", "must name a stored file by its path")
    try:
        exists = default_storage.exists(item["path"])
    except SuspiciousFileOperation as error:
        raise InvalidMessage("attachments", "must be a file of the product's storage") from error
    if not exists:
        raise InvalidMessage("attachments", f"there is no stored file {item['path']!r}")
    name = one_line("attachments", item.get("name") or item["path"].rpartition("/")[2], longest=200)
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    kind = one_line("attachments", item.get("content_type") or guessed, longest=100)
    return {"path": item["path"], "name": name, "content_type": kind if "/" in kind else guessed}


def sender_of(payload: dict[str, Any]) -> str:
    return str(payload["sender"] or settings.DEFAULT_FROM_EMAIL)


def own_message_id(key: Any, sender: str) -> str:
    """The same for each attempt of a delivery, so that the receiving server can tell a repetition."""
    return f"<{key}@{domain_of(sender)}>"


def envelope_sender(payload: dict[str, Any]) -> str:
    """Where bounces go. An automatic answer takes none (RFC 3834): two robots would write to each other for ever."""
    if payload["sender_envelope"] is not None:
        return str(payload["sender_envelope"])
    return "" if payload["automatic"] == "replied" else sender_of(payload)


def compose(payload: dict[str, Any], key: Any, *, written: datetime) -> EmailMultiAlternatives:
    """The message of delivery `key`; raises DeliveryError when an attachment is gone or all is too big."""
    sender = sender_of(payload)
    headers: dict[str, Any] = {"Message-ID": own_message_id(key, sender), "Date": written}
    mail = EmailMultiAlternatives(
        subject=payload["subject"],
        body=payload["text"] or payload["html"],
        from_email=sender,
        to=payload["to"],
        cc=payload["cc"],
        bcc=payload["bcc"],
        reply_to=payload["reply_to"],
        headers=headers | _extra(payload),
    )
    if not payload["text"]:
        mail.content_subtype = "html"
    elif payload["html"]:
        mail.attach_alternative(payload["html"], "text/html")
    for item in payload["attachments"]:
        mail.attach(_part(item))
    return mail


def _extra(payload: dict[str, Any]) -> dict[str, str]:
    headers = {}
    if answered := payload["in_reply_to"]:
        headers["In-Reply-To"] = answered
    references = payload["references"] or ([answered] if answered else [])
    if references:
        headers["References"] = " ".join(references)
    if payload["automatic"] != "no":
        headers["Auto-Submitted"] = f"auto-{payload['automatic']}"
        headers["X-Auto-Response-Suppress"] = "All"
    return headers


def _part(item: dict[str, str]) -> MIMEPart:
    """The file byte by byte: as text the library would change its line ends."""
    kind, _slash, subtype = item["content_type"].partition("/")
    if kind in {"message", "multipart"}:
        # Those must not be encoded (RFC 2046), so they travel as plain files.
        kind, subtype = "application", "octet-stream"
    content = _content(item)
    charset = {"charset": "utf-8"} if kind == "text" and _is_utf8(content) else {}
    part = MIMEPart(policy=email.policy.SMTP)
    part.set_content(content, kind, subtype, disposition="attachment", filename=item["name"], params=charset)
    return part


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _content(item: dict[str, str]) -> bytes:
    try:
        with default_storage.open(item["path"]) as file:
            content = file.read(settings.MAIL_MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise DeliveryError(f"The attachment {item['name']} is gone.", code="attachment", permanent=True) from error
    if len(content) > settings.MAIL_MAX_BYTES:
        raise DeliveryError(f"The attachment {item['name']} is too big.", code="attachment", permanent=True)
    return bytes(content)
