"""What Ollama says of its models. Lists of another shape are errors; a member that makes no sense is left out."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from integrations.ollama.names import LONGEST, full_name

MOST_MODELS = 1000
# More than any machine has; what is larger is no size.
MOST_BYTES = 2**50


@dataclass(frozen=True, slots=True)
class Installed:
    """A model that can be asked for; `size` is that of its files in bytes, 0 where it is unknown."""

    name: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class InMemory:
    """A model that is loaded: how much memory it takes in bytes (0: not said), and until when it stays."""

    name: str
    size: int = 0
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at a server."""

    installed: tuple[Installed, ...]
    in_memory: tuple[InMemory, ...]


def read_version(answer: Any) -> str:
    """Raises ValueError for an answer that is not Ollama's."""
    version = answer.get("version") if isinstance(answer, dict) else None
    if not isinstance(version, str) or not version:
        raise ValueError("no version")
    return version.replace("\x00", "")[:50]


def read_installed(answer: Any) -> tuple[Installed, ...]:
    return tuple(Installed(name, _bytes(row.get("size"))) for name, row in _rows(answer))


def read_in_memory(answer: Any) -> tuple[InMemory, ...]:
    """Without a graphics card `size_vram` is 0 and the whole `size` is in the machine's own memory."""
    return tuple(
        InMemory(name, _bytes(row.get("size_vram")) or _bytes(row.get("size")), _moment(row.get("expires_at")))
        for name, row in _rows(answer)
    )


def _rows(answer: Any) -> list[tuple[str, dict[str, Any]]]:
    """By name, each once; raises ValueError where there is no list."""
    rows = answer.get("models") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise ValueError("no list of models")
    found: dict[str, dict[str, Any]] = {}
    for row in rows[:MOST_MODELS]:
        if name := _name(row):
            found.setdefault(full_name(name), row)
    return list(found.items())


def _name(row: Any) -> str:
    """Empty for what no database could keep and no person could read."""
    if not isinstance(row, dict):
        return ""
    name = row.get("name") or row.get("model")
    readable = isinstance(name, str) and 0 < len(full_name(name)) <= LONGEST and name.isprintable()
    return str(name) if readable else ""


def _bytes(value: Any) -> int:
    return value if type(value) is int and 0 < value <= MOST_BYTES else 0


def _moment(value: Any) -> datetime | None:
    """Go writes nanoseconds, and the year 2318 for a model that stays for ever."""
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
