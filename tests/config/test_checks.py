"""A wrong setting is told at the start, by name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from config import checks
from config.settings.env import boolean, choice, integer, secret_file, time_zone, words

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parent.parent.parent


def ids(*, deploy=False):
    return {
        message.id
        for message in run_checks(include_deployment_checks=deploy)
        if (message.id or "").startswith("config.")
    }


def test_the_product_as_it_is_has_no_complaints():
    assert not {name for name in ids() if name.startswith("config.E")}


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("REDIS_URL", "http://redis/0", "config.E002"),
        ("CELERY_BROKER_TRANSPORT_OPTIONS", {"visibility_timeout": 60}, "config.E003"),
        ("CORS_CREDENTIALS_ORIGINS", ["*"], "config.E004"),
        ("CORS_CREDENTIALS_ORIGINS", ["example.org"], "config.E004"),
        ("MIDDLEWARE", ["django.middleware.security.SecurityMiddleware"], "config.E005"),
        ("GIGACHAT_CA_BUNDLE_FILE", "/no/such/file.pem", "config.E010"),
    ],
)
def test_errors(settings, setting, value, expected):
    setattr(settings, setting, value)
    assert expected in ids()


def test_an_sqlite_without_full_text_search_is_refused(settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    monkeypatch.setattr(checks, "_has_full_text", lambda: False)
    assert [message.id for message in checks.sqlite_can_search()] == ["config.E001"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"SECRET_BOX_KEY": "short"}, "config.W001"),
        ({"LOOPBACK_ONLY": False, "ALLOWED_HOSTS": ["*"]}, "config.W002"),
        ({"SECURE_SSL_REDIRECT": True, "TRUSTED_PROXY_COUNT": 0}, "config.W003"),
    ],
)
def test_warnings_of_a_deployment(settings, values, expected):
    for name, value in values.items():
        setattr(settings, name, value)
    assert expected not in ids()
    assert expected in ids(deploy=True)


def test_numbers_words_and_choices_are_read_strictly(monkeypatch):
    monkeypatch.setenv("X", " ")
    assert (boolean("X", True), words("X"), choice("X", "text", ["text", "json"])) == (True, [], "text")
    monkeypatch.setenv("X", "JSON")
    assert choice("X", "text", ["text", "json"]) == "json"
    monkeypatch.setenv("X", "Europe/Berlin")
    assert time_zone("X", "UTC") == "Europe/Berlin"
    monkeypatch.setenv("X", "a, b,,c ")
    assert words("X") == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: integer("X", 1), "many"),
        (lambda: integer("X", 1, minimum=1), "0"),
        (lambda: boolean("X", True), "perhaps"),
        (lambda: choice("X", "text", ["text", "json"]), "xml"),
        (lambda: time_zone("X", "UTC"), "Mars/Olympus"),
        (lambda: time_zone("X", "UTC"), "../etc/passwd"),
    ],
)
def test_nonsense_is_refused_with_the_name_of_the_variable(monkeypatch, read, value):
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match="^X must"):
        read()


def test_a_generated_secret_is_kept_and_private(tmp_path):
    file = tmp_path / "keys" / "secret"
    first = secret_file(file)
    assert (len(first) > 60, secret_file(file), file.stat().st_mode & 0o777) == (True, first, 0o600)


def check(**environment):
    """`manage.py check --deploy` of a service installation whose other settings are right."""
    right = {
        "DATABASE_URL": "postgres://127.0.0.1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SECRET_KEY": "Zk3-" * 20 + "abcdefghij",
        "SECRET_BOX_KEY": "Zk3-" * 10,
        "HTTPS": "true",
        "TRUSTED_PROXY_COUNT": "1",
        "ALLOWED_HOSTS": "chat.example.org",
        "HOST": "0.0.0.0",  # noqa: S104 - the point of the test
        "ENV_FILE": os.devnull,
    }
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=os.environ | right | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_proper_deployment_has_no_warnings():
    answer = check()
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"DATABASE_URL": "mysql://user:hunter2@db/x"}, "DATABASE_URL must begin with"),
        ({"SECRET_BOX_KEY": ""}, "SECRET_BOX_KEY must be set"),
        ({"SECRET_BOX_KEY_FILE": "/nowhere/key"}, "SECRET_BOX_KEY_FILE names /nowhere/key, which holds no key"),
    ],
)
def test_a_wrong_setting_is_one_line_and_no_traceback(environment, said):
    answer = check(**environment)
    assert answer.returncode == 1
    assert answer.stderr.startswith("Wrong configuration: ")
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "hunter2" not in answer.stderr
