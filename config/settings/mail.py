"""The mail server. Without one, outgoing mails wait in the outbox, and health and the back office say so."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.settings.env import boolean, env, integer

# Scheme of EMAIL_URL: encryption from the first byte, encryption after STARTTLS.
_SCHEMES = {"smtp": (False, False), "smtp+tls": (False, True), "smtps": (True, False), "smtp+ssl": (True, False)}


def _from_url(url: str) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured("EMAIL_URL cannot be read: is the password percent-encoded?") from error
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise ImproperlyConfigured("EMAIL_URL must look like smtp+tls://user:password@host:587")
    if parts.query or parts.fragment or parts.path.strip("/"):
        unknown = ", ".join(parse_qs(parts.query)) or parts.path or "#"
        raise ImproperlyConfigured(f"EMAIL_URL takes nothing after the port, not {unknown}")
    use_ssl, use_tls = _SCHEMES[parts.scheme]
    return {
        "host": parts.hostname,
        "port": port,
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_ssl": use_ssl,
        "use_tls": use_tls,
    }


def _from_parts(host: str) -> dict[str, Any]:
    return {
        "host": host,
        "port": integer("EMAIL_PORT", 0, maximum=65535) or None,
        "username": env.str("EMAIL_HOST_USER", default=""),
        "password": env.str("EMAIL_HOST_PASSWORD", default=""),
        "use_ssl": boolean("EMAIL_USE_SSL", False),
        "use_tls": boolean("EMAIL_USE_TLS", False),
    }


def _options() -> dict[str, Any] | None:
    if url := env.str("EMAIL_URL", default=""):
        return _from_url(str(url))
    host = env.str("EMAIL_HOST", default="")
    return _from_parts(str(host)) if host else None


_server = _options()
if _server is not None and _server["use_ssl"] and _server["use_tls"]:
    raise ImproperlyConfigured("EMAIL_USE_SSL and EMAIL_USE_TLS exclude each other")

MAILERS: dict[str, dict[str, Any]] = {}
if _server is not None:
    _server["timeout"] = integer("EMAIL_TIMEOUT", 30, minimum=1, maximum=120)
    MAILERS["default"] = {"BACKEND": "integrations.mail.backend.OutboxBackend", "OPTIONS": _server}

DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="")
if not DEFAULT_FROM_EMAIL and _server is not None:
    if "@" not in _server["username"]:
        raise ImproperlyConfigured("DEFAULT_FROM_EMAIL must be set: it is the address that mails come from")
    DEFAULT_FROM_EMAIL = _server["username"]
DEFAULT_FROM_EMAIL = DEFAULT_FROM_EMAIL or "switchboard@localhost.localdomain"
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Of one attachment. Mail servers take 25 MB or so, in which it grows by a third.
MAIL_MAX_BYTES = integer("MAIL_MAX_BYTES", 18_000_000, minimum=1000)
