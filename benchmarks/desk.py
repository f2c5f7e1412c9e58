"""How soon do the desk's pages, its API and its search answer, at a million tickets?

    python -m benchmarks.desk [--tickets 1000000] [--messages 5] [--rounds 30]

The tickets are those of `manage.py seed_tickets`. Everything is asked over HTTP, one request at a time and each another
one: other tickets, words, filters, places of the list. An administrator, and an operator who sees one mailbox of four,
log in by the form; programs bring an API key. The queries are counted afterwards, in a process of their own, with the
same requests; there PostgreSQL is also asked which of the big tables it means to read from end to end. The peer is an
endpoint of the same server that does nothing. Ends with code 1 when a p95 is above 400 ms.
"""

import argparse
import json
import re
import secrets
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg

from benchmarks.stack import BIN, ROOT, Stack, wait_for

LIMIT_MS = 400.0
WARM_UP = 3
PEER = {"name": "bare endpoint", "who": "nobody", "paths": ["/health"]}
PEOPLE = ("admin", "operator")
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Measured:
    name: str
    times: list[float] = field(default_factory=list)
    queries: str = ""
    whole_tables: str = ""

    def ms(self, percent: int) -> float:
        return statistics.quantiles(self.times, n=100, method="inclusive")[percent - 1] * 1000


def seed(stack: Stack, tickets: int, messages: int) -> float:
    """The seconds that the product's own command takes."""
    began = time.perf_counter()
    numbers = ["--tickets", str(tickets), "--messages", str(tickets * messages)]
    command = [str(BIN / "python"), "manage.py", "seed_tickets", *numbers]
    subprocess.run(command, cwd=ROOT, env=stack.environment, check=True, stdout=sys.stderr)
    return time.perf_counter() - began


def vacuum(stack: Stack) -> int:
    """Leaves the tables as the server's own housekeeping would; the bytes of the database."""
    with psycopg.connect(stack.environment["DATABASE_URL"], autocommit=True) as link:
        link.execute("VACUUM (ANALYZE)")
        row = link.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0


def prepared(stack: Stack, part: str, told: dict[str, Any]) -> Any:
    """What a process of benchmarks.desk_setup answers."""
    command = [str(BIN / "python"), "-m", "benchmarks.desk_setup", part]
    environment = stack.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, input=json.dumps(told).encode(), stdout=subprocess.PIPE
    )
    return json.loads(done.stdout)


def logged_in(base: str, name: str, password: str) -> httpx.Client:
    """Somebody who has sent the log-in form."""
    client = httpx.Client(base_url=base, timeout=120, trust_env=False)
    found = TOKEN.search(client.get("/login/").text)
    if found is None:
        raise RuntimeError("the log-in form has no token")
    form = {"username": name, "password": password, "csrfmiddlewaretoken": found[1]}
    answer = client.post("/login/", data=form, headers={"Referer": f"{base}/login/"})
    if answer.status_code != 302:
        raise RuntimeError(f"the log-in form said {answer.status_code}")
    return client


def callers(base: str, told: dict[str, Any]) -> dict[str, httpx.Client]:
    """By who they are; "admin key" and "operator key" are programs of the same people."""
    found = {"nobody": httpx.Client(base_url=base, timeout=120, trust_env=False)}
    for who in PEOPLE:
        found[who] = logged_in(base, told["people"][who], told["passwords"][who])
        key = {"X-API-Key": told["keys"][who]}
        found[f"{who} key"] = httpx.Client(base_url=base, timeout=120, trust_env=False, headers=key)
    return found


def measure(client: httpx.Client, page: dict[str, Any], rounds: int) -> Measured:
    """Each path once; where a page has fewer of them than rounds, they come again."""
    paths, measured = page["paths"], Measured(page["name"])
    for turn in range(WARM_UP + rounds):
        path = paths[turn % len(paths)]
        began = time.perf_counter()
        answer = client.get(path)
        seconds = time.perf_counter() - began
        if answer.status_code != 200:
            raise RuntimeError(f"{page['name']}: {path} said {answer.status_code} {answer.text[:500]}")
        if turn >= WARM_UP:
            measured.times.append(seconds)
    return measured


def measure_all(stack: Stack, rounds: int) -> list[Measured]:
    passwords = {who: secrets.token_urlsafe(16) for who in PEOPLE}
    told = prepared(stack, "pages", {"requests": rounds + WARM_UP, "passwords": passwords})
    base = stack.start_web()
    wait_for(f"{base}/health")
    clients = callers(base, told | {"passwords": passwords})
    pages = [PEER, *told["pages"]]
    found = []
    for number, page in enumerate(pages, start=1):
        sys.stderr.write(f"\rmeasuring: {number} of {len(pages)} pages")
        sys.stderr.flush()
        found.append(measure(clients[page["who"]], page, rounds))
    sys.stderr.write("\ncounting queries\n")
    sessions = {who: clients[who].cookies["sessionid"] for who in PEOPLE}
    counted = prepared(stack, "queries", {"pages": pages, "sessions": sessions, "keys": told["keys"]})
    for measured, (queries, whole_tables) in zip(found, counted, strict=True):
        measured.queries, measured.whole_tables = queries, whole_tables
    for client in clients.values():
        client.close()
    return found


def report(found: list[Measured], *, tickets: int, messages: int, rounds: int, seconds: float, size: int) -> None:
    print(f"\n{tickets} tickets with {tickets * messages} messages, made in {seconds:.0f} s, {size / 2**30:.1f} GB")
    print(f"{rounds} requests of each, one at a time; times in ms\n")
    print("| page | queries | p50 | p95 | slowest | tables read whole |")
    print("|---|---|---|---|---|---|")
    for one in found:
        slowest = max(one.times) * 1000
        times = f"{one.ms(50):.1f} | {one.ms(95):.1f} | {slowest:.0f}"
        print(f"| {one.name} | {one.queries} | {times} | {one.whole_tables} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--messages", type=int, default=5, help="of each ticket, on average")
    parser.add_argument("--rounds", type=int, default=30, help="requests of each page")
    options = parser.parse_args()
    with Stack() as stack:
        stack.bootstrap()
        seconds = seed(stack, options.tickets, options.messages)
        size = vacuum(stack)
        found = measure_all(stack, options.rounds)
    report(
        found,
        tickets=options.tickets,
        messages=options.messages,
        rounds=options.rounds,
        seconds=seconds,
        size=size,
    )
    slow = [one.name for one in found if one.ms(95) > LIMIT_MS]
    if slow:
        print(f"\nA p95 above {LIMIT_MS:.0f} ms: {', '.join(slow)}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
