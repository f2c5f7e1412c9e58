"""The named world of the tests: alice owns, bob is a teammate, charlie is an outsider, dana administers."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management.commands import flush
from django.utils import translation
from rest_framework.test import APIClient

from accounts.choices import Role
from accounts.models import AnonymousSubscriber, User
from chat.memory import index as memories
from integrations import wake
from knowledge.dense import memory
from knowledge.indexing.fulltext import FTS_TABLE
from tests.canary import (  # noqa: F401 - fixtures and hooks of the whole run
    MARK,
    pytest_runtest_setup,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
    watched,
)
from tickets.search.index import TABLE as TICKETS_SEARCH

PASSWORD = f"tidal-Marmot-42-{MARK}"


def make_user(name: str, **fields: Any) -> User:
    """A user `name`, e-mail `name`@example.com, password PASSWORD."""
    user: User = User.objects.create_user(username=name, email=f"{name}@example.com", password=PASSWORD, **fields)
    return user


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, so that the short ones fill the end evenly: those with real processes, then the browser's."""
    slow = {item.path for item in items if item.get_closest_marker("e2e")}
    items.sort(key=lambda item: 0 if item.path in slow else 1 if item.get_closest_marker("browser") else 2)


# What the migrations put there; emptied, it would have to be made anew after every test.
KEPT_TABLES = frozenset({"django_content_type", "auth_permission", "django_migrations"})


@pytest.fixture(autouse=True, scope="session")
def quick_flush() -> Iterator[None]:
    """Empties the tables after a transactional test by DELETE: PostgreSQL's TRUNCATE makes new files for each."""
    tables: list[str] = []

    def deletions(style: object, connection: Any, **options: object) -> list[str]:
        if not tables:
            existing = connection.introspection.django_table_names(only_existing=True, include_views=False)
            tables.extend(sorted(set(existing) - KEPT_TABLES))
            if connection.vendor == "sqlite":
                tables.extend([FTS_TABLE, TICKETS_SEARCH])
        return [f"DELETE FROM {connection.ops.quote_name(table)};" for table in tables]  # noqa: S608 - names of tables

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "sql_flush", deletions)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_: None)
        yield


@pytest.fixture(autouse=True)
def isolated_state(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a cache of its own (rate counters too) and a quick password hasher.

    The prefix keeps tests apart that share one Redis database; log-in failures live in the
    database and go with its rollback.
    """
    default = settings.CACHES["default"] | {"KEY_PREFIX": f"test-{uuid.uuid4().hex}"}
    settings.CACHES = settings.CACHES | {"default": default}
    # What one test changes, the next one sees at once; ids of an index are used again after a rollback.
    settings.REMEMBER_SECONDS = 0
    monkeypatch.setattr(wake, "GATHER_SECONDS", 0)
    memory.indexes.clear()
    memories.indexes.clear()
    # The key file of the data folder would open what a test has sealed with a key of its own.
    settings.SECRET_BOX_FORMER_KEY = ""
    # A request of an earlier test may have left its language behind in this thread.
    translation.activate("en")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice")


@pytest.fixture
def bob(db: None) -> User:
    return make_user("bob")


@pytest.fixture
def charlie(db: None) -> User:
    return make_user("charlie")


@pytest.fixture
def dana(db: None) -> User:
    return make_user("dana", role=Role.ADMIN, is_staff=True, is_superuser=True)


@pytest.fixture
def visitor(db: None) -> AnonymousSubscriber:
    return AnonymousSubscriber.objects.create()


@pytest.fixture
def api() -> APIClient:
    return APIClient()
