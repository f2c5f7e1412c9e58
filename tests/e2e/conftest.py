"""The product as a process, the way a person starts it."""

import contextlib
import fcntl
import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings

from benchmarks.stack import free_port
from tests.canary import MARK, canary
from tests.e2e.services import services  # noqa: F401 - a fixture
from tests.model_server import ModelServer, model_server

ROOT = Path(__file__).resolve().parent.parent.parent


@lru_cache
def prepared() -> Path:
    """A data folder as a first start leaves it, made once for all workers of a run."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(settings.DATA_DIR) / f"prepared-{run}"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / "prepared"
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            environment = Product(folder, fresh=True).environment
            command = [sys.executable, "manage.py", "bootstrap"]
            subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=300, stdout=subprocess.DEVNULL)
            done.touch()
    return folder


class Product:
    """`manage.py serve` in embedded mode on a data directory of its own; `fresh` makes it a first start."""

    def __init__(self, folder: Path, *, fresh: bool = False, **environment: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        unset = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SECRET_BOX_KEY"}
        self.environment = {name: value for name, value in os.environ.items() if name not in unset} | {
            "DATA_DIR": str(folder / "data"),
            "PORT": str(self.port),
            "ENV_FILE": str(folder / "none"),
            "STATIC_ROOT": str(folder / "static"),
            "LOCAL_LLM_API_KEY": MARK,
            **environment,
        }
        if not fresh:
            shutil.copytree(prepared(), folder, dirs_exist_ok=True)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Product":
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.until(lambda: self.answers("/health"), seconds=150)
        return self

    def answers(self, path: str) -> bool:
        """Whether `path` answers 200. Asked many times a second: httpx would read all certificates for each."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            link.request("GET", path)
            return link.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            assert self.process is not None and self.process.poll() is None, self.output()
            return False
        finally:
            link.close()

    def until(self, probe: Any, seconds: float = 40) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if value := probe():
                    return value
            except httpx.HTTPError:
                assert self.process is not None and self.process.poll() is None, self.output()
            time.sleep(0.05)
        raise AssertionError("did not happen in time\n" + self.output())

    def output(self) -> str:
        return self.log.read_text()

    def stop(self, sign: int = signal.SIGINT) -> int:
        assert self.process is not None
        self.process.send_signal(sign)
        code = self.process.wait(20)
        self.process = None
        return code

    def kill(self) -> None:
        if self.process is not None:
            # A test may have waited for its end itself: then the group is gone.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
        canary.look(self.output(), "log of a real process")

    def password(self) -> str:
        found = re.search(r"shown once:\s+(\S+)", self.output())
        assert found is not None, self.output()
        return found.group(1)


@pytest.fixture
def models() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def embedded_run() -> None:
    """For tests of a product that keeps to the embedded mode whatever the run is given: once is enough."""
    if not settings.EMBEDDED:
        pytest.skip("the embedded run has the product of one process")


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One for all tests of a file that leave it as it is; its model answers at once."""
    if not settings.EMBEDDED:
        pytest.skip("the embedded run has the product of one process")
    with model_server() as server:
        server.gate.set()
        made = Product(tmp_path_factory.mktemp("standing"), LOCAL_LLM_URL=server.url, LOCAL_LLM_MODEL="slow")
        try:
            made.start().until(lambda: made.answers("/health/ready"), seconds=60)
            yield made
        finally:
            made.kill()


@pytest.fixture
def product(embedded_run: None, tmp_path: Path, models: ModelServer) -> Iterator[Product]:
    """Connected to the model server; its `slow` model answers by default."""
    made = Product(tmp_path, LOCAL_LLM_URL=models.url, LOCAL_LLM_MODEL="slow")
    yield made
    made.kill()


@pytest.fixture
def fresh_product(embedded_run: None, tmp_path: Path, models: ModelServer) -> Iterator[Product]:
    """The same before its first start."""
    made = Product(tmp_path, fresh=True, LOCAL_LLM_URL=models.url, LOCAL_LLM_MODEL="slow")
    yield made
    made.kill()
