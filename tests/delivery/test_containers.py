"""compose.yaml and the Dockerfile, where no linter looks."""

import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import yaml

from config.celery import app
from tests.delivery.conftest import ROOT

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
PRODUCT = ["bootstrap", "web", "worker", "ai-worker", "beat"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_limited_hardened_and_watched(name):
    service = SERVICES[name]
    assert service["deploy"]["resources"]["limits"].keys() >= {"cpus", "memory"}
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert "no-new-privileges:true" in service["security_opt"]
    assert "healthcheck" in service
    assert service["restart"]


@pytest.mark.parametrize("name", PRODUCT)
def test_the_products_services_share_their_keys_and_keep_no_capability(name):
    environment = SERVICES[name]["environment"]
    assert "cap_add" not in SERVICES[name]
    for secret in ("SECRET_KEY", "SECRET_BOX_KEY"):
        assert environment[secret].startswith(f"${{{secret}:?")
    assert "${POSTGRES_PASSWORD:?" in environment["DATABASE_URL"]


def test_the_workers_serve_every_queue_and_no_other():
    commands = [SERVICES[name]["command"] for name in ("worker", "ai-worker")]
    served = {queue for command in commands for queue in command[command.index("-Q") + 1].split(",")}
    assert served == {queue.name for queue in app.conf.task_queues}


def test_only_the_web_server_is_published_and_on_the_loopback_interface():
    assert [name for name in SERVICES if "ports" in SERVICES[name]] == ["web"]
    assert SERVICES["web"]["ports"][0]["host_ip"] == "${PUBLISH_ADDRESS:-127.0.0.1}"


@pytest.mark.parametrize("name", ["postgres", "redis"])
def test_the_stores_keep_their_data_and_see_only_the_internal_network(name):
    assert SERVICES[name]["networks"] == ["private"]
    assert COMPOSE["networks"]["private"]["internal"] is True
    assert SERVICES[name]["volumes"][0].split(":")[0] in COMPOSE["volumes"]


@pytest.mark.parametrize("name", ["web", "worker", "ai-worker", "beat"])
def test_the_processes_wait_for_a_prepared_database(name):
    assert SERVICES[name]["depends_on"]["bootstrap"]["condition"] == "service_completed_successfully"


def test_the_image_runs_without_rights_and_without_a_shell_between():
    assert re.findall(r"^USER (.*)", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
    assert re.search(r'^CMD \["python"', DOCKERFILE, re.MULTILINE)
    assert DOCKERFILE.index("USER 10001") > DOCKERFILE.index("collectstatic")


def test_the_image_gets_every_app_and_nothing_private():
    ignored = (ROOT / ".dockerignore").read_text().split("\n")
    assert ignored[1] == "*"
    packages = {file.parent.name for file in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert {f"!{name}" for name in packages | {"manage.py", "locale", "static", "templates"}} <= set(ignored)
    assert not any(".env" in line for line in ignored)


class Health(BaseHTTPRequestHandler):
    def do_GET(self):
        served = self.path == "/health" and self.headers["Host"] == "chat.example.com"
        self.send_response(200 if served else 400)
        self.end_headers()

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def port():
    with HTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def healthcheck(role, **environment):
    command = [sys.executable, ROOT / "deploy" / "healthcheck.py", role]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)


def test_a_serving_web_server_is_healthy_under_its_own_name(port):
    done = healthcheck("web", PORT=str(port), ALLOWED_HOSTS=".wild.example.com, chat.example.com")
    assert (done.returncode, done.stdout) == (0, "serving\n")


def test_a_web_server_that_refuses_is_unhealthy(port):
    done = healthcheck("web", PORT=str(port), ALLOWED_HOSTS="other.example.com")
    assert (done.returncode, done.stdout) == (1, "Unhealthy: /health answered 400\n")


def test_a_web_server_that_is_gone_is_unhealthy():
    done = healthcheck("web", PORT="1")
    assert done.returncode == 1
    assert "ConnectionRefusedError" in done.stdout


def test_without_redis_worker_and_beat_are_unhealthy():
    for role in ("worker", "beat"):
        assert healthcheck(role, REDIS_URL="redis://127.0.0.1:1/0").returncode == 1
