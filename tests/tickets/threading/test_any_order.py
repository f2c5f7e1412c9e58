"""The same mails make the same tickets, whatever order they come in and however often."""

import random
from collections import defaultdict
from typing import Any

import pytest

from tests.tickets.threading.generator import SECOND, SUPPORT, Mail, thread
from tickets.addresses import OwnAddresses
from tickets.mime.parsing import parse
from tickets.mime.quoting import split
from tickets.models import Mailbox, Ticket, TicketMessage
from tickets.threading import place
from tickets.threading.keys import keys_of

PURE_CASES = 10_000
STORED_CASES = 60


def own_addresses() -> OwnAddresses:
    return OwnAddresses([Mailbox(name="Support", address=SUPPORT, aliases=[SECOND], is_default=True)])


def case(seed: int) -> list[Mail]:
    """Two threads of the same few people, with the same subject; shuffled, some of the mails twice."""
    chance = random.Random(seed)
    mails = [*thread(f"a{seed}", chance), *thread(f"b{seed}", chance)]
    mails += chance.sample(mails, k=min(3, len(mails)))
    chance.shuffle(mails)
    return mails


def groups(mails: list[Mail], own: OwnAddresses) -> set[frozenset[str]]:
    """Which mails are connected by their keys: what the tickets have to be."""
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            leader[name] = name = leader[leader[name]]
        return name

    for mail in mails:
        for digest in keys_of(mail.parsed(), own).shared:
            leader[find(digest)] = find(mail.message_id)
    members = defaultdict(set)
    for mail in mails:
        members[find(mail.message_id)].add(mail.message_id)
    return {frozenset(group) for group in members.values()}


def threads(mails: list[Mail]) -> set[frozenset[str]]:
    members = defaultdict(set)
    for mail in mails:
        members[mail.thread].add(mail.message_id)
    return {frozenset(group) for group in members.values()}


def test_mails_share_keys_with_their_thread_and_with_no_other() -> None:
    own = own_addresses()
    wrong = [seed for seed in range(PURE_CASES) if groups(mails := case(seed), own) != threads(mails)]
    assert wrong == []


@pytest.mark.django_db
def test_tickets_are_the_threads_in_any_order() -> None:
    Mailbox.objects.create(name="Support", address=SUPPORT, aliases=[SECOND], is_default=True)
    own = OwnAddresses()
    for seed in range(STORED_CASES):
        mails = case(seed)
        seen: set[str] = set()
        for mail in mails:
            if mail.message_id not in seen:
                put(mail, own)
            seen.add(mail.message_id)
        stored = defaultdict(set)
        rows: Any = TicketMessage.objects.filter(message_id__in=seen).values_list("ticket_id", "message_id")
        for ticket, message_id in rows:
            stored[ticket].add(message_id)
        assert {frozenset(group) for group in stored.values()} == threads(mails), seed
        assert not Ticket.objects.filter(pk__in=stored, state="merged").exists()


def put(mail: Mail, own: OwnAddresses) -> TicketMessage:
    parsed = parse(mail.raw())
    return place(parsed, inbound=None, own=own, split=split(parsed.text)).message
