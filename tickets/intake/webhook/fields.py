"""The fields of a posted mail, checked, under whichever of their usual names they come."""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import ValidationError

from tickets.intake.composing import Fields, File
from tickets.intake.webhook.reading import Posted
from tickets.mime.addresses import addresses
from tickets.mime.mail import Address

NAMES: dict[str, tuple[str, ...]] = {
    "from": ("from", "sender", "from_email", "fromEmail", "email_from", "from_address", "email"),
    "to": ("to", "recipient", "recipients", "to_email", "toEmail"),
    "cc": ("cc", "Cc"),
    "reply_to": ("reply_to", "replyTo", "reply-to", "Reply-To"),
    "subject": ("subject", "Subject", "title"),
    "text": ("text", "body_plain", "body-plain", "plain", "text_body", "textBody", "body_text", "body", "TextBody"),
    "html": ("html", "body_html", "body-html", "html_body", "htmlBody", "HtmlBody"),
    "message_id": ("message_id", "messageId", "message-id", "Message-Id", "Message-ID"),
    "in_reply_to": ("in_reply_to", "inReplyTo", "in-reply-to", "In-Reply-To"),
    "references": ("references", "References"),
    "date": ("date", "Date", "sent_at", "timestamp"),
    "attachments": ("attachments",),
    "headers": ("headers",),
}
LONGEST = {"subject": 998, "message_id": 998, "in_reply_to": 20_000, "references": 20_000}
LONGEST_TEXT = 5_000_000
MOST_PEOPLE = 500
MOST_FILES = 100
MOST_HEADERS = 200
# A mail's own words on who wrote it must not be said a second time by further headers.
OWN_HEADERS = frozenset(
    "from to cc reply-to subject date message-id in-reply-to references content-type content-transfer-encoding "
    "content-disposition mime-version return-path delivered-to received".split()
)


def mail_of(posted: Posted) -> Fields:
    """Raises ValidationError, which names the field as the sender of the request wrote it."""
    given = posted.fields
    return Fields(
        sender=_sender(given),
        to=_people(given, "to"),
        cc=_people(given, "cc"),
        reply_to=_people(given, "reply_to"),
        subject=_subject(given),
        date=_date(given),
        message_id=_id(given, "message_id"),
        in_reply_to=_ids(given, "in_reply_to"),
        references=_ids(given, "references"),
        text=_text(given, "text"),
        html=_text(given, "html"),
        files=[*posted.files, *_files(given)],
        headers=_headers(given),
    )


def envelope_of(posted: Posted) -> list[str]:
    """To whom the mail was delivered, where the request says that apart from the mail's own words."""
    said = posted.fields.get("envelope")
    if isinstance(said, str):
        try:
            said = json.loads(said)
        except ValueError:
            said = None
    to = (
        said.get("to") if isinstance(said, dict) else posted.fields.get("envelope_to") or posted.fields.get("recipient")
    )
    values = to if isinstance(to, list) else [to]
    return [
        found.email for value in values if isinstance(value, str) for found in addresses(value.encode()) if found.email
    ]


def _found(given: Mapping[str, Any], field: str) -> tuple[str, Any]:
    """The name under which the field came, and its value; None when it did not."""
    for name in NAMES[field]:
        if given.get(name) is not None:
            return name, given[name]
    return field, None


def _sender(given: Mapping[str, Any]) -> str:
    name, value = _found(given, "from")
    if value is None or value in ("", {}):
        raise ValidationError({"from": ["This field is required."]})
    people = _addresses(name, value)
    if len(people) != 1 or not people[0].email:
        raise _wrong(name, "Must be one e-mail address.")
    return _header(people)


def _people(given: Mapping[str, Any], field: str) -> str:
    name, value = _found(given, field)
    if value is None or value in ("", []):
        return ""
    values = value if isinstance(value, list) else [value]
    if len(values) > MOST_PEOPLE:
        raise _wrong(name, f"Must be at most {MOST_PEOPLE} addresses.")
    return _header([found for item in values for found in _addresses(name, item)])


def _addresses(name: str, value: Any) -> list[Address]:
    """Of `Name <address>`, several of them with commas, or {"email", "name"}."""
    if isinstance(value, Mapping):
        email, shown = value.get("email") or value.get("address"), value.get("name") or ""
        if not isinstance(email, str) or not isinstance(shown, str):
            raise _wrong(name, "Must have an e-mail address in the field email.")
        found = [Address(shown, one.email) for one in addresses(email.encode("utf-8", "replace"))]
    elif isinstance(value, str):
        found = list(addresses(value.encode("utf-8", "replace")))
    else:
        raise _wrong(name, "Must be an e-mail address.")
    if not found or any(not one.email for one in found):
        raise _wrong(name, "Must be an e-mail address.")
    return found


