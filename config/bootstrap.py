"""Making a database ready for use: schema, first administrator, guide, providers, static files."""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.services.bootstrap import GeneratedLogin, ensure_first_superuser
from integrations.outbox.services import release_held
from integrations.services.environment import sync_from_environment

# Any constant will do, as long as every process of the product uses the same one.
MIGRATION_LOCK = 5_312_773


def bootstrap(say: Callable[[str], None]) -> GeneratedLogin | None:
    """Does what is still to be done and says so; returns the log-in whose password was generated.

    Safe to run again, and from several processes at once: the others wait and find it done.
    """
    with _one_at_a_time():
        if _has_migrations():
            say("Preparing the database…")
            call_command("migrate", interactive=False, verbosity=0)
        login = ensure_first_superuser()
        call_command("import_docs", verbosity=0)
        sync_from_environment()
        # What was missing may have been set up before this start.
        release_held()
        # In a container image they are collected at build time and cannot be written to.
        if os.access(settings.STATIC_ROOT, os.W_OK) and _static_files_changed():
            say("Collecting static files…")
            call_command("collectstatic", interactive=False, verbosity=0)
            _stamp().write_text(_static_fingerprint())
    return login


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
        return
    with (settings.DATA_DIR / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _has_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _stamp() -> Path:
    return Path(settings.STATIC_ROOT) / ".fingerprint"


def _static_files_changed() -> bool:
    stamp = _stamp()
    return not stamp.is_file() or stamp.read_text() != _static_fingerprint()


def _static_fingerprint() -> str:
    """Names, sizes and times of all static files; reading them would cost seconds on each start."""
    digest = hashlib.blake2b(digest_size=16)
    for finder in get_finders():
        for path, storage in finder.list([]):
            file = storage.path(path)
            digest.update(f"{path}|{storage.size(path)}|{storage.get_modified_time(path)}|{file}\n".encode())
    return digest.hexdigest()
