"""The figures that clients poll every few seconds: rows alone, and no server is asked."""

import logging
from typing import Any

from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.about.caller import is_processing, session_context
from chat.experience.reports import experience_stats
from chat.memory.reports import memory_stats
from config.api import utc_z
from integrations.ollama.report import model_manager_json, models_ready_json
from integrations.remember import remembered

logger = logging.getLogger(__name__)

Json = dict[str, Any]


def stats_json(actor: Any, address: str) -> Json:
    """Memory and experience are the caller's own; the models are the server's. `{"error", "timestamp"}` on failure."""
    try:
        return {"timestamp": utc_z(timezone.now()), **_figures(actor, address)}
    except DatabaseError:
        logger.exception("the figures of the assistant cannot be read")
        return {"error": _("The figures cannot be read right now."), "timestamp": utc_z(timezone.now())}


def _figures(actor: Any, address: str) -> Json:
    return {
        "is_processing": is_processing(actor, address),
        "models": models_ready_json(),
        "memory": {"total": memory_stats(actor)["total"], "session_context": session_context(actor, address)},
        "model_manager": remembered(("model_manager",), model_manager_json),
        "experience": experience_stats(actor),
    }
