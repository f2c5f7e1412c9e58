"""Preparing an installation: everything the first time, nothing the second, once however many do it."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from accounts.models import User
from config.bootstrap import _static_fingerprint
from integrations.models import AIProvider
from knowledge.models import Document

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def small_site(settings, tmp_path):
    """A site with one static file; returns the file."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "page.js").write_text("one")
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATICFILES_DIRS = [source]
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.DATA_DIR = tmp_path
    settings.FIRST_SUPERUSER = settings.FIRST_SUPERUSER_PASSWORD = ""
    return source / "page.js"


def log_in(client, name, password):
    """The status of a log-in to the back office: 302 when it worked."""
    return client.post("/admin/login/", {"username": name, "password": password}).status_code


def bootstrap():
    out = StringIO()
    call_command("bootstrap", stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_first_run_makes_an_administrator_who_can_log_in(client, small_site):
    said = bootstrap()
    password = re.search(r"shown once: (\S+)", said)[1]
    assert "/admin/ as: admin" in said
    assert log_in(client, "admin", password) == 302
    assert User.objects.get().is_superuser
    assert Document.objects.filter(published=True).exists()
    assert AIProvider.objects.filter(key="local-answers", enabled=True).exists()


@pytest.mark.django_db
def test_the_second_run_has_nothing_to_do_and_says_nothing(small_site):
    bootstrap()
    before = list(User.objects.values_list("pk", "password"))
    assert bootstrap() == ""
    assert list(User.objects.values_list("pk", "password")) == before


@pytest.mark.django_db
def test_static_files_are_collected_again_when_they_changed(small_site, settings):
    bootstrap()
    assert (settings.STATIC_ROOT / "page.js").read_text() == "one"
    small_site.write_text("and two")
    later = small_site.stat().st_mtime + 60
    os.utime(small_site, (later, later))
    assert "Collecting static files" in bootstrap()
    assert (settings.STATIC_ROOT / "page.js").read_text() == "and two"


@pytest.mark.django_db
def test_a_static_folder_that_cannot_be_written_is_left_as_it_is(small_site, settings, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: path != settings.STATIC_ROOT)
    assert "static" not in bootstrap()


@pytest.mark.django_db
def test_a_named_administrator_has_the_password_of_the_settings_and_it_is_not_printed(client, small_site, settings):
    settings.FIRST_SUPERUSER, settings.FIRST_SUPERUSER_PASSWORD = "chief", "tidal-Marmot-42"
    assert "tidal-Marmot-42" not in bootstrap()
    assert log_in(client, "chief", "tidal-Marmot-42") == 302


@contextmanager
def empty_database(folder):
    """A URL of a database of the kind that this run uses, with nothing in it."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{folder / 'empty.sqlite3'}"
        return
    values = connection.settings_dict
    server = {"host": values["HOST"], "port": values["PORT"] or 5432, "user": values["USER"]}
    server |= {"password": values["PASSWORD"]} if values["PASSWORD"] else {}
    name = f"bootstrap_{os.getpid()}"
    with psycopg.connect(dbname="postgres", autocommit=True, **server) as link:
        link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        who = f"{values['USER']}:{values['PASSWORD']}" if values["PASSWORD"] else values["USER"]
        yield f"postgres://{who}@{server['host']}:{server['port']}/{name}"
    finally:
        with psycopg.connect(dbname="postgres", autocommit=True, **server) as link:
            link.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.mark.e2e
def test_two_processes_at_once_do_it_once(tmp_path):
    # Collecting is slow and has been seen above: it looks done.
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / ".fingerprint").write_text(_static_fingerprint())
    with empty_database(tmp_path) as url:
        environment = os.environ | {"DATABASE_URL": url, "DATA_DIR": str(tmp_path), "ENV_FILE": os.devnull}
        environment |= {"FIRST_SUPERUSER": "", "FIRST_SUPERUSER_PASSWORD": "", "STATIC_ROOT": str(tmp_path / "static")}
        command = [sys.executable, "manage.py", "bootstrap"]
        pair = [
            subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            for _ in range(2)
        ]
        said = [process.communicate(timeout=180) for process in pair]
    assert [process.returncode for process in pair] == [0, 0], said
    assert sum("shown once" in out for out, _ in said) == 1
    assert sum("Preparing the database" in out for out, _ in said) == 1