def _header(people: list[Address]) -> str:
    return ", ".join(_named(one) for one in people)


def _named(address: Address) -> str:
    if not address.name:
        return f"<{address.email}>"
    name = " ".join(address.name.replace("\\", "\\\\").replace('"', '\\"').split())
    return f'"{name}" <{address.email}>'


def _subject(given: Mapping[str, Any]) -> str:
    if _found(given, "subject")[1] is None:
        raise ValidationError({"subject": ["This field is required."]})
    return _text(given, "subject")


def _text(given: Mapping[str, Any], field: str) -> str:
    name, value = _found(given, field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(name, "Must be text.")
    longest = LONGEST.get(field, LONGEST_TEXT)
    if len(value) > longest:
        raise _wrong(name, f"Must have at most {longest} characters.")
    return value


def _id(given: Mapping[str, Any], field: str) -> str:
    value = _text(given, field).strip()
    return f"<{value.strip('<>')}>" if value else ""


def _ids(given: Mapping[str, Any], field: str) -> str:
    name, value = _found(given, field)
    if isinstance(value, list):
        if not all(isinstance(item, str) for item in value):
            raise _wrong(name, "Must be text.")
        value = " ".join(value)
    words = _text({field: value}, field).replace(",", " ").split()
    return " ".join(f"<{word.strip('<>')}>" for word in words)


def _date(given: Mapping[str, Any]) -> str:
    name, value = _found(given, "date")
    if value is None or value == "":
        return ""
    moment = _moment(value)
    if moment is None:
        raise _wrong(name, "Must be a date such as 2026-05-13T10:00:00Z.")
    return format_datetime(moment if moment.tzinfo else moment.replace(tzinfo=timezone.get_default_timezone()))


def _moment(value: Any) -> datetime | None:
    """ISO 8601, the form of mails, or seconds since 1970."""
    try:
        if isinstance(value, int | float) or (isinstance(value, str) and value.strip().isdecimal()):
            return datetime.fromtimestamp(float(value), tz=timezone.get_default_timezone())
        return parse_datetime(value) or parsedate_to_datetime(value) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None


def _files(given: Mapping[str, Any]) -> list[File]:
    name, value = _found(given, "attachments")
    # Some forms say here how many files they have.
    if value is None or not isinstance(value, list):
        if value is None or isinstance(value, str):
            return []
        raise _wrong(name, "Must be a list.")
    if len(value) > MOST_FILES:
        raise _wrong(name, f"Must be at most {MOST_FILES} files.")
    return [_file(f"{name}.{number}", item) for number, item in enumerate(value)]


def _file(place: str, item: Any) -> File:
    if not isinstance(item, Mapping):
        raise _wrong(place, "Must be an object.")
    values = {key: item.get(key) or "" for key in ("filename", "content_type", "content_base64", "content_id")}
    for key, value in values.items():
        if not isinstance(value, str):
            raise _wrong(f"{place}.{key}", "Must be text.")
    if item.get("content_base64") is None:
        raise _wrong(f"{place}.content_base64", "This field is required.")
    try:
        content = base64.b64decode("".join(values["content_base64"].split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _wrong(f"{place}.content_base64", "Must be base64.") from error
    shown = bool(values["content_id"])
    return File(values["filename"], values["content_type"], content, inline=shown, content_id=values["content_id"])


def _headers(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Further headers, such as those that tell automatic mail: {"Name": "value"}, or a list of [name, value]."""
    _name, value = _found(given, "headers")
    pairs = list(value.items()) if isinstance(value, Mapping) else value if isinstance(value, list) else []
    return [
        (pair[0], pair[1])
        for pair in pairs[:MOST_HEADERS]
        if isinstance(pair, tuple | list)
        and len(pair) == 2
        and all(isinstance(word, str) for word in pair)
        and pair[0].isascii()
        and pair[0].replace("-", "").isalnum()
        and pair[0].lower() not in OWN_HEADERS
    ]


def _wrong(name: str, text: str) -> ValidationError:
    *place, last = name.split(".")
    detail: Any = {last: [text]}
    for key in reversed(place):
        detail = {key: detail}
    return ValidationError(detail)
