"""Many people at once: nobody reads a line of another's."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from accounts.models import AnonymousSubscriber
from chat.memory.block import CLOSING, OPENING
from chat.memory.recall import recall
from tests.chat.memory.conftest import told
from tests.conftest import make_user

PEOPLE = 50
ROUNDS = 4


@pytest.fixture
def people(transactional_db):
    """25 users and 25 visitors whose texts differ only in what is theirs."""
    half = PEOPLE // 2
    found = [make_user(f"person{number}") for number in range(half)]
    return [*found, *(AnonymousSubscriber.objects.create() for _ in range(half))]


def lines(block):
    inside = block.rpartition(f"\n{OPENING}\n")[2].partition(f"\n{CLOSING}")[0]
    return {json.loads(line)["note"] for line in inside.splitlines()}


def test_fifty_people_at_once_get_their_own_alone(people):
    own = {}
    for number, person in enumerate(people):
        texts = [f"The hiding place is under tree{number}", f"The dog answers to Rex{number}"]
        told(person, *texts)
        own[person] = set(texts)

    def ask(person):
        try:
            block = recall(person, "Where is the hiding place and what does the dog answer to?", language="en").block
            return person, lines(block)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(ask, people * ROUNDS))
    assert len(answers) == PEOPLE * ROUNDS
    assert all(found == own[person] for person, found in answers)


def test_learning_and_asking_at_once_never_mixes(people):
    def live(number):
        person, seen = people[number], set()
        try:
            for step in range(4):
                told(person, f"Keeps key{number} number{step} in box{number}")
                seen |= lines(recall(person, f"Where do I keep key{number}, in which box?", language="en").block)
            return number, seen
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        for number, seen in threads.map(live, range(PEOPLE)):
            assert seen
            assert all(f"key{number} " in line for line in seen), seen
