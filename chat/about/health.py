"""How the assistant is, in the shape that its clients know: from rows, so nobody waits for a server.

`/health` says whether the process lives, `/health/ready` tries out each part; this says what an answer may count on.
"""

import logging
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.about.caller import is_processing
from chat.about.facts import has_model, ollama_answers
from chat.about.uptime import uptime
from chat.experience.models import Experience
from chat.memory.models import Memory
from config.api import utc_z
from integrations.models import AIProvider
from integrations.ollama.report import models_ready_json

logger = logging.getLogger(__name__)

Json = dict[str, Any]
NO_ROLES: Json = {"local": {}, "cloud": {}}
NO_PARTS = {"memory": False, "ollama": False, "experience": False}


def health_json(actor: Any, address: str) -> Json:
    """`status` is healthy, degraded (`errors` say why) or unhealthy: the database cannot be read."""
    body = {"alive": True, "uptime": uptime(), "timestamp": utc_z(timezone.now())}
    try:
        errors = _errors()
        return body | {
            "status": "degraded" if errors else "healthy",
            "is_processing": is_processing(actor, address),
            "models_ready": models_ready_json(),
            "components": _components(),
            "errors": errors,
        }
    except DatabaseError:
        logger.exception("the health of the assistant cannot be read")
        text = _("The database cannot be read right now.")
        unread: Json = {"is_processing": False, "models_ready": NO_ROLES, "components": NO_PARTS, "errors": [text]}
        return body | {"status": "unhealthy"} | unread


def _components() -> dict[str, bool]:
    """Whether memory is on and can be read, an Ollama server has answered lately, experience can be read."""
    # What is read does not matter: a table that cannot be read raises.
    Memory.objects.order_by().values("pk").first()
    Experience.objects.order_by().values("pk").first()
    return {"memory": settings.MEMORY_ENABLED, "ollama": ollama_answers(), "experience": True}


def _errors() -> list[str]:
    """What keeps answers from being as good as they could be."""
    failing = Q(healthy=False) | Q(ollama__failing_since__isnull=False)
    names = AIProvider.objects.filter(failing, enabled=True).order_by("name").values_list("name", flat=True)
    texts = [_("%(providers)s: no answer.") % {"providers": name} for name in names]
    return texts if has_model() else [*texts, _("No language model can be asked.")]
