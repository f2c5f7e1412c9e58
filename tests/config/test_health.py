"""Liveness, readiness, metrics, documentation."""

import json
import time

import pytest
from django.core.cache import cache

from config import heartbeat

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def everything_beats():
    for name in (*heartbeat.QUEUES, heartbeat.BEAT):
        cache.set(f"heartbeat:{name}", {"at": time.time(), "by": "test"})


@pytest.mark.parametrize("path", ["/health", "/health/"])
def test_liveness(client, path, django_assert_num_queries):
    with django_assert_num_queries(0):
        body = client.get(path).json()
    assert (body["status"], body["service"]) == ("ok", "switchboard")
    assert body["timestamp"].endswith("Z")


async def test_readiness_when_all_is_well(async_client, everything_beats):
    answer = await async_client.get("/health/ready")
    body = answer.json()
    assert (answer.status_code, body["failing"]) == (200, []), body
    parts = "database broker workers beat layer event_log providers secrets outbox telegram"
    assert set(body["parts"]) == set(parts.split())


async def test_readiness_names_what_fails(async_client, everything_beats):
    await cache.adelete("heartbeat:ai")
    answer = await async_client.get("/health/ready")
    assert (answer.status_code, answer.json()["failing"]) == (503, ["workers"])
    assert answer.json()["parts"]["workers"]["detail"] == "no worker for ai"


async def test_a_part_that_breaks_is_named_without_its_secrets(async_client, everything_beats, monkeypatch):
    async def broken():
        raise ConnectionError("redis://:hunter2@10.0.0.1/0")

    monkeypatch.setitem(__import__("config.health").health.PARTS, "event_log", broken)
    answer = await async_client.get("/health/ready")
    assert answer.status_code == 503
    assert "hunter2" not in json.dumps(answer.json())
