"""Memories from files of other assistants and from our own exports.

Three shapes are known: a list of records `text, timestamp, importance, category, source` (with embeddings, which are
not taken: another model made them), a list of records that also say `memory_type, confidence, validation_status,
access_count, pinned, tags`, and an object with such a list under `memories` or `messages`.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from chat.memory import errors
from chat.memory.choices import MemoryCategory, MemorySource, MemoryType, Validation
from chat.memory.holders import Holder
from chat.memory.index import PersonIndex
from chat.memory.wake import wake_soon
from chat.memory.writing import QUARANTINED, Book, Draft, locked_account

LARGEST_FILE = 200 * 1024 * 1024
LISTS = ("memories", "messages", "entries")
# What a file is called says how long its memories live, where they do not say it themselves.
KINDS_BY_NAME = {"short_term": MemoryType.SHORT_TERM, "episodic": MemoryType.EPISODIC, "semantic": MemoryType.SEMANTIC}
NO_TEXT = "no_text"
NO_RECORD = "no_record"

Tell = Callable[[int, int], None]


class BadFile(Exception):
    """The file cannot be taken in; the message says why."""


@dataclass(slots=True)
class Report:
    """What became of the records; `refused` are file, number of the record from 1, and the reason's code."""

    taken: int = 0
    duplicates: int = 0
    refused: list[tuple[str, int, str]] = field(default_factory=list)

    @property
    def reasons(self) -> dict[str, int]:
        return dict(Counter(code for _, _, code in self.refused))


def read_records(path: Path) -> list[Any]:
    """The records of a file; raises BadFile."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadFile("the file is too large")
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadFile(error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise BadFile("the file is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise BadFile(f"the file is not JSON: line {error.lineno}, column {error.colno}: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise BadFile("the file is not JSON that can be read") from error
    if isinstance(data, dict):
        data = next((data[name] for name in LISTS if isinstance(data.get(name), list)), None)
    if not isinstance(data, list):
        raise BadFile("a list of memories is wanted")
    return data


def import_files(holder: Holder, paths: Iterable[Path], *, dry_run: bool = False, tell: Tell | None = None) -> Report:
    """All files or, when one of them cannot be read (BadFile), none; the same files once more change nothing."""
    files = [(path, _read(path)) for path in paths]
    total, done, report = sum(len(records) for _, records in files), 0, Report()
    with transaction.atomic():
        # An index of its own: that of the process must not learn what may be rolled back.
        book = Book(locked_account(holder), PersonIndex(), is_import=True)
        for path, records in files:
            for number, draft in enumerate(_drafts(path, records), 1):
                _keep(book, report, draft, (path.name, number))
                done += 1
                if tell is not None:
                    tell(done, total)
        book.close()
        if dry_run:
            transaction.set_rollback(True)
        elif report.taken:
            wake_soon()
    return report


def _read(path: Path) -> list[Any]:
    try:
        return read_records(path)
    except BadFile as error:
        raise BadFile(f"{path}: {error}") from error


def _keep(book: Book, report: Report, draft: Draft | str, place: tuple[str, int]) -> None:
    if isinstance(draft, str):
        report.refused.append((*place, draft))
        return
    kept = book.keep(draft)
    if kept.outcome == "refused":
        report.refused.append((*place, kept.code))
    elif kept.outcome == "added":
        report.taken += 1
    else:
        report.duplicates += 1


def _drafts(path: Path, records: list[Any]) -> Iterator[Draft | str]:
    kind = next((kind for part, kind in KINDS_BY_NAME.items() if part in path.stem), "")
    return (_draft(record, kind) for record in records)


def _draft(record: Any, kind: str) -> Draft | str:
    """What a record says, or the code of the reason why it cannot be taken."""
    if not isinstance(record, dict):
        return NO_RECORD
    text = record.get("text")
    if not isinstance(text, str) or not text.strip():
        return NO_TEXT
    validation = _one_of(Validation, record.get("validation_status"), Validation.VALIDATED)
    if validation == Validation.REJECTED:
        return errors.REJECTED
    confidence = _share(record.get("confidence"), 0.8)
    tags = record.get("tags")
    return Draft(
        text,
        category=_one_of(MemoryCategory, record.get("category"), MemoryCategory.GENERAL),
        memory_type=_one_of(MemoryType, record.get("memory_type"), kind or MemoryType.LONG_TERM),
        importance=_share(record.get("importance"), 0.5),
        confidence=min(confidence, QUARANTINED) if validation == Validation.PENDING else confidence,
        validation=validation,
        # Anything else is a path or an address on somebody's machine.
        source=_one_of(MemorySource, record.get("source"), MemorySource.IMPORT),
        pinned=record.get("pinned") is True,
        tags=tuple(tag[:50] for tag in tags if isinstance(tag, str))[:20] if isinstance(tags, list) else (),
        created_at=_moment(record.get("timestamp")),
        access_count=_count(record.get("access_count")),
        last_accessed=_moment(record.get("last_accessed")),
    )


def _one_of(choices: Any, value: Any, otherwise: str) -> str:
    return str(value) if isinstance(value, str) and value in choices.values else str(otherwise)


def _share(value: Any, otherwise: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # NaN is no number that compares.
    return min(1.0, max(0.0, float(value))) if is_number and value == value and abs(value) < 1e9 else otherwise


def _count(value: Any) -> int:
    return min(value, 10**6) if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _moment(value: Any) -> datetime | None:
    """A time as the files write it, local where no zone is named; None for what is none, and for the future."""
    if not isinstance(value, str):
        return None
    try:
        found = parse_datetime(value.strip())
        if found is None:
            return None
        aware = timezone.make_aware(found) if timezone.is_naive(found) else found
    except (ValueError, OverflowError):
        return None
    return aware if aware <= timezone.now() else None
