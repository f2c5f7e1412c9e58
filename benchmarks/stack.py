"""The processes of the service mode, started with the commands of compose.yaml for one measurement."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from types import TracebackType

import httpx
import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
TICKS = os.sysconf("SC_CLK_TCK")
# Above the ports that browsers refuse.
LOWEST_PORT = 11_000
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024


def free_port() -> int:
    """A port that nobody listens on, and that the kernel gives to no outgoing connection.

    A server that is killed and comes back would otherwise now and then find its port taken.
    """
    while True:
        port = LOWEST_PORT + secrets.randbelow(_first_outgoing_port() - LOWEST_PORT)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def _first_outgoing_port() -> int:
    try:
        first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except FileNotFoundError:
        first = 49_152
    # A machine may give all of them to outgoing connections.
    return first if first > LOWEST_PORT else 65_536


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has used; 0 once it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_kib(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_KIB


class Stack:
    """A database of its own, a Redis of its own where `redis-server` is installed, and processes by name.

    `DATABASE_URL` names the PostgreSQL server (its database is left alone), `REDIS_URL` a Redis to use
    where no `redis-server` is at hand.
    """

    def __init__(self, **environment: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="switchboard-bench-"))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._server = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres").rsplit("/", 1)[0]
        self._database = f"bench_{uuid.uuid4().hex[:12]}"
        self.model_url = ""
        self.environment = os.environ | {
            "DATABASE_URL": f"{self._server}/{self._database}",
            "SECRET_KEY": "benchmark-secret-key-that-is-long-enough",
            "SECRET_BOX_KEY": "benchmark-box-key-that-is-long-enough",
            "DATA_DIR": str(self.folder / "data"),
            "ENV_FILE": str(self.folder / "none"),
            "CHAT_ANONYMOUS": "true",
            "CHAT_RATE_PER_MINUTE": "1000000",
            "ANONYMOUS_TOKEN_RATE_PER_HOUR": "1000000",
            "LOG_LEVEL": "WARNING",
            # Together below what PostgreSQL allows by default, beside whatever else uses that server.
            "DATABASE_POOL_SIZE": "6",
            **environment,
        }
        # No server is run without the translated code of its modules: each process would begin by making it anew.
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def __enter__(self) -> "Stack":
        with psycopg.connect(f"{self._server}/postgres", autocommit=True) as link:
            link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self._database)))
        self.environment["REDIS_URL"] = self.start_redis()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for name in list(self.processes):
            self.kill(name)
        with psycopg.connect(f"{self._server}/postgres", autocommit=True) as link:
            link.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self._database)))
        if kind is None:
            shutil.rmtree(self.folder)
        else:
            sys.stderr.write(f"The logs are in {self.folder}\n")

    def start(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, name: str, sign: int = signal.SIGKILL) -> None:
        process = self.processes.pop(name)
        if process.poll() is None:
            os.killpg(process.pid, sign)
        process.wait()

    def start_redis(self, port: int | None = None) -> str:
        """The address of a fresh Redis that keeps nothing on disk, or of REDIS_URL."""
        if shutil.which("redis-server") is None:
            return os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/15")
        port = port or free_port()
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.start("redis", "redis-server", *options, "--dir", str(self.folder))
        return f"redis://127.0.0.1:{port}/0"

    def start_model(self) -> None:
        port = free_port()
        self.start("model", str(BIN / "python"), "-m", "benchmarks.model", str(port))
        self.model_url = f"http://127.0.0.1:{port}/v1"
        self.environment |= {"LOCAL_LLM_URL": self.model_url, "LOCAL_LLM_MODEL": "bench", "MODEL_URL": self.model_url}
        wait_for(f"{self.model_url}/models")

    def bootstrap(self) -> None:
        command = [str(BIN / "python"), "manage.py", "bootstrap"]
        with (self.folder / "bootstrap.log").open("wb") as log:
            subprocess.run(command, cwd=ROOT, env=self.environment, check=True, stdout=log, stderr=log)

    def start_web(self, name: str = "web", port: int | None = None) -> str:
        port = port or free_port()
        self.start(name, str(BIN / "daphne"), "-v", "0", "-b", "127.0.0.1", "-p", str(port), "config.asgi:application")
        return f"http://127.0.0.1:{port}"

    def start_worker(self, name: str, queues: str) -> None:
        options = ["-Q", queues, "-n", f"{name}@benchmark", "--loglevel", "warning"]
        self.start(name, str(BIN / "celery"), "-A", "config", "worker", *options)

    def start_beat(self) -> None:
        self.start("beat", str(BIN / "celery"), "-A", "config", "beat", "--loglevel", "warning")

    def start_product(self) -> str:
        """One process of each kind; the web server's address once everything is ready."""
        self.bootstrap()
        url = self.start_web()
        self.start_worker("worker", "default,outbox")
        self.start_worker("ai-worker", "ai")
        self.start_beat()
        wait_for(f"{url}/health/ready")
        return url

    def cpu(self, *names: str) -> dict[str, float]:
        return {name: cpu_seconds(self.processes[name].pid) for name in names}


def wait_for(url: str, *, status: int = 200, seconds: float = 90) -> None:
    """Until `url` answers `status`; raises TimeoutError with what it said last."""
    deadline, last = time.monotonic() + seconds, "nothing"
    while time.monotonic() < deadline:
        try:
            answer = httpx.get(url, timeout=10, trust_env=False)
        except httpx.HTTPError as error:
            last = repr(error)
        else:
            if answer.status_code == status:
                return
            last = f"{answer.status_code} {answer.text[:2000]}"
        time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer {status} in {seconds} s; the last it said: {last}")
