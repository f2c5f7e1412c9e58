"""SMTP as the outbox needs it: with the server's codes, and a clear moment after which a mail may have arrived."""

import email.policy
import logging
import re
import smtplib
from collections.abc import Callable
from dataclasses import dataclass, field
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.policy import Policy
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from integrations.outbox.choices import HoldReason
from integrations.outbox.errors import DeliveryError, OnHold, OutcomeUnknown

logger = logging.getLogger(__name__)

ACCEPTED, ACCEPTED_ELSEWHERE, GO_ON = 250, 251, 354
SHUTTING_DOWN = 421
REPLY_SHOWN = 200


class MessageIds(UnstructuredHeader, BaseHeader):
    """References and In-Reply-To: folded between ids. The library would encode long ids, which breaks threads."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: " + f"{policy.linesep} ".join(self.split()) + policy.linesep


_headers = HeaderRegistry()
_headers.map_to_type("references", MessageIds)
_headers.map_to_type("in-reply-to", MessageIds)
# Seven bits pass every server, whatever it offers.
WIRE = email.policy.SMTP.clone(cte_type="7bit", header_factory=_headers)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the server said to the accepted message, and whom it did not want, with its words."""

    reply: str
    refused: dict[str, str] = field(default_factory=dict)


class OutboxBackend(EmailBackend):
    """Django's SMTP backend plus `deliver`."""

    connection: smtplib.SMTP | None
    _partial_connection: smtplib.SMTP | None

    def deliver(
        self, message: EmailMessage, *, sender: str, envelope_id: str, hand_over: Callable[[], None]
    ) -> Receipt:
        """Sends one message and returns the server's receipt.

        `sender` is the envelope's, empty for none. Addresses that the server refuses for good are left out as
        long as one remains; when it cannot say yet, nothing is sent. Raises DeliveryError, OutcomeUnknown, OnHold.
        """
        data = wire_form(message)
        recipients = [self.prep_address(address) for address in message.recipients()]
        smtp = Conversation(self._connect())
        try:
            smtp.begin(self.prep_address(sender) if sender else "", size=len(data), envelope_id=envelope_id)
            refused = smtp.name(recipients)
            receipt = Receipt(smtp.transmit(data, hand_over), refused)
        except BaseException:
            # No goodbye in the middle of a message: a line that is cut off ends nothing, so nothing is sent.
            self._hang_up()
            raise
        self._leave()
        return receipt

    def test(self) -> str:
        """Connects and logs in; returns the server's greeting name."""
        smtp = self._connect()
        greeting = first_line(smtp.ehlo_resp or b"")
        self._leave()
        return greeting

    def _connect(self) -> smtplib.SMTP:
        try:
            self.open()
        except smtplib.SMTPAuthenticationError as error:
            self._hang_up()
            if error.smtp_code >= 500:
                raise OnHold(HoldReason.MAIL_LOGIN_REFUSED) from error
            raise refusal(error.smtp_code, error.smtp_error, everywhere=True) from error
        except smtplib.SMTPResponseException as error:
            self._hang_up()
            text, code = _said(error.smtp_code, error.smtp_error), str(error.smtp_code)
            raise DeliveryError(text, code=code, everywhere=True) from error
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            text = f"The mail server cannot be reached: {_why(error)}."
            raise DeliveryError(text, code="connection", everywhere=True) from error
        if self.connection is None:
            raise DeliveryError("The mail server cannot be reached.", code="connection", everywhere=True)
        return self.connection

    def _hang_up(self) -> None:
        for connection in (self.connection, self._partial_connection):
            if connection is not None:
                connection.close()
        self.connection = self._partial_connection = None

    def _leave(self) -> None:
        """A server that is rude at the end has still taken the message."""
        try:
            self.close()
        except (smtplib.SMTPException, OSError) as error:
            logger.debug("mail server at the end: %s", type(error).__name__)


class Conversation:
    """The SMTP commands of one message on an open connection."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp
        smtp.ehlo_or_helo_if_needed()
        self._notices = False

    def begin(self, sender: str, *, size: int, envelope_id: str) -> None:
        options = []
        if self._smtp.has_extn("size"):
            self._require_room(size)
            options.append(f"SIZE={size}")
        self._notices = bool(sender) and self._smtp.has_extn("dsn")
        if self._notices:
            options += ["RET=HDRS", f"ENVID={envelope_id}"]
        code, reply = self._say(self._smtp.mail, sender, options)
        if code != ACCEPTED:
            raise refusal(code, reply)

    def name(self, recipients: list[str]) -> dict[str, str]:
        """Says who is to get it; returns the refused ones."""
        options = ["NOTIFY=FAILURE"] if self._notices else []
        answers = {address: self._say(self._smtp.rcpt, address, options) for address in recipients}
        refused = {
            address: answer for address, answer in answers.items() if answer[0] not in {ACCEPTED, ACCEPTED_ELSEWHERE}
        }
        for address, (code, reply) in refused.items():
            if code < 500 or len(refused) == len(recipients):
                raise refusal(code, reply, about=address)
        return {address: _said(code, reply) for address, (code, reply) in refused.items()}

    def transmit(self, data: bytes, hand_over: Callable[[], None]) -> str:
        """The text, then the dot that ends it: before the dot nothing counts, after it only the server knows."""
        code, reply = self._say(self._smtp.docmd, "DATA")
        if code != GO_ON:
            raise refusal(code, reply)
        self._say(self._smtp.send, data)
        hand_over()
        try:
            code, reply = self._smtp.docmd(".")
        except (smtplib.SMTPException, OSError) as error:
            raise OutcomeUnknown(f"The mail server did not answer to the end of the message: {_why(error)}.") from error
        if code != ACCEPTED:
            raise refusal(code, reply)
        return f"{code} {first_line(reply)}"

    def _say(self, command: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return command(*arguments)
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(
                f"The connection to the mail server broke: {_why(error)}.", code="connection"
            ) from error

    def _require_room(self, size: int) -> None:
        limit = self._smtp.esmtp_features.get("size", "")
        if limit.isdigit() and 0 < int(limit) < size:
            text = f"The message has {size} bytes, the mail server takes {limit}."
            raise DeliveryError(text, code="size", permanent=True)


def wire_form(message: EmailMessage) -> bytes:
    """The message as it stands between DATA and the dot: CRLF everywhere, dots at the start of lines doubled."""
    text = message.message(policy=WIRE).as_bytes(policy=WIRE)
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", text)
    return re.sub(rb"(?m)^\.", b"..", lines) + (b"" if lines.endswith(b"\r\n") else b"\r\n")


def refusal(code: int, reply: Any, *, about: str = "", everywhere: bool = False) -> DeliveryError:
    """The error for a reply that is no yes: 5xx is final, anything else may change (RFC 5321, 4.2.1)."""
    text = f"{about}: {_said(code, reply)}" if about else _said(code, reply)
    closing = everywhere or code == SHUTTING_DOWN
    return DeliveryError(text, code=str(code), permanent=code >= 500, everywhere=closing)


def _said(code: int, reply: Any) -> str:
    return f"The mail server said: {code} {first_line(reply)}"


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, OSError) and error.strerror:
        return str(error.strerror)
    return type(error).__name__


def first_line(reply: Any) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
    return " ".join(text.split())[:REPLY_SHOWN]
