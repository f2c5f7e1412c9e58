"""Figures for Prometheus: what this process did, and what the rows of all processes say."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from chat.choices import Channel, TurnState
from chat.models import Turn
from chat.services import Question, start_turn
from chat.services.conversations import new_conversation
from config import heartbeat
from integrations.choices import CallOutcome, ProviderKind
from integrations.models import AIProvider, UsageRecord

pytestmark = pytest.mark.django_db


@pytest.fixture
def scrape(client):
    """Reads a sample by name and labels; None when there is none."""

    def read(name, **labels):
        text = client.get("/metrics").content.decode()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return sample.value
        return None

    return read


def call(**fields):
    defaults = {"provider_key": "p", "model_key": "m", "outcome": CallOutcome.OK}
    return UsageRecord.objects.create(**{**defaults, **fields})


def test_turns_are_counted_by_state_and_the_longest_wait_is_told(scrape, alice):
    assert scrape("switchboard_oldest_waiting_turn_seconds") == 0
    turn = start_turn(new_conversation(actor=alice, channel=Channel.PAGE), Question("?"), actor=alice)
    Turn.objects.filter(pk=turn.pk).update(created_at=timezone.now() - timedelta(seconds=90))
    assert scrape("switchboard_turns", state=TurnState.PENDING) == 1
    assert scrape("switchboard_turns", state=TurnState.FAILED) == 0
    assert 90 <= scrape("switchboard_oldest_waiting_turn_seconds") < 100


def test_usage_is_summed_by_model(scrape):
    call(input_tokens=10, output_tokens=5, cost=Decimal("0.5"))
    call(input_tokens=1, output_tokens=2, cost=Decimal("0.25"), outcome=CallOutcome.FAILED)
    assert scrape("switchboard_model_tokens_total", model="m", direction="input") == 11
    assert scrape("switchboard_model_tokens_total", model="m", direction="output") == 7
    assert scrape("switchboard_model_cost_usd_total", model="m") == 0.75
    assert scrape("switchboard_model_calls_total", model="m", outcome="failed") == 1


def test_first_token_times_are_those_of_the_last_minutes(scrape):
    assert scrape("switchboard_first_token_seconds", quantile="0.5") is None
    for ms in (100, 200, 300, 4000):
        call(first_token_ms=ms)
    call(first_token_ms=None)
    old = call(first_token_ms=90_000)
    UsageRecord.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(minutes=6))
    assert scrape("switchboard_first_token_seconds", quantile="0.5") == 0.2
    assert scrape("switchboard_first_token_seconds", quantile="0.99") == 4.0


def test_providers_and_signs_of_life(scrape):
    for key, healthy in (("up", True), ("down", False), ("new", None)):
        AIProvider.objects.create(key=key, name=key, kind=ProviderKind.OPENAI, healthy=healthy)
    heartbeat.touch(["ai"])
    assert scrape("switchboard_provider_up", provider="up") == 1
    assert scrape("switchboard_provider_up", provider="down") == 0
    assert scrape("switchboard_provider_up", provider="new") is None
    assert scrape("switchboard_heartbeat_age_seconds", part="ai") < 5
    assert scrape("switchboard_heartbeat_age_seconds", part="beat") is None


def test_requests_are_counted_by_route_and_never_by_path(client, scrape):
    labels = {"method": "GET", "route": "(none)", "status": "404"}
    before = scrape("switchboard_http_requests_total", **labels) or 0
    client.get(f"/{uuid.uuid4()}")
    client.get(f"/{uuid.uuid4()}")
    assert scrape("switchboard_http_requests_total", **labels) == before + 2
    client.get("/health")
    assert scrape("switchboard_http_requests_total", method="GET", route="/health", status="200") >= 1
    assert scrape("switchboard_http_request_seconds_bucket", method="GET", route="/health", le="+Inf") >= 1


def test_methods_that_nobody_knows_share_one_name(client, scrape):
    client.generic("BREW", "/health")
    assert scrape("switchboard_http_requests_total", method="OTHER", route="/health", status="200") >= 1


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "origin"])
def test_without_a_token_only_a_direct_caller_on_this_machine_reads_them(client, header):
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 403
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 403


def test_with_a_token_its_bearer_reads_them_from_anywhere_and_nobody_else(client, settings):
    settings.METRICS_TOKEN = "let-me-see"

    def status(authorization):
        return client.get("/metrics", REMOTE_ADDR="203.0.113.9", headers={"authorization": authorization}).status_code

    assert status("Bearer let-me-see") == 200
    assert [status(wrong) for wrong in ("", "let-me-see", "Bearer let-me", "Basic let-me-see", "Bearer ключ")] == [
        401
    ] * 5
    assert client.get("/metrics").status_code == 401
