"""Shapes on the wires."""

import json
from collections.abc import AsyncIterator
from typing import Any, TypedDict
from uuid import UUID

from django.http import StreamingHttpResponse
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from chat.errors import error_text
from chat.eventlog import Event
from chat.experience.rating import is_rateable
from chat.models import Conversation, Message, Turn
from chat.turns.db import let_connections_go
from config.api import utc_z


class Chunk(TypedDict):
    """The assistant's stream, one dictionary a chunk; all four keys are always there."""

    type: str
    stage: str | None
    content: str
    metadata: dict[str, Any] | None


PART_CHARACTERS = 16 * 1024
# What clients without `delta` understand; they show a bubble for every `content`.
WHOLE_ANSWER_TYPES = frozenset({"stage", "content", "artifact", "error", "done"})


def chunk_of(item: Event) -> Chunk:
    return {"type": item["type"], "stage": item["stage"], "content": item["content"], "metadata": item["metadata"]}


def frame_of(turn_id: UUID, item: Event) -> dict[str, Any]:
    """An event with its address, for clients that resume."""
    return {"turn": str(turn_id), "seq": item["seq"], **chunk_of(item)}


def error_chunk(content: str, *, code: str) -> Chunk:
    return {"type": "error", "stage": None, "content": content, "metadata": {"code": code}}


def queue_chunk(place: int, *, language: str) -> Chunk:
    """A stage without a number, told as long as the turn waits for a worker."""
    with override(language):
        text = str(_("Waiting in the queue, place %(place)d…") % {"place": place})
    return {"type": "stage", "stage": "queued", "content": text, "metadata": {"place": place}}


def access_lost_chunk(*, language: str) -> Chunk:
    with override(language):
        return error_chunk(str(_("You may no longer read this conversation.")), code="access_lost")


DONE_FAILED: Chunk = {"type": "done", "stage": None, "content": "", "metadata": {"state": "closed", "failed": True}}


def event_stream(body: AsyncIterator[str], *, turn: Turn) -> StreamingHttpResponse:
    """`X-Turn-ID` names the turn whose events can be read again, after any of them."""
    let_connections_go()
    response = StreamingHttpResponse(_in_parts(body), content_type="text/event-stream; charset=utf-8")
    response["X-Turn-ID"] = str(turn.pk)
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"
    return response


async def _in_parts(body: AsyncIterator[str]) -> AsyncIterator[str]:
    """Small enough that a client which does not read holds up the next one, not the whole."""
    async for text in body:
        for start in range(0, len(text), PART_CHARACTERS):
            yield text[start : start + PART_CHARACTERS]


def sse(data: Any, *, seq: int | None = None, ascii_only: bool = False) -> str:
    number = f"id: {seq}\n" if seq is not None else ""
    return f"{number}data: {json.dumps(data, ensure_ascii=ascii_only)}\n\n"


HEARTBEAT = ": ping\n\n"


def turn_json(turn: Turn, titles: dict[str, str]) -> dict[str, Any]:
    metadata = turn.answer.metadata
    return {
        "id": str(turn.pk),
        "state": turn.state,
        "last_seq": turn.last_seq,
        "model": turn.model_key or None,
        "model_title": titles.get(turn.model_key, metadata.get("model_title")),
        "error_code": turn.error_code or None,
        "error_text": error_text(turn.error_code, language=get_language() or "en") if turn.error_code else None,
        "input_tokens": turn.input_tokens,
        "output_tokens": turn.output_tokens,
        "usage_estimated": turn.usage_estimated,
        "cost": f"{turn.cost:f}",
        "first_token_ms": turn.first_token_ms,
        "degraded": metadata.get("degraded"),
        "rating": rating_json(turn),
    }


def rating_json(turn: Turn) -> int | None:
    """The person's rating: -1, 0 or 1; None for what cannot be rated. `turn.experience` is at hand."""
    if not is_rateable(turn):
        return None
    said = getattr(turn, "experience", None)
    return (said.thumb or 0) if said else 0


def message_json(
    message: Message, turns: dict[UUID, Turn], titles: dict[str, str], cards: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    turn = turns.get(message.pk)
    return {
        "id": str(message.pk),
        "role": message.role,
        "content": message.content,
        "state": message.state,
        "created_at": utc_z(message.created_at),
        "sources": message.metadata.get("sources", []),
        "artifact": cards.get(message.metadata.get("artifact", "")),
        "turn": turn_json(turn, titles) if turn else None,
    }


def conversation_json(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": str(conversation.pk),
        "title": conversation.title,
        "created_at": utc_z(conversation.created_at),
        "last_activity": utc_z(conversation.last_activity),
        "model": conversation.model.key if conversation.model else None,
    }
