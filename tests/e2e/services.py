"""The processes of the service mode, on a database of their own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from benchmarks.stack import ROOT, free_port

BIN = Path(sys.executable).parent


class Services:
    """The processes that compose.yaml starts, with the same commands."""

    def __init__(self, folder, database_url, models_url):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.environment = os.environ | {
            "DATABASE_URL": database_url,
            "REDIS_URL": settings.REDIS_URL.rsplit("/", 1)[0] + "/8",
            "SECRET_KEY": "e2e-secret-key-that-is-long-enough-for-everything",
            "SECRET_BOX_KEY": "e2e-box-key-that-is-long-enough-for-everything",
            "DATA_DIR": str(folder / "data"),
            "STATIC_ROOT": str(folder.parent / "static"),
            "ENV_FILE": str(folder / "none"),
            "CHAT_ANONYMOUS": "true",
            "LOCAL_LLM_URL": models_url,
            "LOCAL_LLM_MODEL": "slow",
        }
        self.processes = {}

    def start(self, name, *command):
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [BIN / command[0], *command[1:]],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_worker(self, name, queues):
        self.start(name, "celery", "-A", "config", "worker", "-Q", queues, "-n", f"{name}@e2e", "--loglevel", "warning")

    def start_all(self):
        prepare = [BIN / "python", "manage.py", "bootstrap"]
        subprocess.run(prepare, cwd=ROOT, env=self.environment, check=True, timeout=120)
        self.start("web", "daphne", "-b", "127.0.0.1", "-p", str(self.port), "config.asgi:application")
        self.start_worker("worker", "default,outbox")
        self.start_worker("ai", "ai")
        self.start("beat", "celery", "-A", "config", "beat", "--loglevel", "warning")
        self.until(lambda: httpx.get(f"{self.url}/health/ready", timeout=5).status_code == 200, seconds=60)

    def until(self, probe, seconds=30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if value := probe():
                    return value
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        logs = "\n".join(f"== {file.name}\n{file.read_text()[-2000:]}" for file in self.folder.glob("*.log"))
        raise AssertionError("did not happen in time\n" + logs)

    def kill(self, name, sign=signal.SIGKILL):
        process = self.processes.pop(name)
        os.killpg(process.pid, sign)
        process.wait(30)

    def kill_all(self):
        for name in list(self.processes):
            self.kill(name)


@pytest.fixture
def services(tmp_path, models):
    database = settings.DATABASES["default"]
    server = {"host": database["HOST"], "port": database["PORT"] or 5432, "user": database["USER"]}
    server |= {"password": database["PASSWORD"]} if database["PASSWORD"] else {}
    name = f"e2e_{os.getpid()}_{free_port()}"
    with psycopg.connect(dbname="postgres", autocommit=True, **server) as link:
        link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    secret = f":{database['PASSWORD']}" if database["PASSWORD"] else ""
    url = f"postgres://{server['user']}{secret}@{server['host']}:{server['port']}/{name}"
    made = Services(tmp_path, url, models.url)
    made.database = {"dbname": name, **server}
    yield made
    made.kill_all()
    with psycopg.connect(dbname="postgres", autocommit=True, **server) as link:
        link.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
