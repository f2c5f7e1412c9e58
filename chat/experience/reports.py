"""A person's experience as figures and lists, for the assistant's wire and for exports."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Sum

from chat.experience.choices import known_type, known_verdict
from chat.experience.models import Experience
from chat.experience.personality import character
from chat.experience.texts import insight_text
from chat.memory.holders import Holder
from chat.pipeline.choices import WIRE_TYPES, WIRE_VERDICTS
from config.api import utc_z
from integrations.remember import remembered

MOST_INSIGHTS = 10
# Looked through for lessons that differ.
LOOKED_AT = 100


def experience_json(actor: Any) -> dict[str, Any]:
    """`{"stats", "personality"}`: the caller's own figures and lessons, and what the server's assistant is like."""
    stats = experience_stats(actor)
    now = remembered(("personality",), character)
    return {
        "stats": stats if stats["total"] else {"total": 0},
        "personality": {
            "name": now.name,
            "version": str(now.version),
            "traits": {name: round(value, 3) for name, value in now.traits.items()},
            "strengths": [WIRE_TYPES[known_type(kind)] for kind in now.strengths],
            "weaknesses": [WIRE_TYPES[known_type(kind)] for kind in now.weaknesses],
            "insights": insights_of(Experience.objects.visible_to(actor)),
        },
    }


def experience_stats(actor: Any) -> dict[str, Any]:
    """`{"total", "avg_score", "by_type", "by_verdict"}` of the caller, in the wire's words; one query.

    `avg_score` is the mean of the scores that count, rounded to one decimal; 0 when there are none.
    """
    grouped = Experience.objects.visible_to(actor).order_by().values_list("task_type", "verdict")
    rows = list(grouped.annotate(n=Count("pk"), scored=Count("effective"), points=Sum("effective")))
    scored = sum(row[3] for row in rows)
    points = sum(row[4] or 0 for row in rows)
    by_type, by_verdict = dict[str, int](), dict[str, int]()
    for kind, verdict, count, *_ in rows:
        _add(by_type, WIRE_TYPES[known_type(kind)], count)
        _add(by_verdict, WIRE_VERDICTS[known_verdict(verdict)], count)
    return {
        "total": sum(row[2] for row in rows),
        "avg_score": round(points / scored, 1) if scored else 0,
        "by_type": by_type,
        "by_verdict": by_verdict,
    }


def _add(counts: dict[str, int], name: str, count: int) -> None:
    counts[name] = counts.get(name, 0) + count


def insights_of(rows: Any) -> list[str]:
    """The last ten lessons in words, each once, the newest last; one query."""
    latest = rows.exclude(lesson="").order_by("-created_at", "-pk").values_list("lesson", "task_type")[:LOOKED_AT]
    different = list(dict.fromkeys(latest))[:MOST_INSIGHTS]
    return [insight_text(lesson, kind) for lesson, kind in reversed(different)]


def exported_experience(holder: Holder) -> list[dict[str, Any]]:
    """All that is known of a person's answers, the oldest first, in the words of the files of other assistants."""
    rows: Iterable[Experience] = Experience.objects.of(holder).order_by("created_at", "pk")
    return [
        {
            "timestamp": utc_z(row.created_at),
            "task_type": row.task_type,
            "user_input": row.user_input,
            "verdict": row.verdict,
            "score": row.score,
            "problems": row.problems,
            "lesson": row.lesson,
            "rating": row.thumb,
            "correction": row.correction,
        }
        for row in rows
    ]
