"""How fast is a backlog of mails decided on without a model, and is anything lost when workers die meanwhile?

    python -m benchmarks.drain [--mails 10000] [--passages 2000] [--kill-every 5]

The backlog is posted to the webhook while no worker runs: questions of the sample knowledge base, answerable and not,
each of a sender of its own. Then the workers of compose.yaml and one more for decisions are started. The clock runs
until nothing waits: every mail decided on (search included), every answer taken by a real SMTP server. With
`--kill-every` one worker after the other is killed (SIGKILL) and started again meanwhile. Ends with code 1 when a mail
or an answer was lost or doubled. The peer is the search alone, over the same knowledge base.
"""

import argparse
import asyncio
import csv
import itertools
import json
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
from aiosmtpd.controller import Controller

from benchmarks import corpus
from benchmarks.stack import BIN, ROOT, Stack, free_port, wait_for

SAMPLES = ROOT / "knowledge" / "samples"
SECRET = secrets.token_urlsafe(24)
AT_ONCE = 16
# Nothing happened for so long: what is left will not be done.
PATIENCE = 180
WORKERS = {"ai-worker": "ai", "ai-worker-2": "ai", "worker": "default,outbox"}
GREETINGS = {"en": "Hello,\n\n{}\n\nKind regards,\n{}", "ru": "Здравствуйте!\n\n{}\n\nС уважением,\n{}"}
SEARCHES = """
import itertools, json, sys, time
from knowledge.search import search
questions = json.loads({questions!r})
search(questions[0][0], scope="all", language="en")
began = time.perf_counter()
for text, language in questions:
    search(text, scope="all", language=language)
print("SECONDS", time.perf_counter() - began)
"""


@dataclass
class Sink:
    """A mail server that takes everything and notes which mail each answer answers."""

    answered: Counter[str] = field(default_factory=Counter)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        head = envelope.content.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
        lines = (line.partition(":") for line in head.split("\r\n"))
        self.answered.update(value.strip() for name, _, value in lines if name.lower() == "in-reply-to")
        return "250 OK"


@dataclass
class Drained:
    seconds: float
    cpu: dict[str, float]
    kills: int
    found: dict[str, Any]


def questions() -> list[tuple[str, str]]:
    with (SAMPLES / "questions.csv").open() as file:
        return [(row["question"], row["language"]) for row in csv.DictReader(file)]


def mails(count: int) -> Iterator[bytes]:
    for number, (question, language) in zip(range(count), itertools.cycle(questions()), strict=False):
        name = f"Anna {number}"
        yield json.dumps(
            {
                "from": f"{name} <c{number}@client{number % 97}.example>",
                "to": "support@desk.example",
                "subject": question[:60],
                "text": GREETINGS[language].format(question, name),
                "message_id": f"<drain.{number}@client.example>",
            }
        ).encode()


def fill_knowledge(stack: Stack, passages: int) -> None:
    """The sample documents among made-up ones."""
    folder = stack.folder / "company"
    for language in ("en", "ru"):
        (folder / language).mkdir(parents=True)
        for path in (SAMPLES / language).glob("*.md"):
            (folder / language / path.name).write_text(path.read_text())
    for text in corpus.documents(passages):
        (folder / text.language / f"{text.slug}.md").write_text(f"# {text.title}\n\n{text.body}")
    manage(stack, "import_docs", str(folder), "--verbosity", "0")
    manage(stack, "shell", "-c", "from knowledge.indexing.work import work_all; work_all()")


def manage(stack: Stack, *command: str) -> str:
    done = subprocess.run(
        [str(BIN / "python"), "manage.py", *command], cwd=ROOT, env=stack.environment, check=True, capture_output=True
    )
    return done.stdout.decode()


async def post(base: str, count: int) -> None:
    """All mails through the webhook, some at once; each must be taken."""
    headers = {"X-Webhook-Secret": SECRET, "Content-Type": "application/json"}
    waiting, done = mails(count), itertools.count(1)
    async with httpx.AsyncClient(base_url=base, timeout=120, trust_env=False) as client:

        async def some() -> None:
            for body in waiting:
                answer = await client.post("/api/webhook/email", content=body, headers=headers)
                if answer.status_code != 202:
                    raise RuntimeError(f"the webhook said {answer.status_code} {answer.text[:500]}")
                show("posting", next(done), count)

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))


def show(what: str, done: int, count: int) -> None:
    if done % 20 == 0 or done == count:
        sys.stderr.write(f"\r{what}: {done} of {count} " + ("\n" if done == count else ""))
        sys.stderr.flush()


