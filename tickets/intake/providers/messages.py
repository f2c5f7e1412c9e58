"""What django-anymail has read of a provider's form, as a message."""

from typing import Any

from tickets.intake.composing import Fields, File, compose
from tickets.mime.addresses import addresses

# Said by the fields themselves, or true only of the bytes that the provider had.
LEFT_OUT = frozenset(
    "from to cc reply-to subject date message-id in-reply-to references content-type content-transfer-encoding "
    "content-disposition mime-version".split()
)


def raw_of(message: Any) -> bytes:
    """`message` is an AnymailInboundMessage."""
    sender = message.envelope_sender
    return compose(
        Fields(
            sender=_header(message, "From"),
            to=_header(message, "To"),
            cc=_header(message, "Cc"),
            reply_to=_header(message, "Reply-To"),
            subject=_header(message, "Subject"),
            date=_header(message, "Date"),
            message_id=_header(message, "Message-ID"),
            in_reply_to=_header(message, "In-Reply-To"),
            references=_header(message, "References"),
            text=message.text or "",
            html=message.html or "",
            files=[_file(part) for part in (*message.attachments, *message.inlines)],
            headers=_others(message, sender),
        )
    )


def envelope_of(message: Any) -> list[str]:
    said = message.envelope_recipient or ""
    return [found.email for found in addresses(said.encode("utf-8", "replace")) if found.email]


def _header(message: Any, name: str) -> str:
    return str(message.get(name) or "")


def _others(message: Any, sender: str | None) -> list[tuple[str, str]]:
    others = [(name, str(value)) for name, value in message.items() if name.lower() not in LEFT_OUT]
    if sender is not None and not any(name.lower() == "return-path" for name, _ in others):
        others.append(("Return-Path", f"<{sender}>"))
    return others


def _file(part: Any) -> File:
    content_id = (part.get("Content-ID") or "").strip("<> ")
    return File(
        part.get_filename() or "",
        part.get_content_type(),
        part.get_content_bytes(),
        inline=part.is_inline(),
        content_id=content_id,
    )
