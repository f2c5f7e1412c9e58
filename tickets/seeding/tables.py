"""Rows as text, written the same way by PostgreSQL's COPY and by SQLite's INSERT."""

import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models
from django.utils import timezone

Value = str | None


def literal(value: Any) -> Value:
    """As both databases read it from a text."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, uuid.UUID):
        return value.hex
    if isinstance(value, dict | list):
        return json.dumps(value)
    return str(value)


class Table:
    """Rows of one model; columns that are not named have the field's default."""

    def __init__(self, model: type[models.Model], *varying: str) -> None:
        blank = model()
        fields = [
            field for field in model._meta.concrete_fields if field.column not in varying and not field.primary_key
        ]
        self.name = model._meta.db_table
        self.columns = [*varying, *(str(field.column) for field in fields)]
        self._rest = tuple(literal(_default(blank, field)) for field in fields)
        self._tail = f"\t{_line(self._rest)}" if self._rest else "\n"
        self._rows: list[tuple[Value, ...]] = []

    def add(self, *values: Value) -> None:
        """The varying columns in their order, as `literal` writes them."""
        self._rows.append(values)

    def write(self) -> int:
        """How many rows there were."""
        rows, self._rows = self._rows, []
        if connection.vendor == "sqlite":
            write_rows(self.name, self.columns, [(*row, *self._rest) for row in rows])
        else:
            _copy(self.name, self.columns, "".join([_line(row)[:-1] + self._tail for row in rows]))
        return len(rows)


def _default(blank: models.Model, field: Any) -> Any:
    is_moment = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return timezone.now() if is_moment else getattr(blank, field.attname)


def write_rows(table: str, columns: Sequence[str], rows: Sequence[tuple[Value, ...]]) -> None:
    if connection.vendor != "sqlite":
        _copy(table, columns, "".join(map(_line, rows)))
        return
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({_names(columns)}) VALUES ({marks})", rows)  # noqa: S608 - our own names


def _copy(table: str, columns: Sequence[str | None], text: str) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({_names(columns)}) FROM STDIN") as copy:
        copy.write(text)


def _names(columns: Sequence[str | None]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _line(row: Iterable[Value]) -> str:
    return "\t".join(["\\N" if value is None else value.replace("\\", "\\\\") for value in row]) + "\n"


def next_ids(model: type[models.Model], count: int) -> list[int]:
    """Numbers that nobody else gets."""
    table, column = model._meta.db_table, str(model._meta.pk.column)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"SELECT coalesce(max({column}), 0) FROM {table}")  # noqa: S608 - our own names
            first = cursor.fetchone()[0] + 1
            return list(range(first, first + count))
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [table, column, count]
        )
        return [row[0] for row in cursor.fetchall()]
