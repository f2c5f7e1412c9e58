"""What remembering adds to a question: an empty account beside one with 10,000 memories, in one run.

    python -m benchmarks.memory [--memories 10000] [--messages 5000] [--questions 300] [--postgresql]

A scratch database (SQLite, or one on the PostgreSQL server of `DATABASE_URL`, by default 127.0.0.1) gets two people: of
one nothing is remembered, of the other so many memories. They are written as the product stores them, except that the
numbers of their vectors are random, which costs the search the same. Both are asked the same questions, in one process.
A question's vector is made before the clock starts, because the knowledge base needs the same one for its own search.
Rows of the table: p50 and p95 of a recall in milliseconds with a warm index, the same right after a write (the index
reads what is new), the queries of each; above it what the first recall of a process takes, which reads everything.

Then both ask whole turns, in turn: the one in a new conversation, the other in one of so many messages. Nothing but the
server's own work is in them, since a model of the house answers at once: from the question's row to the answer's.
"""

import argparse
import os
import statistics
import tempfile
import time
import uuid
from typing import Any

WORDS = (
    "tea coffee river garden violin chess sailing physics novel kitchen bicycle mountain winter museum train market "
    "чай река сад скрипка шахматы парус физика роман кухня велосипед гора зима музей поезд рынок брат сестра кошка"
).split()


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as folder:
        os.environ |= {
            "DATA_DIR": folder,
            "ENV_FILE": os.devnull,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": "benchmark",
            "MEMORY_LIMITS": f"LONG_TERM={options.memories + 100}",
            "LOCAL_ANSWER_WORDS_PER_SECOND": "0",
        }
        os.environ.pop("REDIS_URL", None)
        server = os.environ.pop("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres").rsplit("/", 1)[0]
        if not options.postgresql:
            _run(options)
            return
        name = f"bench_{uuid.uuid4().hex[:12]}"
        _administer(server, f"CREATE DATABASE {name}")
        try:
            os.environ["DATABASE_URL"] = f"{server}/{name}"
            _run(options)
        finally:
            _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--memories", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--postgresql", action="store_true")
    return parser.parse_args()


