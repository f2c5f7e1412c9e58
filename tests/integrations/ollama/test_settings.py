"""The memory budget is a number that makes sense, or the start says so."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.settings.env import number
from integrations.checks import the_memory_of_model_servers_is_plausible


@pytest.mark.parametrize("text, value", [("", 8.0), ("24", 24.0), ("0", 0.0), (" 7.5 ", 7.5)])
def test_a_number_is_read(monkeypatch, text, value):
    monkeypatch.setenv("OLLAMA_MAX_VRAM_GB", text)
    assert number("OLLAMA_MAX_VRAM_GB", 8.0) == value


@pytest.mark.parametrize("text", ["much", "-1", "nan", "inf", "1e9", "8GB"])
def test_nonsense_stops_the_start_with_the_name_of_the_variable(monkeypatch, text):
    monkeypatch.setenv("OLLAMA_MAX_VRAM_GB", text)
    with pytest.raises(ImproperlyConfigured, match="OLLAMA_MAX_VRAM_GB"):
        number("OLLAMA_MAX_VRAM_GB", 8.0)


@pytest.mark.parametrize("gigabytes, told", [(0, 0), (8, 0), (0.01, 1), (8192, 1)])
def test_a_budget_that_nobody_can_mean_is_a_warning(settings, gigabytes, told):
    settings.OLLAMA_MAX_VRAM_GB = gigabytes
    assert [found.id for found in the_memory_of_model_servers_is_plausible()] == ["integrations.W002"] * told
