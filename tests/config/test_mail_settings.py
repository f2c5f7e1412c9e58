"""How the mail server is named."""

import runpy

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.settings.env import BASE_DIR

NAMES = ["URL", "HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL", "TIMEOUT"]


@pytest.fixture
def read(monkeypatch):
    """The settings that these variables give."""
    for name in [*(f"EMAIL_{name}" for name in NAMES), "DEFAULT_FROM_EMAIL"]:
        monkeypatch.delenv(name, raising=False)

    def run(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(BASE_DIR / "config" / "settings" / "mail.py"))

    return run


@pytest.mark.parametrize(
    ("scheme", "use_ssl", "use_tls"),
    [("smtp", False, False), ("smtp+tls", False, True), ("smtps", True, False), ("smtp+ssl", True, False)],
)
def test_an_address(read, scheme, use_ssl, use_tls):
    found = read(EMAIL_URL=f"{scheme}://robot%40example.com:p%2Fss%3Aword@mail.example.com:2525")
    assert found["MAILERS"]["default"]["OPTIONS"] == {
        "host": "mail.example.com",
        "port": 2525,
        "username": "robot@example.com",
        "password": "p/ss:word",
        "use_ssl": use_ssl,
        "use_tls": use_tls,
        "timeout": 30,
    }
    assert found["DEFAULT_FROM_EMAIL"] == "robot@example.com"


def test_parts(read):
    found = read(EMAIL_HOST="mail.example.com", EMAIL_USE_TLS="yes", DEFAULT_FROM_EMAIL="Desk <desk@example.com>")
    options = found["MAILERS"]["default"]["OPTIONS"]
    assert (options["host"], options["port"], options["use_tls"]) == ("mail.example.com", None, True)
    assert found["DEFAULT_FROM_EMAIL"] == "Desk <desk@example.com>"


def test_no_server_is_no_error(read):
    assert read()["MAILERS"] == {}


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"EMAIL_URL": "http://mail.example.com"}, "EMAIL_URL"),
        ({"EMAIL_URL": "smtp://user:pa/ss@mail.example.com:25"}, "EMAIL_URL"),
        ({"EMAIL_URL": "smtp://mail.example.com:many"}, "EMAIL_URL"),
        ({"EMAIL_URL": "smtp://mail.example.com?tls=1"}, "EMAIL_URL"),
        ({"EMAIL_URL": "smtp://mail.example.com"}, "DEFAULT_FROM_EMAIL"),
        ({"EMAIL_HOST": "mail.example.com", "EMAIL_PORT": "x"}, "EMAIL_PORT"),
        ({"EMAIL_HOST": "m", "EMAIL_USE_TLS": "1", "EMAIL_USE_SSL": "1"}, "EMAIL_USE_SSL"),
    ],
)
def test_nonsense_stops_the_start_by_name_and_shows_no_password(read, variables, named):
    with pytest.raises(ImproperlyConfigured, match=named) as refused:
        read(**variables)
    assert "pa/ss" not in str(refused.value)
