"""Conversations as mail programs write them: who answers whom, and which headers survive."""

import base64
import hashlib
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tickets.mime.mail import Address, ParsedMail

SUPPORT = "support@example.com"
SECOND = "sales@example.com"
CUSTOMERS = ("anna@client.example", "boris@client.example", "chen@firm.example", "dina@firm.example")
BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Mail:
    """One mail of a thread; `kept` names the threading headers that its program wrote."""

    thread: str
    number: int
    sender: str
    to: list[str]
    cc: list[str] = field(default_factory=list)
    parent: "Mail | None" = None
    kept: frozenset[str] = frozenset()

    @property
    def message_id(self) -> str:
        return f"<{self.thread}.{self.number}@mail.example>"

    @property
    def ancestors(self) -> list[str]:
        return [*self.parent.ancestors, self.parent.message_id] if self.parent else []

    def parsed(self) -> ParsedMail:
        """What `raw` says, without the way through its bytes."""
        return ParsedMail(
            message_id=self.message_id,
            in_reply_to=(self.parent.message_id,) if self.parent and "in_reply_to" in self.kept else (),
            references=tuple(self.ancestors) if "references" in self.kept else (),
            thread_index=outlook_header(self.thread).hex() if "outlook" in self.kept else "",
            subject=f"{'Re: ' if self.parent else ''}The same subject for all",
            sender=Address("", self.sender),
            to=tuple(Address("", person) for person in self.to),
            cc=tuple(Address("", person) for person in self.cc),
        )

    def raw(self) -> bytes:
        lines = [
            f"From: {self.sender}",
            f"To: {', '.join(self.to)}",
            *([f"Cc: {', '.join(self.cc)}"] if self.cc else []),
            f"Subject: {'Re: ' if self.parent else ''}The same subject for all",
            f"Message-ID: {self.message_id}",
            f"Date: {(BEGIN + timedelta(hours=self.number)).strftime('%a, %d %b %Y %H:%M:%S +0000')}",
        ]
        if self.parent and "in_reply_to" in self.kept:
            lines.append(f"In-Reply-To: {self.parent.message_id}")
        if self.parent and "references" in self.kept:
            lines.append(f"References: {' '.join(self.ancestors)}")
        if "outlook" in self.kept:
            lines.append(f"Thread-Index: {base64.b64encode(outlook_header(self.thread)).decode()}")
        return "\r\n".join([*lines, "", f"Mail {self.number} of {self.thread}."]).encode()


def outlook_header(thread: str) -> bytes:
    """The 22 bytes that a thread has in common: one reserved, when it began, an id (MS-OXOMSG 2.2.1.3)."""
    return b"\x01" + hashlib.sha256(thread.encode()).digest()[:21]


# What is left of In-Reply-To, References and Thread-Index: all, one, or another one.
PROGRAMS = (
    frozenset({"in_reply_to", "references"}),
    frozenset({"in_reply_to", "references", "outlook"}),
    frozenset({"in_reply_to"}),
    frozenset({"references"}),
    frozenset({"in_reply_to", "outlook"}),
    frozenset({"outlook"}),
)


def thread(name: str, chance: random.Random) -> list[Mail]:
    """2 to 12 mails: answers to any earlier one, people who come in by copy, mails of our own in between."""
    uses_outlook = chance.random() < 0.5
    programs = PROGRAMS if uses_outlook else PROGRAMS[::2][:2] + PROGRAMS[3:4]
    first = chance.choice(CUSTOMERS)
    ours = chance.choice([[SUPPORT], [SUPPORT], [SUPPORT, SECOND]])
    outlook = frozenset({"outlook"}) if uses_outlook else frozenset()
    mails = [Mail(name, 0, first, list(ours), kept=outlook)]
    for number in range(1, chance.randint(2, 12)):
        parent = chance.choice(mails)
        mails.append(_answer(name, number, parent, chance, chance.choice(programs)))
    return mails


def _answer(name: str, number: int, parent: Mail, chance: random.Random, kept: frozenset[str]) -> Mail:
    everybody = [parent.sender, *parent.to, *parent.cc]
    outside = [person for person in everybody if person not in {SUPPORT, SECOND}]
    by_us = parent.sender != SUPPORT and chance.random() < 0.3
    sender = SUPPORT if by_us else chance.choice(outside)
    rest = sorted(set(everybody) - {sender})
    if chance.random() < 0.2:
        rest = sorted({*rest, chance.choice(CUSTOMERS)} - {sender})
    return Mail(name, number, sender, rest[:1] or [SUPPORT], rest[1:], parent, kept)
