"""Questions that ask for an interface: their answer is a page."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from chat.artifacts.generation import NOTHING, PURPOSE, GeneratorFailed, Wish, generate, page_routes
from chat.artifacts.limits import TASK_LENGTH
from chat.artifacts.models import Artifact
from chat.artifacts.services import store_artifact
from chat.choices import Channel
from chat.models import Turn
from chat.turns.db import surely_in_db
from integrations.calls.chain import Total
from integrations.providers.errors import ProviderError
from integrations.services.environment import LOCAL_ANSWERS
from integrations.services.routing import Route
from integrations.services.usage import Caller

logger = logging.getLogger(__name__)

CHANNELS = frozenset({Channel.PAGE, Channel.ASSISTANT})
PHRASES = ("создай ui", "создай интерфейс", "сделай ui", "игровой интерфейс", "ui для", "интерфейс для")
ASKS = re.compile(rf"(?<!\w)(?:{'|'.join(PHRASES)})(?!\w)".replace(" ", r"\s+"), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Made:
    """A stored page, what is said beside it, which model made it, and what it took."""

    artifact_id: str
    text: str
    route: Route
    total: Total


def wants_interface(text: str) -> bool:
    """Whether the question has one of PHRASES, as whole words."""
    return ASKS.search(text) is not None


def asks_for_page(job: Any) -> bool:
    """Whether the turn's answer is a page; where n8n is meant or visitors of other sites ask, none is made."""
    return job.channel in CHANNELS and wants_interface(job.question)


async def answer_with_page(job: Any) -> Made | None:
    """The page for the turn's question; None when none could be made. `job` is a chat.turns.job.Job."""
    earlier = await surely_in_db(Artifact.objects.filter(turn=job.turn_id).first)
    if earlier is not None:
        return _made(earlier, job.routes, NOTHING)
    caller = Caller(job.caller.user, job.turn_id, purpose=PURPOSE, visitor=job.caller.visitor)
    wish = Wish(job.question[:TASK_LENGTH], job.language)
    try:
        draft = await generate(wish, await surely_in_db(page_routes), caller)
    except (GeneratorFailed, ProviderError) as error:
        logger.warning("turn %s: no page was made: %s", job.turn_id, error.code)
        return None
    stored = await surely_in_db(_store, draft, job.turn_id)
    return _made(stored, [draft.route] if draft.route else job.routes, draft.total)


def _made(artifact: Artifact, routes: Sequence[Route], total: Total) -> Made:
    """Where no model wrote the page, the answer is one of the house's own, as local answers are."""
    key = artifact.model_key or LOCAL_ANSWERS
    route = next((route for route in routes if route.model_key == key), routes[0])
    return Made(artifact.pk, _text_of(artifact), replace(route, degraded=artifact.degraded), total)


def _store(draft: Any, turn_id: Any) -> Artifact:
    turn = Turn.objects.select_related("conversation__owner", "conversation__visitor").get(pk=turn_id)
    return store_artifact(draft, actor=turn.conversation.owner or turn.conversation.visitor, turn=turn)


def _text_of(artifact: Artifact) -> str:
    with override(artifact.language):
        if artifact.degraded == "no_model":
            return _("No language model is connected, so this is a ready-made page: “%(title)s”.") % _named(artifact)
        if artifact.degraded and artifact.degraded != "fallback":
            return _("The language model could not help, so this is a ready-made page: “%(title)s”.") % _named(artifact)
        return _("The page is ready: “%(title)s”.") % _named(artifact)


def _named(artifact: Artifact) -> dict[str, str]:
    return {"title": artifact.title}
