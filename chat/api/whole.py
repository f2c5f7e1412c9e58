"""Answers that are sent whole, to clients that wait for them."""

import asyncio
import contextlib

from django.conf import settings
from rest_framework.exceptions import NotFound

from chat.eventlog import Event
from chat.models import Turn
from chat.turns.access import AccessLost, Grant
from chat.turns.reader import follow


async def whole_answer(turn: Turn, grant: Grant) -> dict[str, Event]:
    """The last event of each type of the turn, once it is over; raises NotFound when the access is lost."""
    last: dict[str, Event] = {}
    try:
        async with (
            asyncio.timeout(settings.TURN_MAX_SECONDS + 60),
            contextlib.aclosing(follow(turn.pk, grant=grant)) as batches,
        ):
            async for batch in batches:
                last |= {item["type"]: item for item in batch}
    except AccessLost as error:
        raise NotFound from error
    return last
