"""Examples in deploy/ name commands and settings that exist."""

import re

import pytest

from tests.delivery.conftest import ROOT
from tests.delivery.test_containers import SERVICES

UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
NGINX = (ROOT / "deploy" / "nginx.conf").read_text()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_units_run_hardened_and_without_root(unit):
    text = unit.read_text()
    assert "User=switchboard" in text
    assert "NoNewPrivileges=yes" in text
    assert "ProtectSystem=strict" in text


@pytest.mark.parametrize("name", ["web", "worker", "ai-worker", "beat"])
def test_units_and_containers_start_the_same_processes(name):
    text = (ROOT / "deploy" / "systemd" / f"switchboard-{name}.service").read_text()
    started = re.search(r"^ExecStart=\S+/(.*)", text, re.MULTILINE)[1]
    for word in SERVICES[name]["command"]:
        assert word in started.replace("127.0.0.1", SERVICES["web"]["environment"]["HOST"])


def test_nginx_keeps_its_headers_in_every_location():
    """A header set inside a location would drop all those of the server for it."""
    locations = re.findall(r"location \S+ \{(.*?)\n    \}", NGINX, re.DOTALL)
    assert len(locations) == 3
    assert not any("proxy_set_header" in location for location in locations)


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-For   $remote_addr", "X-Forwarded-Proto", "Upgrade"])
def test_nginx_tells_the_product_who_asks(header):
    assert f"proxy_set_header {header}" in NGINX


def test_streams_are_not_held_back():
    assert "proxy_buffering off;" in NGINX
    assert "flush_interval -1" in (ROOT / "deploy" / "Caddyfile").read_text()
