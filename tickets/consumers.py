"""The desk's WebSocket: what happens to tickets, who has them open, and when lists are to be read again."""

import asyncio
import itertools
import json
import logging
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts.services.standing import Standing
from chat.sockets import Caller
from integrations.calls.db import DatabaseThreads
from tickets import live, presence
from tickets.sockets import NotYours, Out, identify, look, newest_event, reader_of, still_in

logger = logging.getLogger(__name__)

ACCESS_LOST = 4403
MAX_FOLLOWED = 20
# Beside what is told: presence runs out by itself, and the channel layer may lose messages.
ROUND_SECONDS = 3.0
LOOK_EVERY_ROUNDS = 10
QUEUE_SECONDS = 1.0
LARGEST_NUMBER = 2**63 - 1

in_db = DatabaseThreads("desk-db", 4).run


class DeskConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """One connection of a desk: any number of tickets up to MAX_FOLLOWED, and the ticks for lists.

    Frames in: `{"type": "follow", "ticket": number, "after"?: event}` (without `after` from now on), `unfollow`, and
    for a followed ticket `viewing` (again every half minute) and `typing`. Frames out: `following` (with the number
    of the last event), `event`, `presence`, `queue` (once a second at most), `unfollowed`, `error`. Access is asked for
    again before anything is sent; whoever has lost it loses the connection.
    """

    caller: Caller

    async def connect(self) -> None:
        caller = await in_db(identify, self.scope)
        if caller is None:
            await self.close()
            return
        self.caller = caller
        self._key = uuid4().hex
        self._last: dict[int, int] = {}
        self._shown: dict[int, list[presence.Present]] = {}
        # Handlers and rounds look too; two looks at once would tell an event twice.
        self._looking = asyncio.Lock()
        self._tick: asyncio.Task[None] | None = None
        self._ticked_at = 0.0
        self._language = "ru" if b"ru" in dict(self.scope["headers"]).get(b"accept-language", b"")[:5] else "en"
        for group in filter(None, (live.QUEUE_GROUP, caller.group)):
            await self.channel_layer.group_add(group, self.channel_name)
        await self.accept(caller.subprotocol)
        self._rounds = asyncio.create_task(self._go_round())

    async def disconnect(self, code: int) -> None:
        if not hasattr(self, "_rounds"):
            return
        for task in filter(None, (self._rounds, self._tick)):
            task.cancel()
        for ticket_id in list(self._last):
            await self._leave(ticket_id)
        for group in filter(None, (live.QUEUE_GROUP, self.caller.group)):
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        frame = _parse(text_data)
        kind = frame.get("type") if frame is not None else None
        if frame is None or not isinstance(kind, str):
            await self._refuse("bad_frame", _("The frame is not a JSON object with a type."))
        elif kind not in {"follow", "unfollow", "viewing", "typing", "ping"}:
            await self._refuse("unknown_type", _("There is no such type of frame."))
        elif kind == "ping":
            await self._send({"type": "pong"})
        elif (ticket_id := _number(frame.get("ticket"))) is None:
            await self._refuse("bad_request", _("ticket: the number of a ticket is required."))
        elif kind == "follow":
            await self._follow(ticket_id, frame)
        elif kind == "unfollow":
            await self._leave(ticket_id)
        elif ticket_id in self._last:
            await self._note_presence(ticket_id, typing=kind == "typing")
        else:
            await self._refuse("not_followed", _("The ticket is not followed."), ticket=ticket_id)

    async def credential_revoked(self, message: dict[str, Any]) -> None:
        """The token was revoked elsewhere: this socket ends with it."""
        await self.close(ACCESS_LOST)

    async def desk_look(self, message: dict[str, Any]) -> None:
        await self._look(message["ticket"])

    async def desk_presence(self, message: dict[str, Any]) -> None:
        await self._show_presence(message["ticket"])

    async def desk_queue(self, message: dict[str, Any]) -> None:
        """Ticks that come while one waits are the same tick."""
        if self._tick is None or self._tick.done():
            self._tick = asyncio.create_task(self._send_tick())

    async def _follow(self, ticket_id: int, frame: dict[str, Any]) -> None:
        after = frame.get("after")
        if after is not None and (after := _number(after, least=0)) is None:
            await self._refuse("bad_request", _("after: a number of an event is required."), ticket=ticket_id)
        elif len(self._last) >= MAX_FOLLOWED and ticket_id not in self._last:
            await self._refuse("too_many", _("This connection follows too many tickets."), ticket=ticket_id)
        elif await self._asked(ticket_id, lambda: reader_of(self._standing, ticket_id)) is not None:
            # First the group, then the rows: what happens in between is told twice rather than not at all.
            await self.channel_layer.group_add(live.ticket_group(ticket_id), self.channel_name)
            self._last[ticket_id] = await in_db(newest_event, ticket_id) if after is None else after
            await self._send({"type": "following", "ticket": ticket_id, "last": self._last[ticket_id]})
            await self._look(ticket_id)
            await self._show_presence(ticket_id)

    async def _leave(self, ticket_id: int) -> None:
        if self._last.pop(ticket_id, None) is None:
            return
        self._shown.pop(ticket_id, None)
        await self.channel_layer.group_discard(live.ticket_group(ticket_id), self.channel_name)
        if await in_db(presence.leave, ticket_id, self._key):
            live.tell_presence(ticket_id)

    async def _look(self, ticket_id: int) -> None:
        """Sends what is new about a followed ticket, as far as the caller may still see it."""
        async with self._looking:
            while ticket_id in self._last and await self._look_once(ticket_id, self._last[ticket_id]):
                pass

    async def _look_once(self, ticket_id: int, after: int) -> bool:
        """Whether there is more to see."""
        found = await self._asked(ticket_id, lambda: look(self._standing, ticket_id, after))
        if found is None:
            return False
        for frame in found.frames:
            await self._send(frame)
        self._last[ticket_id] = found.last
        return found.more

    async def _note_presence(self, ticket_id: int, *, typing: bool) -> None:
        user = await self._asked(ticket_id, lambda: reader_of(self._standing, ticket_id))
        if user is not None:
            await in_db(lambda: presence.note(ticket_id, self._key, user, typing=typing))
            live.tell_presence(ticket_id)

    async def _show_presence(self, ticket_id: int) -> None:
        if ticket_id not in self._last:
            return
        found = await in_db(presence.people, ticket_id, besides=self._standing.user_id)
        if found == self._shown.get(ticket_id, []):
            return
        if await self._asked(ticket_id, lambda: reader_of(self._standing, ticket_id)) is not None:
            self._shown[ticket_id] = found
            await self._send({"type": "presence", "ticket": ticket_id, "people": found})

    async def _send_tick(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._ticked_at + QUEUE_SECONDS - loop.time()))
        self._ticked_at = loop.time()
        try:
            await in_db(still_in, self._standing)
        except Out:
            await self.close(ACCESS_LOST)
            return
        await self._send({"type": "queue"})

    async def _go_round(self) -> None:
        """What nobody tells: people who have gone without a word, and what the channel layer has lost."""
        for number in itertools.count(1):
            await asyncio.sleep(ROUND_SECONDS)
            for ticket_id in list(self._last):
                try:
                    if number % LOOK_EVERY_ROUNDS == 0:
                        await self._look(ticket_id)
                    await self._show_presence(ticket_id)
                except Exception:  # noqa: BLE001 - the database may be away for a moment; the next round comes
                    logger.warning("a round of the desk's socket failed", exc_info=True)

    async def _asked[T](self, ticket_id: int, question: Callable[[], T]) -> T | None:
        """The answer of `question`, in a database thread; None when the caller may not know it: he has been told."""
        try:
            return await in_db(question)
        except Out:
            await self.close(ACCESS_LOST)
        except NotYours:
            if ticket_id in self._last:
                await self._leave(ticket_id)
                await self._send({"type": "unfollowed", "ticket": ticket_id})
            else:
                await self._refuse("not_found", _("There is no such ticket."), ticket=ticket_id)
        return None

    @property
    def _standing(self) -> Standing:
        return self.caller.standing

    async def _refuse(self, code: str, text: Any, *, ticket: int | None = None) -> None:
        with override(self._language):
            frame = {"type": "error", "code": code, "content": str(text)}
        await self._send(frame if ticket is None else {**frame, "ticket": ticket})

    async def _send(self, frame: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(frame, ensure_ascii=False, separators=(",", ":")))


def _parse(text: str | None) -> dict[str, Any] | None:
    try:
        frame = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    return frame if isinstance(frame, dict) else None


def _number(value: Any, *, least: int = 1) -> int | None:
    wanted = isinstance(value, int) and not isinstance(value, bool) and least <= value <= LARGEST_NUMBER
    return value if wanted else None
