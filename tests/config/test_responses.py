"""What every response carries."""

import re
import uuid

import pytest
from django.http import StreamingHttpResponse
from django.urls import path

from config.urls import handler404, handler500, urlpatterns  # noqa: F401 - read by Django from this URLconf

pytestmark = pytest.mark.django_db


def breaks(request):
    raise RuntimeError("password=hunter2")


async def streams(request):
    async def pieces():
        yield b"one "
        yield b"two"

    return StreamingHttpResponse(pieces())


urlpatterns = [
    path("api/breaks", breaks),
    path("breaks", breaks),
    path("streams", streams),
    *urlpatterns,
]
PATHS = ["/health", "/api/v1/", "/nowhere", "/api/v1/auth/me", "/static/nothing.css"]


@pytest.mark.parametrize("path", PATHS)
def test_every_response_has_a_trace_id_and_its_duration(client, path):
    answer = client.get(path)
    assert uuid.UUID(answer["X-TRACE-ID"]).version == 4
    assert re.fullmatch(r"\d+\.\d{4}", answer["X-PROCESS-TIME"])


def test_a_plausible_trace_id_is_taken_over_and_any_other_replaced(client):
    assert client.get("/health", headers={"x-trace-id": "abc-12345678"})["X-TRACE-ID"] == "abc-12345678"
    assert client.get("/health", headers={"x-trace-id": "a b\n{}"})["X-TRACE-ID"] != "a b\n{}"


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("path", "status"), [("/api/breaks", 500), ("/breaks", 500), ("/streams", 200)])
async def test_failures_and_streams_carry_the_headers_too(async_client, path, status):
    async_client.raise_request_exception = False
    answer = await async_client.get(path, headers={"origin": "https://n8n.example"})
    assert answer.status_code == status
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert uuid.UUID(answer["X-TRACE-ID"])
    assert "X-PROCESS-TIME" in answer
    if not answer.streaming:
        assert b"hunter2" not in answer.content


@pytest.mark.parametrize("path", PATHS)
def test_any_origin_may_read_without_credentials(client, path):
    answer = client.get(path, headers={"origin": "https://n8n.example"})
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.parametrize("path", ["/api/v1/chat/stream", "/api/v1/nowhere", "/health"])
def test_a_preflight_is_answered_on_any_path(client, path):
    answer = client.options(
        path,
        headers={
            "origin": "https://n8n.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization, content-type",
            "access-control-request-private-network": "true",
        },
    )
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Access-Control-Max-Age"] == "600"
    assert answer["Access-Control-Allow-Private-Network"] == "true"
    assert {"authorization", "content-type", "accept"} <= set(answer["Access-Control-Allow-Headers"].split(", "))
    assert {"GET", "POST", "PUT", "DELETE", "OPTIONS"} <= set(answer["Access-Control-Allow-Methods"].split(", "))


@pytest.mark.parametrize("path", ["/api/v1/chat/send", "/docs", "/nowhere"])
def test_options_is_answered_without_naming_a_method(client, path):
    answer = client.options(path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_a_caller_without_origin_is_told_too(client):
    assert client.get("/health")["Access-Control-Allow-Origin"] == "*"


def test_listed_origins_get_credentials_and_never_a_star(client, settings):
    settings.CORS_CREDENTIALS_ORIGINS = ["https://spa.example"]
    listed = client.get("/health", headers={"origin": "https://spa.example"})
    assert listed["Access-Control-Allow-Origin"] == "https://spa.example"
    assert listed["Access-Control-Allow-Credentials"] == "true"
    assert "origin" in listed["Vary"].lower()
    other = client.get("/health", headers={"origin": "https://spa.example.evil"})
    assert (other["Access-Control-Allow-Origin"], "Access-Control-Allow-Credentials" in other) == ("*", False)


def test_only_listed_origins_when_any_is_switched_off(client, settings):
    settings.CORS_ALLOW_ALL_ORIGINS = False
    settings.CORS_ALLOWED_ORIGINS = settings.CORS_CREDENTIALS_ORIGINS = ["https://spa.example"]
    assert "Access-Control-Allow-Origin" not in client.get("/health", headers={"origin": "https://x.example"})
    assert "Access-Control-Allow-Origin" not in client.get("/health")
    listed = client.get("/health", headers={"origin": "https://spa.example"})
    assert listed["Access-Control-Allow-Origin"] == "https://spa.example"
    assert listed["Access-Control-Allow-Credentials"] == "true"


def test_pages_forbid_foreign_scripts_and_frames(client):
    policy = client.get("/health")["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
