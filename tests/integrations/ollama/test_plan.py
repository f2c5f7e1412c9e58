"""Which models make room: idle before busy, long unused before lately used, never others' and never in vain."""

from datetime import UTC, datetime, timedelta

import pytest

from integrations.ollama.names import full_name, root_of, runs_in_the_cloud
from integrations.ollama.plan import Held, to_unload

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def held(name, size, used=0, *, ours=True, busy=False):
    """`used` hours ago; None: never."""
    return Held(name, size, None if used is None else NOW - timedelta(hours=used), ours, busy)


@pytest.mark.parametrize(
    "models, needed, gone",
    [
        ([], 5, []),
        ([held("a", 3)], 5, []),
        ([held("a", 5)], 5, ["a"]),
        ([held("new", 4, 1), held("old", 4, 2)], 4, ["old"]),
        ([held("used", 4, 9), held("never", 4, None)], 4, ["never"]),
        ([held("busy", 4, 9, busy=True), held("idle", 4, 1)], 4, ["idle"]),
        ([held("busy", 4, busy=True), held("idle", 4)], 8, ["idle", "busy"]),
        ([held("theirs", 4, ours=False), held("ours", 4)], 4, ["ours"]),
        ([held("small", 1, 9), held("large", 6, 1)], 5, ["large"]),
        ([held("busy", 4, busy=True), held("idle", 2)], 20, ["idle"]),
        ([held("theirs", 8, ours=False)], 5, []),
        ([held("unknown", 0)], 9, []),
    ],
)
def test_what_has_to_go_of_eight(models, needed, gone):
    assert [model.name for model in to_unload(models, needed=needed, budget=8)] == gone


@pytest.mark.parametrize(
    "name, cloud",
    [
        ("qwen3-coder:480b-cloud", True),
        ("gpt-oss:cloud", True),
        ("kimi-cloud", True),
        ("kimi-cloud:latest", True),
        ("nebula-clouds:7b", False),
        ("cloud:7b", False),
        ("mistral", False),
    ],
)
def test_what_runs_in_the_cloud(name, cloud):
    assert runs_in_the_cloud(name) is cloud


def test_names_and_addresses_of_the_server_s_own_kind():
    assert full_name("mistral") == "mistral:latest"
    assert full_name("hf.co:443/org/model") == "hf.co:443/org/model:latest"
    assert full_name("mistral:7b") == "mistral:7b"
    assert root_of("http://127.0.0.1:11434/v1") == root_of("http://127.0.0.1:11434") == "http://127.0.0.1:11434"
    assert root_of("https://gpu.lan/ollama/v1/") == "https://gpu.lan/ollama"
