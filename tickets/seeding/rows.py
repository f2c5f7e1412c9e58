"""One batch of made-up tickets with everything that belongs to them.

States go by age: the last days are worked on, what is older is answered, resolved or closed. A tenth of the customers
writes most of the mails; a ticket has from 1 to 14 messages, `--messages` in all.
"""

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tickets.choices import Decision, EventBy, EventKind, MessageKind, TicketChannel, TicketState
from tickets.models import Customer, CustomerAddress, Ticket, TicketEvent, TicketMessage, Triage
from tickets.search import index
from tickets.seeding.people import Desk
from tickets.seeding.tables import Table, Value, literal, next_ids, write_rows
from tickets.seeding.texts import NAMES, Sentence, name_terms, sentences

# Messages of ten tickets, fifty in all.
LENGTHS = (1, 2, 2, 3, 3, 4, 5, 7, 9, 14)
DAYS = 1_000
FRESH_DAYS = 4.0
# Below this place in the numbers of UUIDs stands nothing but seeded tickets.
PREFIX = 0x5EED_0000_0000_4000_8000 << 48

OLD_STATES = (TicketState.CLOSED, TicketState.RESOLVED, TicketState.ANSWERED, TicketState.SPAM)
FRESH_STATES = (TicketState.NEW, TicketState.OPEN, TicketState.WAITING, TicketState.ANSWERED)
PRIORITIES = (10, 30, 50, 50, 50, 50, 70)
DECISIONS = (Decision.FULL_ANSWER, Decision.NEED_MORE_INFO, Decision.ESCALATE)


def uuid_of(number: int) -> uuid.UUID:
    """Seeded ticket `number`, by which a later run sees how far this one came."""
    return uuid.UUID(int=PREFIX | number)


@dataclass(frozen=True, slots=True)
class Plan:
    tickets: int
    messages: int
    seed: int
    now: datetime