def _administer(server: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(statement)


def _run(options: argparse.Namespace) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from accounts.models import User
    from chat.memory.encoding import encoder_key, question_vector
    from chat.memory.models import Memory

    call_command("migrate", verbosity=0)
    nobody = User.objects.create_user("nobody", "nobody@example.com")
    somebody = User.objects.create_user("somebody", "somebody@example.com")
    _fill(somebody, options.memories)
    questions = [f"What do I know about {_words(number)}?" for number in range(options.questions)]
    for question in questions:
        question_vector(encoder_key(), question)
    first = _timed(somebody, questions[0])[0]
    print(f"first recall of a process: {1000 * first:.0f} ms for {Memory.objects.count()} memories")
    print(("{:<26}" + "{:>10}" * 4).format("", "p50 ms", "p95 ms", "queries", "in block"))
    for label, person in (("empty account", nobody), (f"{options.memories} memories", somebody)):
        _print(label, [_timed(person, question) for question in questions])
    _print("… right after a write", [_timed_after_write(somebody, question) for question in questions[:50]])
    _whole_turns(nobody, somebody, questions, options)


def _fill(person: Any, count: int) -> None:
    import numpy as np

    from chat.memory.encoding import encoder_key
    from chat.memory.models import Memory, MemoryAccount
    from chat.memory.words import digest_of, stored_terms
    from knowledge.encoders import encoder_for
    from knowledge.encoders.base import normalised

    key = encoder_key()
    size = len(encoder_for(key).query("size"))
    vectors = normalised(np.random.default_rng(1).standard_normal((count, size))).astype("<f2")
    MemoryAccount.objects.create(owner=person, revision=1)
    texts = [f"Has seen {_words(number)} at place{number} in year {1900 + number % 120}" for number in range(count)]
    Memory.objects.bulk_create(
        (
            Memory(
                owner=person,
                text=text,
                terms=stored_terms(text),
                digest=digest_of(text),
                encoder=key,
                vector=vector.tobytes(),
                revision=1,
            )
            for text, vector in zip(texts, vectors, strict=True)
        ),
        batch_size=500,
    )


def _words(number: int) -> str:
    return " ".join(WORDS[(number * step + step) % len(WORDS)] for step in (1, 7, 13))


def _timed(person: Any, question: str) -> tuple[float, int, int]:
    """Seconds, queries, and memories in the block of one recall."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from chat.memory.recall import recall

    begun = time.perf_counter()
    found = recall(person, question, language="en")
    seconds = time.perf_counter() - begun
    with CaptureQueriesContext(connection) as queries:
        recall(person, question, language="en")
    return seconds, len(queries), len(found.memories)


def _timed_after_write(person: Any, question: str) -> tuple[float, int, int]:
    from django.db import transaction

    from chat.memory.holders import Holder
    from chat.memory.recall import index_of
    from chat.memory.writing import Book, Draft, locked_account

    holder = Holder("owner", person.pk)
    with transaction.atomic():
        book = Book(locked_account(holder), index_of(holder))
        book.keep(Draft(f"Wrote {uuid.uuid4().hex[:8]} about {question}", validation="user_confirmed"))
        book.close()
    return _timed(person, question)


def _whole_turns(nobody: Any, somebody: Any, questions: list[str], options: argparse.Namespace) -> None:
    from chat.turns.runner import get_runner
    from integrations.services.environment import sync_from_environment

    sync_from_environment()
    runner = get_runner()
    long = _conversation(somebody, options.messages)
    rows: dict[str, list[tuple[float, int, int]]] = {"whole turn, empty account": [], "whole turn, all of it": []}
    for question in questions:
        rows["whole turn, empty account"].append(_timed_turn(_conversation(nobody, 0), nobody, question, runner))
        rows["whole turn, all of it"].append(_timed_turn(long, somebody, question, runner))
    for label, timed in rows.items():
        # The first ones load what all others need.
        _print(label, timed[10:])
    runner.shutdown(1)


def _conversation(person: Any, messages: int) -> Any:
    from chat.choices import Channel, MessageRole
    from chat.models import Conversation, Message

    conversation = Conversation.objects.create(owner=person, channel=Channel.PAGE)
    roles = (MessageRole.ASSISTANT, MessageRole.USER)
    Message.objects.bulk_create(
        (
            Message(conversation=conversation, position=place, role=roles[place % 2], content=_words(place) * 20)
            for place in range(1, messages + 1)
        ),
        batch_size=500,
    )
    return conversation


def _timed_turn(conversation: Any, person: Any, question: str, runner: Any) -> tuple[float, int, int]:
    """Seconds from the question to the end of its answer, the queries of loading it, and the memories that it used."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from chat.models import Turn
    from chat.services import Question, start_turn
    from chat.turns import wake
    from chat.turns.job import find_context, load_job

    wake.wake_runners = runner.wake
    begun = time.perf_counter()
    turn = start_turn(conversation, Question(question), actor=person)
    while Turn.objects.active().filter(pk=turn.pk).exists():
        time.sleep(0.001)
    seconds = time.perf_counter() - begun
    if Turn.objects.get(pk=turn.pk).state != "done":
        raise SystemExit(f"the turn {turn.pk} was not answered")
    with CaptureQueriesContext(connection) as queries:
        context = find_context(load_job(turn.pk), "question")
    return seconds, len(queries), len(context.recalled.memories)


def _print(label: str, rows: list[tuple[float, int, int]]) -> None:
    milliseconds = sorted(1000 * row[0] for row in rows)
    p95 = milliseconds[int(len(milliseconds) * 0.95)]
    queries, found = max(row[1] for row in rows), statistics.mean(row[2] for row in rows)
    print(f"{label:<26}{statistics.median(milliseconds):>10.2f}{p95:>10.2f}{queries:>10}{found:>10.1f}")


if __name__ == "__main__":
    main()
