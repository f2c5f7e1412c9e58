"""Typed reading of the environment.

Every variable is read through `env`, so a value of the wrong type stops the start with the
variable's name instead of surfacing later as a strange behaviour.
"""

import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.Env()
env.prefix = ""
if (dotenv := Path(os.environ.get("ENV_FILE", BASE_DIR / ".env"))).is_file():
    environ.Env.read_env(dotenv)


def integer(name: str, default: int, *, minimum: int = 0, maximum: int = 2**31) -> int:
    """An integer from the environment; raises ImproperlyConfigured naming the variable."""
    raw = env.str(name, default=str(default)) or str(default)
    try:
        value = int(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {raw!r}") from error
    if not minimum <= value <= maximum:
        raise ImproperlyConfigured(f"{name} must be between {minimum} and {maximum}, not {value}")
    return value


def number(name: str, default: float, *, minimum: float = 0, maximum: float = 1e6) -> float:
    """A number from the environment; raises ImproperlyConfigured naming the variable."""
    raw = env.str(name, default="").strip() or str(default)
    try:
        value = float(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a number, not {raw!r}") from error
    # NaN lies nowhere.
    if not minimum <= value <= maximum:
        raise ImproperlyConfigured(f"{name} must be between {minimum:g} and {maximum:g}, not {raw}")
    return value


def integers_by_name(name: str, allowed: Sequence[str], *, minimum: int = 0) -> dict[str, int]:
    """A list such as `ADMIN=20,USER=5` from the environment; raises ImproperlyConfigured naming the variable."""
    result = {}
    for word in words(name):
        key, _, value = word.partition("=")
        if key.strip().upper() not in allowed or not value.strip().isdecimal() or int(value) < minimum:
            form = f"{allowed[0]}=<number from {minimum}>"
            raise ImproperlyConfigured(f"{name}: {word!r} is not of the form {form}; names: {', '.join(allowed)}")
        result[key.strip().upper()] = int(value)
    return result


def boolean(name: str, default: bool) -> bool:
    """A boolean from the environment: true/false, yes/no, on/off, 1/0; empty is the default."""
    raw = env.str(name, default="").strip().lower()
    if not raw:
        return default
    if raw in {"1", "true", "yes", "on", "y", "t"}:
        return True
    if raw in {"0", "false", "no", "off", "n", "f"}:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {raw!r}")


def choice(name: str, default: str, allowed: Sequence[str]) -> str:
    """One of the `allowed` words from the environment, whatever its case; empty is the default."""
    raw = env.str(name, default="").strip() or default
    for word in allowed:
        if raw.lower() == word.lower():
            return word
    raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {raw!r}")


def time_zone(name: str, default: str) -> str:
    """The name of a time zone that this machine knows."""
    raw = env.str(name, default="").strip() or default
    try:
        return ZoneInfo(raw).key
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ImproperlyConfigured(f"{name} must name a time zone such as Europe/Berlin, not {raw!r}") from error


def web_address(name: str) -> str:
    """An address such as https://desk.example.com, without a slash at its end; nothing when it is not set."""
    raw = env.str(name, default="").strip().rstrip("/")
    if raw and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", raw):
        raise ImproperlyConfigured(f"{name} must be an address such as https://desk.example.com, not {raw!r}")
    return str(raw)


def chat(name: str) -> str:
    """The number of a Telegram chat or the @name of a channel; nothing when it is not set."""
    raw = env.str(name, default="").strip()
    if raw and not re.fullmatch(r"-?\d{1,20}|@[A-Za-z]\w{3,31}", raw):
        raise ImproperlyConfigured(f"{name} must be the number of a chat or the @name of a channel, not {raw!r}")
    return str(raw)


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list from the environment, without empty members."""
    return [word.strip() for word in env.str(name, default=default).split(",") if word.strip()]


def secret_file(path: Path, *, length: int = 50) -> str:
    """The secret kept in `path`, made (mode 0600) on the first call.

    The file is created exclusively, so two processes that start together agree on one secret.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as handle:
        handle.write(secrets.token_urlsafe(length))
    return path.read_text().strip()
