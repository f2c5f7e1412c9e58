"""What a parsed mail is made of. Plain frozen data: nothing here reads bytes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AutomaticKind(StrEnum):
    """What kind of machine wrote the mail."""

    AUTO_REPLY = "auto_reply"
    OUT_OF_OFFICE = "out_of_office"
    BOUNCE = "bounce"
    LIST = "list"
    BULK = "bulk"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Address:
    """`email` has its domain in lower case and in ASCII (punycode), its local part as written; both may be empty."""

    name: str
    email: str

    @property
    def key(self) -> str:
        """The form in which addresses are compared."""
        return self.email.lower()


NOBODY = Address("", "")


@dataclass(frozen=True, slots=True)
class ParsedAttachment:
    """`content` is decoded; `content_id` stands without angle brackets; `inline` means shown within the HTML part."""

    name: str
    content_type: str
    content: bytes
    inline: bool = False
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail server says of one recipient (RFC 3464). `action`: failed, delayed, delivered, relayed, expanded."""

    recipient: str
    action: str
    status: str
    diagnostic: str

    @property
    def permanent(self) -> bool:
        return self.action == "failed" or (not self.action and self.status.startswith("5"))


@dataclass(frozen=True, slots=True)
class Bounce:
    """`original_ids` are the Message-IDs of the mail that could not be delivered, as far as they are told."""

    reports: tuple[Report, ...]
    original_ids: tuple[str, ...]

    @property
    def recipient(self) -> str:
        return self._worst.recipient

    @property
    def action(self) -> str:
        return self._worst.action

    @property
    def status(self) -> str:
        return self._worst.status

    @property
    def diagnostic(self) -> str:
        return self._worst.diagnostic

    @property
    def permanent(self) -> bool:
        return any(report.permanent for report in self.reports)

    @property
    def _worst(self) -> Report:
        unknown = Report("", "", "", "")
        return next((report for report in self.reports if report.permanent), next(iter(self.reports), unknown))


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """One mail. Everything is there, however odd the mail: empty where the mail says nothing.

    `message_id`, `in_reply_to` and `references` have the form `<left@right>`. `thread_index` is the hexadecimal form of
    the 22 bytes that all mails of an Outlook conversation share. `date` is aware and in UTC. `text` is made from `html`
    where the mail has no plain part. `headers` are decoded and in order. `automatic_reason` names what made the mail
    count as automatic, for people to read. `defects` are short codes of what was broken or cut.
    """

    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    thread_index: str = ""
    date: datetime | None = None
    subject: str = ""
    sender: Address = NOBODY
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()
    text: str = ""
    html: str = ""
    attachments: tuple[ParsedAttachment, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    automatic: AutomaticKind | None = None
    automatic_reason: str = ""
    bounce: Bounce | None = None
    defects: tuple[str, ...] = ()

    def header(self, name: str) -> str:
        """The first value of a header, or nothing."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")
