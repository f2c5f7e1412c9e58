"""A person's memories as JSON, which import_memory takes in again."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from chat.experience.reports import exported_experience
from chat.memory.holders import Holder
from chat.memory.models import Memory
from config.api import utc_z

FORMAT = "memories"
VERSION = 1


def exported(rows: Iterable[Memory]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": utc_z(timezone.now()),
        "memories": [memory_record(row) for row in rows],
    }


def export_of(holder: Holder) -> dict[str, Any]:
    """All that is remembered of a person, the oldest first; also what waits for a check and what was rejected."""
    rows = Memory.objects.of(holder).order_by("created_at", "pk").defer("vector", "terms")
    return {**exported(rows), "experience": exported_experience(holder)}


def memory_record(row: Memory) -> dict[str, Any]:
    """One memory, in the words of the files that other assistants keep."""
    return {
        "id": str(row.pk),
        "text": row.text,
        "memory_type": row.memory_type,
        "category": row.category,
        "timestamp": utc_z(row.created_at),
        "importance": row.importance,
        "confidence": row.confidence,
        "validation_status": row.validation,
        "source": row.source,
        "pinned": row.pinned,
        "tags": row.tags,
        "access_count": row.access_count,
        "last_accessed": utc_z(row.last_accessed) if row.last_accessed else None,
    }