def drain(stack: Stack, sink: Sink, *, mails: int, kill_every: float) -> Drained:
    for name, queues in WORKERS.items():
        stack.start_worker(name, queues)
    stack.start_beat()
    cpu: dict[str, float] = dict.fromkeys((*WORKERS, "beat"), 0.0)
    victims, kills = itertools.cycle(WORKERS), 0
    began = changed = last_kill = time.monotonic()
    before: tuple[int, int] = (-1, -1)
    with psycopg.connect(stack.environment["DATABASE_URL"], autocommit=True) as link:
        while (left := waiting(link)) != (0, 0):
            now = time.monotonic()
            if left != before:
                changed, before = now, left
            if now - changed > PATIENCE:
                break
            show(f"{left[0]} to decide, {left[1]} to send; decided", mails - left[0], mails + 1)
            if kill_every and now - last_kill >= kill_every:
                last_kill, kills, victim = now, kills + 1, next(victims)
                cpu[victim] += stack.cpu(victim)[victim]
                stack.kill(victim)
                stack.start_worker(victim, WORKERS[victim])
            time.sleep(0.25)
        seconds = time.monotonic() - began
        for name, spent in stack.cpu(*cpu).items():
            cpu[name] += spent
        return Drained(seconds, cpu, kills, judge(link, sink, mails))


def waiting(link: psycopg.Connection[Any]) -> tuple[int, int]:
    """Mails to be decided on, and answers to be sent."""
    row = link.execute(
        "SELECT (SELECT count(*) FROM tickets_triage WHERE state IN ('pending', 'running')),"
        " (SELECT count(*) FROM integrations_delivery WHERE kind = 'mail' AND state IN ('pending', 'sending'))"
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def judge(link: psycopg.Connection[Any], sink: Sink, mails: int) -> dict[str, Any]:
    """What became of the mails. `uncertain` answers were handed over when their worker died: a person is told."""
    actions = Counter(dict(link.execute("SELECT action, count(*) FROM tickets_triage GROUP BY 1").fetchall()))
    decided = Counter(
        dict(
            link.execute(
                "SELECT m.message_id, count(t.id) FROM tickets_ticketmessage m"
                " LEFT JOIN tickets_triage t ON t.message_id = m.id AND t.state IN ('done', 'failed')"
                " WHERE m.kind = 'customer' GROUP BY 1"
            ).fetchall()
        )
    )
    sent = link.execute(
        "SELECT q.message_id, d.state FROM tickets_ticketmessage a JOIN tickets_ticketmessage q"
        " ON q.id = a.in_answer_to_id JOIN integrations_delivery d ON d.id = a.delivery_id WHERE a.kind = 'answer'"
    ).fetchall()
    arrived = {number for number, state in sent if sink.answered[number]}
    return {
        "actions": dict(sorted(actions.items())),
        "answers": len(sent),
        "uncertain": sum(state == "uncertain" for _, state in sent),
        "mails lost": mails - len(decided) + sum(count == 0 for count in decided.values()),
        "mails decided twice": sum(count > 1 for count in decided.values()),
        "answers lost": sum(state != "uncertain" and number not in arrived for number, state in sent),
        "answers doubled": sum(count > 1 for count in sink.answered.values()) + len(sent) - len(dict(sent)),
        "answers of nobody": len(set(sink.answered) - {number for number, _ in sent}),
    }


BAD = ("mails lost", "mails decided twice", "answers lost", "answers doubled", "answers of nobody")


def search_alone(stack: Stack) -> float:
    """Searches a second of one process over the same knowledge base."""
    asked = questions()
    said = manage(stack, "shell", "--verbosity", "0", "-c", SEARCHES.format(questions=json.dumps(asked)))
    return len(asked) / float(said.rpartition("SECONDS ")[2])


def report(drained: Drained, *, mails: int, alone: float) -> None:
    rate = mails / drained.seconds
    print(f"\n| {mails} mails, {drained.kills} workers killed | |\n|---|---|")
    print(f"| drained in | {drained.seconds:.1f} s, start of the workers included |")
    print(f"| mails a second | {rate:.1f} |")
    print(f"| the search alone, one process | {alone:.1f} a second: {rate / alone:.2f} of it |")
    for name, seconds in sorted(drained.cpu.items()):
        print(f"| CPU of {name} | {seconds:.1f} s, {seconds * 1000 / mails:.1f} ms a mail |")
    for name, value in drained.found.items():
        print(f"| {name} | {value} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--passages", type=int, default=2_000, help="made-up ones beside the samples")
    parser.add_argument("--kill-every", type=float, default=0, metavar="SECONDS", help="0: no worker is killed")
    options = parser.parse_args()
    sink, port = Sink(), free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    environment = {
        "EMAIL_WEBHOOK_SECRET": SECRET,
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "DEFAULT_FROM_EMAIL": "Support <support@desk.example>",
        "LOCAL_LLM_URL": "",
    }
    try:
        with Stack(**environment) as stack:
            stack.bootstrap()
            fill_knowledge(stack, options.passages)
            base = stack.start_web()
            wait_for(f"{base}/health")
            asyncio.run(post(base, options.mails))
            alone = search_alone(stack)
            drained = drain(stack, sink, mails=options.mails, kill_every=options.kill_every)
    finally:
        controller.stop()
    report(drained, mails=options.mails, alone=alone)
    return 1 if any(drained.found[name] for name in BAD) else 0


if __name__ == "__main__":
    sys.exit(main())
