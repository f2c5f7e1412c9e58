"""System checks of the product: a wrong setting is told at the start, by name.

What would already break the reading of the settings (a number that is none, an unknown log level, time
zone or database) is refused there, in config.settings.
"""

import sqlite3
import ssl
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

SHORTEST_KEY = 32
# Outermost, in this order: whatever answers below them carries their headers.
OUTERMOST = ["config.middleware.TraceMiddleware", "config.middleware.CorsMiddleware"]


@register()
def sqlite_can_search(**_: Any) -> list[CheckMessage]:
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3") and not _has_full_text():
        return [Error("This Python's SQLite was built without FTS5.", id="config.E001")]
    return []


def _has_full_text() -> bool:
    link = sqlite3.connect(":memory:")
    try:
        link.execute("CREATE VIRTUAL TABLE probe USING fts5(text)")
    except sqlite3.OperationalError:
        return False
    finally:
        link.close()
    return True


@register()
def redis_url_is_usable(**_: Any) -> list[CheckMessage]:
    if settings.REDIS_URL and not settings.REDIS_URL.startswith(("redis://", "rediss://")):
        return [Error("REDIS_URL must begin with redis:// or rediss://.", id="config.E002")]
    return []


@register()
def unacknowledged_tasks_come_back_late_enough(**_: Any) -> list[CheckMessage]:
    timeout = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("visibility_timeout")
    if timeout is not None and timeout <= max(settings.CELERY_TASK_TIME_LIMIT, settings.TURN_MAX_SECONDS):
        text = "The broker's visibility timeout must be above the longest task (TURN_MAX_SECONDS)."
        return [Error(text, id="config.E003")]
    return []


@register()
def credentials_go_to_named_origins_only(**_: Any) -> list[CheckMessage]:
    wrong = [origin for origin in settings.CORS_CREDENTIALS_ORIGINS if "*" in origin or "://" not in origin]
    if wrong:
        return [Error(f"CORS_ALLOWED_ORIGINS holds {wrong[0]!r}: give whole origins, no wildcard.", id="config.E004")]
    return []


@register()
def every_response_is_traced_and_readable(**_: Any) -> list[CheckMessage]:
    if settings.MIDDLEWARE[: len(OUTERMOST)] != OUTERMOST:
        return [Error(f"MIDDLEWARE must begin with {' and '.join(OUTERMOST)}.", id="config.E005")]
    return []


@register()
def certificates_can_be_read(**_: Any) -> list[CheckMessage]:
    path = settings.GIGACHAT_CA_BUNDLE_FILE
    if not path:
        return []
    try:
        ssl.create_default_context(cafile=path)
    except OSError:
        return [Error(f"GIGACHAT_CA_BUNDLE_FILE: {path} holds no certificates that can be read.", id="config.E010")]
    return []


@register(Tags.security, deploy=True)
def keys_are_long_enough(**_: Any) -> list[CheckMessage]:
    sealing = (settings.SECRET_BOX_KEYS or [settings.SECRET_BOX_KEY])[0]
    if len(sealing.rpartition(":")[2]) < SHORTEST_KEY:
        text = f"The key that seals secrets (SECRET_BOX_KEY) should have at least {SHORTEST_KEY} characters."
        return [Warning(text, id="config.W001")]
    return []


@register(Tags.security, deploy=True)
def public_servers_name_their_hosts(**_: Any) -> list[CheckMessage]:
    if not settings.LOOPBACK_ONLY and "*" in settings.ALLOWED_HOSTS:
        return [Warning("Set ALLOWED_HOSTS: the server is reachable from other machines.", id="config.W002")]
    return []


@register(Tags.security, deploy=True)
def the_redirect_to_https_can_end(**_: Any) -> list[CheckMessage]:
    """The server itself speaks plain HTTP: only a trusted proxy can say that the visitor came over HTTPS."""
    if settings.SECURE_SSL_REDIRECT and not settings.TRUSTED_PROXY_COUNT:
        text = "HTTPS is on and TRUSTED_PROXY_COUNT is 0: every page would be redirected to itself for ever."
        return [Warning(text, id="config.W003")]
    return []
