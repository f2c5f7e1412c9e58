"""pip's configuration in uv's words."""

import importlib
import sys

import pytest

from tests.delivery.conftest import ROOT


@pytest.fixture
def pip_settings(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "script" / "lib"))
    yield importlib.import_module("pip_settings")
    sys.modules.pop("pip_settings", None)


def test_the_environment_overrules_the_command_and_that_the_files(pip_settings):
    listing = ":env:.timeout='3'\nglobal.timeout='1'\ninstall.timeout='2'\nglobal.cert='/a'\nlist.cert='/b'\n"
    assert pip_settings.parse(listing) == {"timeout": "3", "cert": "/a"}


def test_the_main_index_is_asked_before_the_extra_ones(pip_settings):
    words = pip_settings.translate({"extra-index-url": "https://a/simple\nhttps://b/simple"}, {})
    assert words["UV_INDEX"] == "https://pypi.org/simple https://a/simple"
    assert words["UV_DEFAULT_INDEX"] == "https://b/simple"


def test_an_index_of_ones_own_replaces_the_public_one(pip_settings):
    words = pip_settings.translate({"index-url": "https://a/simple"}, {})
    assert words["UV_DEFAULT_INDEX"] == "https://a/simple"
    assert "UV_INDEX" not in words


def test_links_certificates_hosts_and_proxies_are_taken_over(pip_settings):
    settings = {"find-links": "/wheels https://c", "cert": "/ca.pem", "trusted-host": "a b", "proxy": "http://p"}
    words = pip_settings.translate(settings | {"no-index": "true"}, {})
    assert words["UV_FIND_LINKS"] == "/wheels,https://c"
    assert (words["SSL_CERT_FILE"], words["UV_INSECURE_HOST"], words["ALL_PROXY"]) == ("/ca.pem", "a b", "http://p")
    assert words["UV_NO_INDEX"] == "1"


def test_what_is_said_to_uv_itself_stands(pip_settings):
    words = pip_settings.translate({"index-url": "https://a/simple"}, {"UV_DEFAULT_INDEX": "https://mine"})
    assert "UV_DEFAULT_INDEX" not in words


def test_without_any_configuration_only_the_habit_of_pip_is_passed_on(pip_settings):
    assert pip_settings.translate({}, {}) == {"UV_INDEX_STRATEGY": "unsafe-best-match"}
