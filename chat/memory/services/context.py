"""Beginning anew without another conversation: what was said before no longer enters prompts."""

import logging
from datetime import timedelta
from typing import Any

from django.db.models import F, Max, OuterRef, Subquery
from django.utils import timezone

from chat.choices import Channel
from chat.memory.holders import holder_of
from chat.models import Conversation, Message, Turn
from chat.services.queueing import queue_key

logger = logging.getLogger(__name__)

# Connections without identity that were used within so much time may still be open.
OPEN_FOR = timedelta(days=1)


def clear_context(actor: Any, *, address: str = "") -> int:
    """Makes the assistant forget what was said in the caller's conversations with it; returns in how many.

    A caller without identity is known by nothing but his address: it is the unowned conversations of the last day
    that were held from there. The messages stay; conversations of the page, of widgets and workflows are left alone.
    """
    last = Message.objects.filter(conversation=OuterRef("pk")).order_by().values("conversation")
    newest = Subquery(last.annotate(last=Max("position")).values("last"))
    held = held_by(actor, address).annotate(newest=newest).filter(newest__gt=F("context_after"))
    keys = list(held.values_list("pk", flat=True))
    cleared: int = Conversation.objects.filter(pk__in=keys).update(context_after=newest)
    logger.info("context of %d conversations cleared by %s", cleared, actor)
    return cleared


def held_by(actor: Any, address: str) -> Any:
    """The caller's conversations with the assistant through its API, whoever he is known by."""
    conversations = Conversation.objects.filter(channel=Channel.ASSISTANT)
    if holder := holder_of(actor):
        return conversations.filter(**holder.fields)
    if not address:
        return conversations.none()
    lately = timezone.now() - OPEN_FOR
    asked = Turn.objects.filter(queue_key=queue_key(None, address), created_at__gt=lately).values("conversation")
    return conversations.filter(owner=None, visitor=None, last_activity__gt=lately, pk__in=asked)
