"""What is remembered of a person, as figures and as lists for other wires."""

from typing import Any

from django.db.models import Count, Q

from chat.memory.choices import MemorySource, MemoryType, Validation
from chat.memory.models import Memory
from config.api import utc_z
from integrations.text import terms

# Sources that older clients read beside `total`.
FLAT_SOURCES = (MemorySource.CONVERSATION, MemorySource.WEB, MemorySource.CODE, MemorySource.SYSTEM)
KINDS = {
    "working_memory": MemoryType.WORKING,
    "short_term": MemoryType.SHORT_TERM,
    "long_term": MemoryType.LONG_TERM,
    "episodic": MemoryType.EPISODIC,
    "semantic": MemoryType.SEMANTIC,
}
LEAST, MOST = 1, 100


def memory_json(actor: Any, limit: int = 10, topic: str = "") -> dict[str, Any]:
    """`{"total", "recent", "stats"}`: the newest of the caller's memories, the oldest of them first.

    `limit` is clamped to 1..100; `topic` keeps what has all of its words. Two queries, three with a topic.
    """
    stats = memory_stats(actor)
    rows = about(Memory.objects.visible_to(actor).kept(), topic)
    newest = list(rows.order_by("-created_at", "-pk").defer("vector", "terms")[: max(LEAST, min(limit, MOST))])
    total = rows.count() if topic.strip() else stats["total"]
    return {"total": total, "recent": [_recent(row) for row in reversed(newest)], "stats": stats}


def about(rows: Any, topic: str) -> Any:
    """Those of `rows` that hold the topic, in these letters or in other forms of its words."""
    topic = topic.replace("\x00", "").strip()
    if not topic:
        return rows
    words = Q()
    for term in set(terms(topic)):
        words &= Q(terms__contains=f" {term} ")
    return rows.filter(Q(text__icontains=topic) | words if words else Q(text__icontains=topic))


def _recent(row: Memory) -> dict[str, Any]:
    return {
        "text": row.text,
        "timestamp": utc_z(row.created_at),
        "importance": row.importance,
        "category": row.category,
        "source": row.source,
    }


def memory_stats(actor: Any) -> dict[str, Any]:
    """Counts of the caller's memories by source and kind; one query. Rejected ones do not count."""
    grouped = Memory.objects.visible_to(actor).kept().order_by().values_list("source", "memory_type", "validation")
    rows = list(grouped.annotate(n=Count("pk")))
    total = sum(row[3] for row in rows)
    pending = sum(row[3] for row in rows if row[2] == Validation.PENDING)
    by_source = {str(source): sum(row[3] for row in rows if row[0] == source) for source in MemorySource}
    kinds = {name: sum(row[3] for row in rows if row[1] == kind) for name, kind in KINDS.items()}
    return {
        "total": total,
        **{str(source): by_source[source] for source in FLAT_SOURCES},
        "by_source": by_source,
        "memory_v2": {**kinds, "total": total, "pending_validation": pending},
        "pending_validation": pending,
    }