class Batch:
    """The tickets `first` up to `first + count`."""

    def __init__(self, plan: Plan, desk: Desk, first: int, count: int) -> None:
        self._plan, self._desk, self._first = plan, desk, first
        self._chance = random.Random(f"{plan.seed}:{first}")  # noqa: S311 - the same at every run is the point
        self._tickets = Table(Ticket, *TICKET)
        self._messages = Table(TicketMessage, *MESSAGE)
        self._triages = Table(Triage, *TRIAGE)
        self._events = Table(TicketEvent, *EVENT)
        self._words: list[tuple[Value, ...]] = []
        self._tags: list[tuple[Value, ...]] = []
        self._ids = next_ids(Ticket, count)
        self._lengths = self._shuffled(count)
        self._message_ids = iter(next_ids(TicketMessage, sum(self._lengths)))
        self._customers = self._make_customers(max(1, count // 4))

    def write(self) -> int:
        """How many messages were written."""
        for offset, (pk, length) in enumerate(zip(self._ids, self._lengths, strict=True)):
            self._ticket(self._first + offset, pk, length)
        self._tickets.write()
        written = self._messages.write()
        self._triages.write()
        self._events.write()
        write_rows("tickets_ticket_tags", ("ticket_id", "tag_id"), self._tags)
        columns = ("rowid", "terms") if index.is_sqlite() else ("ticket_id", "last_at", "tsv")
        write_rows(index.TABLE, columns, self._words)
        return written

    def _shuffled(self, count: int) -> list[int]:
        lengths = [LENGTHS[number % len(LENGTHS)] for number in range(count)]
        self._chance.shuffle(lengths)
        mean = self._plan.messages / self._plan.tickets / (sum(LENGTHS) / len(LENGTHS))
        return [max(1, round(length * mean)) for length in lengths]

    def _make_customers(self, count: int) -> list[tuple[int, str, str, str]]:
        table, addresses = (
            Table(Customer, "id", "uuid", "name", "language"),
            Table(CustomerAddress, "customer_id", "address"),
        )
        made = []
        # The place of the batch keeps addresses apart.
        for number, pk in enumerate(next_ids(Customer, count), start=self._first):
            language = "ru" if self._chance.random() < 0.7 else "en"
            name = " ".join(self._chance.choice(words) for words in NAMES[language])
            address = f"customer-{number}@mail{number % 50}.example"
            table.add(str(pk), uuid.UUID(int=self._chance.getrandbits(128), version=4).hex, name, language)
            addresses.add(str(pk), address)
            made.append((pk, name, address, language))
        table.write()
        addresses.write()
        return made

    def _customer(self) -> tuple[int, str, str, str]:
        place = int(len(self._customers) * self._chance.random() ** 2)
        return self._customers[place]

    def _ticket(self, number: int, pk: int, length: int) -> None:
        chance, desk = self._chance, self._desk
        customer, name, address, language = self._customer()
        age = DAYS * (1 - (number + chance.random()) / self._plan.tickets)
        begun = self._plan.now - timedelta(days=age)
        state = self._state(age)
        times = self._times(begun, length)
        asked = chance.choice(sentences(self._plan.seed, language, answer=False))
        order = f"{7_000_000 + number}"
        said = self._said(pk, times, asked, order, (name, address, language))
        mailbox = chance.choice(desk.mailboxes)
        first_message, answers = said[0]
        last = times[-1]
        is_ours = state in {TicketState.NEW, TicketState.OPEN}
        closed = state in {TicketState.CLOSED, TicketState.RESOLVED, TicketState.SPAM}
        operator = str(chance.choice(desk.operators)) if state != TicketState.NEW and chance.random() < 0.8 else None
        self._tickets.add(
            str(pk), uuid_of(number).hex, asked.text[:70].rstrip(" .?"), str(mailbox), str(customer),
            TicketChannel.MAIL, state, str(chance.choice(PRIORITIES)), operator,
            str(chance.choice(desk.topics)) if chance.random() < 0.8 else None, language,
            "1" if is_ours and chance.random() < 0.3 else "0", str(length), literal(begun), literal(last),
            literal(last), literal(last) if is_ours else None, literal(answers[0]) if answers else None,
            literal(answers[-1]) if answers else None, literal(last) if closed else None,
            literal(last + timedelta(hours=8)) if is_ours else None,
            literal(last) if state == TicketState.RESOLVED else None,
            str(chance.randint(2, 5)) if closed and chance.random() < 0.15 else None,
        )  # fmt: skip
        if chance.random() < 0.3:
            self._tags.extend((str(pk), str(tag)) for tag in chance.sample(desk.tags, chance.randint(1, 2)))
        self._events.add(str(pk), EventKind.CREATED, EventBy.CUSTOMER, literal(begun))
        self._triage(pk, first_message, mailbox, begun)
        words = set().union(*(sentence.terms for sentence in said[1]), name_terms(name), {order, address})
        self._keep_words(pk, last, words)

    def _state(self, age: float) -> str:
        weights = (2, 5, 2, 3) if age < FRESH_DAYS else (70, 22, 6, 2)
        return self._chance.choices(FRESH_STATES if age < FRESH_DAYS else OLD_STATES, weights)[0]

    def _times(self, begun: datetime, length: int) -> list[datetime]:
        times = [begun]
        for _ in range(length - 1):
            times.append(min(times[-1] + timedelta(hours=self._chance.expovariate(1 / 6)), self._plan.now))
        return times

    def _said(
        self, pk: int, times: list[datetime], asked: Sentence, order: str, who: tuple[str, str, str]
    ) -> tuple[tuple[int, list[datetime]], list[Sentence]]:
        """The first message's number, when it was answered, and all that was said."""
        name, address, language = who
        chance, seed = self._chance, self._plan.seed
        first, answers, everything = 0, [], [asked]
        for place, at in enumerate(times):
            pk_message = next(self._message_ids)
            is_answer = place % 2 == 1
            pool = sentences(seed, language, answer=is_answer)
            said = [asked] if place == 0 else []
            said += [pool[int(chance.random() * len(pool))] for _ in range(2 + place % 3)]
            everything += said
            text = " ".join(sentence.text for sentence in said) + (f" № {order}" if place == 0 else "")
            kind = MessageKind.NOTE if place == 5 else MessageKind.ANSWER if is_answer else MessageKind.CUSTOMER
            mine = (name, address) if kind == MessageKind.CUSTOMER else ("", "")
            author = str(chance.choice(self._desk.operators)) if kind != MessageKind.CUSTOMER else None
            moment = literal(at)
            self._messages.add(
                str(pk_message), f"{chance.getrandbits(128):032x}", str(pk), kind, author, *mine, text, text, language,
                f"<{pk_message}.{seed}@seed.example>", "sent" if kind == MessageKind.ANSWER else "", moment, moment,
            )  # fmt: skip
            if kind == MessageKind.ANSWER:
                answers.append(at)
            first = first or pk_message
        return (first, answers), everything

    def _triage(self, pk: int, message: int, mailbox: int, at: datetime) -> None:
        chance = self._chance
        decision = chance.choices(DECISIONS, (6, 2, 2))[0]
        action = "escalated" if decision == Decision.ESCALATE else chance.choice(("sent", "drafted"))
        verdict: Any = chance.choice(("approved", "approved", "edited", "rejected")) if action == "drafted" else ""
        moment = literal(at + timedelta(seconds=chance.uniform(0.2, 6)))
        # Version 7: by time, as the product's own.
        ordered = (
            int(at.timestamp() * 1000) << 80 | 7 << 76 | chance.getrandbits(12) << 64 | 2 << 62 | chance.getrandbits(62)
        )
        self._triages.add(
            f"{ordered:032x}", str(pk), str(message), str(mailbox), "done", decision, "local", action, verdict,
            literal(at) if verdict else None, f"{chance.random():.3f}", literal(at), moment,
        )  # fmt: skip

    def _keep_words(self, pk: int, last: datetime, words: set[str]) -> None:
        if index.is_sqlite():
            self._words.append((str(pk), " ".join(sorted(words))))
        else:
            self._words.append((str(pk), literal(last), " ".join(f"'{word.replace("'", "''")}'" for word in words)))


TICKET = (
    "id", "uuid", "subject", "mailbox_id", "customer_id", "channel", "state", "priority", "assignee_id", "topic_id",
    "language", "has_draft", "message_count", "created_at", "updated_at", "last_message_at", "waiting_since",
    "first_answered_at", "last_answered_at", "closed_at", "due_at", "verified_at", "rating",
)  # fmt: skip
MESSAGE = (
    "id", "uuid", "ticket_id", "kind", "author_id", "sender_name", "sender_address", "text", "new_text", "language",
    "message_id", "send_state", "sent_at", "created_at",
)  # fmt: skip
TRIAGE = (
    "id", "ticket_id", "message_id", "mailbox_id", "state", "decision", "source", "action", "verdict", "verdict_at",
    "confidence", "created_at", "finished_at",
)  # fmt: skip
EVENT = ("ticket_id", "kind", "by", "created_at")
