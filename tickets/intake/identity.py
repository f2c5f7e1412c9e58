"""Whether two deliveries are the same mail: by what it is, not by what it is like."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from tickets.addresses import comparable

if TYPE_CHECKING:
    from tickets.mime.mail import ParsedMail

# A provider that was not answered tries again for so long.
SAME_FOR = timedelta(days=1)


def identities(mail: "ParsedMail", raw: bytes, now: datetime) -> list[str]:
    """The identity of the mail, and others under which an earlier delivery of it may be known.

    A mail with an id or a date is the same for ever. One without either is the same for a day: people write "ok" twice.
    """
    if "not_parsed" in mail.defects:
        return [sha256(raw).hexdigest()]
    content = _content(mail)
    if mail.message_id or mail.date is not None:
        return [content]
    days = (now, now - SAME_FOR)
    return [sha256(f"{content} {day.date().isoformat()}".encode()).hexdigest() for day in days]


def _content(mail: "ParsedMail") -> str:
    """The ways that a mail takes leave these as they are, up to white space."""
    parts = [
        mail.message_id,
        comparable(mail.sender.email),
        mail.date.isoformat() if mail.date else "",
        " ".join(mail.subject.split()),
        " ".join((mail.text or mail.html).split()),
        *(sha256(attachment.content).hexdigest() for attachment in mail.attachments),
    ]
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
