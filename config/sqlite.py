"""SQLite compares letters without regard to case as PostgreSQL does, not only the Latin ones."""

import re
from functools import lru_cache
from typing import Any

from django.db.backends.signals import connection_created


@lru_cache(maxsize=256)
def _pattern(like: str, escape: str) -> re.Pattern[str]:
    """The regular expression for a LIKE pattern."""
    parts, letters = [], iter(like)
    for letter in letters:
        if letter == escape:
            parts.append(re.escape(next(letters, "")))
        else:
            parts.append({"%": ".*", "_": "."}.get(letter, re.escape(letter)))
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


def like(pattern: Any, value: Any, escape: str = "") -> bool | None:
    """SQL's LIKE; NULL stays NULL."""
    if pattern is None or value is None:
        return None
    return _pattern(str(pattern), escape).fullmatch(str(value)) is not None


def teach_like(connection: Any, **_: Any) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_function("like", 2, like, deterministic=True)
        connection.connection.create_function("like", 3, like, deterministic=True)


connection_created.connect(teach_like, dispatch_uid="sqlite-like")
