"""`manage.py serve` as a person runs it: what it answers, how it stops, and that nothing stays behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid

import httpx
import pytest
from django.conf import settings
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.e2e.conftest import ROOT, Product, embedded_run, models, product, standing  # noqa: F401 - fixtures

pytestmark = pytest.mark.e2e


@pytest.fixture
def running(product):  # noqa: F811
    product.start()
    product.until(lambda: product.answers("/health/ready"), seconds=60)
    return product


class Asking(threading.Thread):
    """Reads an answer as it streams; `text` is what has arrived, `ended` whether the last event was seen."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url, self.text, self.ended = url, "", False
        self.begun = threading.Event()

    def run(self):
        body = {"message": "Расскажи"}
        with httpx.stream("POST", f"{self.url}/api/v1/chat/stream", json=body, timeout=30) as answer:
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    self._take(json.loads(line.removeprefix("data: ")))

    def _take(self, event):
        self.text += event["chunk"]
        self.ended = self.ended or event["is_complete"]
        if event["chunk"]:
            self.begun.set()


@pytest.fixture
def asking(running):
    thread = Asking(running.url)
    thread.start()
    assert thread.begun.wait(30), running.output()
    return thread


def log_lines(product, needle):  # noqa: F811
    return [line for line in product.output().splitlines() if needle in line]


def test_every_kind_of_response_carries_its_headers(standing):  # noqa: F811
    page = httpx.get(f"{standing.url}/", headers={"accept": "text/html"})
    file = re.search(r'"(/static/[^"]+\.css)"', page.text)[1]
    for path, status in ((file, 200), ("/health", 200), ("/nowhere", 404), ("/api/v1/auth/me", 401)):
        answer = httpx.get(standing.url + path, headers={"origin": "https://n8n.example"})
        assert answer.status_code == status
        assert uuid.UUID(answer.headers["x-trace-id"])
        assert re.fullmatch(r"\d+\.\d{4}", answer.headers["x-process-time"])
        assert answer.headers["access-control-allow-origin"] == "*"
    assert "immutable" in httpx.get(standing.url + file).headers["cache-control"]


def test_a_question_is_told_by_one_trace_id(standing):  # noqa: F811
    trace = f"trace-{uuid.uuid4()}"
    body = {"message": "x"}
    httpx.post(f"{standing.url}/api/v1/chat/send", json=body, headers={"x-trace-id": trace}, timeout=30)
    lines = log_lines(standing, trace)
    assert any("asked by" in line for line in lines), standing.output()
    assert any("POST /api/v1/chat/send 200" in line for line in lines)


def test_a_socket_at_an_unknown_path_is_refused_without_a_traceback(standing):  # noqa: F811
    with pytest.raises(InvalidStatus):
        connect(f"ws://127.0.0.1:{standing.port}/ws/nowhere")
    assert "Traceback" not in standing.output()


def test_an_answer_that_is_being_written_ends_before_the_server_does(running, models, asking):  # noqa: F811
    running.process.send_signal(signal.SIGTERM)
    running.until(lambda: _refused(running.port), seconds=5)
    seen = asking.text
    models.gate.set()
    assert running.process.wait(15) == 0
    asking.join(5)
    assert asking.ended
    assert asking.text.startswith(seen)
    assert "Error" not in asking.text


def test_an_answer_that_does_not_end_is_cut_off_in_time_and_its_reader_told(running, asking):
    began = time.monotonic()
    assert running.stop(signal.SIGINT) == 0
    assert time.monotonic() - began < 10
    asking.join(5)
    assert asking.ended
    assert "Traceback" not in running.output()
    assert running.output().rstrip().endswith("Stopped.")


def test_a_second_ctrl_c_ends_it_at_once(running, asking):
    running.process.send_signal(signal.SIGINT)
    running.until(lambda: _refused(running.port), seconds=5)
    began = time.monotonic()
    assert running.stop(signal.SIGINT) == 130
    assert time.monotonic() - began < 2


def test_nothing_is_left_behind(running):
    group = running.process.pid
    with connect(f"ws://127.0.0.1:{running.port}/ws/chat"):
        assert running.stop(signal.SIGINT) == 0
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", running.port))


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1"])
def test_an_address_that_is_not_ours_is_said_in_words(embedded_run, tmp_path, host):  # noqa: F811
    other = Product(tmp_path)
    answer = subprocess.run(
        [sys.executable, "manage.py", "serve", "--host", host],
        cwd=ROOT,
        env=other.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert answer.returncode == 1
    assert f"Cannot listen on {host}" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.skipif(settings.EMBEDDED, reason="the embedded run has no service mode: REDIS_URL names it")
def test_with_redis_it_serves_alone_and_says_what_to_start_beside_it(tmp_path):
    keys = {"SECRET_KEY": "k" * 60, "SECRET_BOX_KEY": "b" * 40, "REDIS_URL": settings.REDIS_URL}
    web = Product(tmp_path, **keys).start()
    try:
        assert "celery -A config worker -Q ai" in web.output()
        assert "celery -A config beat" in web.output()
        assert httpx.get(f"{web.url}/health/ready", timeout=5).status_code == 503
        assert web.stop(signal.SIGTERM) == 0
    finally:
        web.kill()


def _refused(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
