"""The status that mobile clients of two generations show."""

import time
from typing import Any

from django.conf import settings

from chat.about.caller import is_processing
from chat.experience.reports import experience_stats
from chat.memory.reports import memory_stats
from config import VERSION
from integrations.ollama.report import ready_names
from integrations.remember import remembered

Json = dict[str, Any]
# Mean score of the caller's answers from which on the mood is good.
PROUD = 8.0


def status_json(actor: Any, address: str) -> Json:
    """Both generations' fields. `lastSeen` is now, in whole ms: who answers is there. `memoryUsage` is 0..1."""
    memories = memory_stats(actor)["total"]
    models = remembered(("ready_models",), ready_names)
    capacity = sum(settings.MEMORY_LIMITS.values())
    return {
        "online": True,
        "isOnline": True,
        "version": VERSION,
        "mood": _mood(actor, address, models),
        "memory_count": memories,
        "memoryUsage": round(min(1.0, memories / capacity), 4),
        "lastSeen": time.time_ns() // 1_000_000,
        "activeModels": models,
    }


def _mood(actor: Any, address: str, models: list[str]) -> str:
    """In words that clients have pictures for: thoughtful while an answer to the caller is written, calm where no
    model could write one, happy where his answers were good, else curious."""
    if is_processing(actor, address):
        return "thoughtful"
    if not models:
        return "calm"
    return "happy" if experience_stats(actor)["avg_score"] >= PROUD else "curious"
