"""The chat's WebSocket: questions in, chunks out, and any turn resumed after any event."""

import asyncio
import contextlib
import json
import logging
from typing import Any
from uuid import UUID

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from chat.api.throttles import SocketThrottle
from chat.api.wire import (
    DONE_FAILED,
    WHOLE_ANSWER_TYPES,
    access_lost_chunk,
    chunk_of,
    error_chunk,
    frame_of,
    queue_chunk,
)
from chat.choices import Channel
from chat.errors import ConversationBusy
from chat.language import language_of
from chat.models import Conversation, Turn
from chat.services import Question, start_turn, stop_turn
from chat.services.conversations import new_conversation
from chat.sockets import Caller, identify, still_welcome
from chat.turns.access import AccessLost, Grant
from chat.turns.db import in_db
from chat.turns.reader import Silence, follow
from config.network import client_ip_of_scope
from integrations.budgets.limits import BudgetExceeded
from integrations.budgets.texts import budget_text

logger = logging.getLogger(__name__)

PING_SECONDS = 30.0
# A resumed turn that says nothing for so long is accompanied by a ping: the line is alive, the model thinks.
QUIET_SECONDS = 15.0
PING = {"type": "ping", "stage": None, "content": "", "metadata": None}
ACCESS_LOST = 4403
# No WebSocket message is longer; the other wires have no such limit.
FRAME_BYTES = 1024 * 1024
TOO_BIG = 4009
MAX_FOLLOWED = 20


class NotWelcome(Exception):
    """The handshake would not let the caller in any more."""


class TooManyQuestions(Exception):
    """The caller has asked too often."""


class ChatConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """One connection, many questions in sequence, any number of turns followed at once.

    Frames in: `{"message"}` (with `"delta": true` for the answer piece by piece, and optionally
    `conversation` and `model`), `{"resume": turn, "after": n}`, `{"stop": turn}`. Closing the
    socket stops nothing.
    """

    caller: Caller

    async def connect(self) -> None:
        caller = await in_db(identify, self.scope)
        if caller is None:
            await self.close()
            return
        self.caller = caller
        self._conversation: Conversation | None = None
        self._following: dict[UUID, asyncio.Task[None]] = {}
        self._language = "ru" if b"ru" in dict(self.scope["headers"]).get(b"accept-language", b"")[:5] else "en"
        if caller.group and self.channel_layer is not None:
            await self.channel_layer.group_add(caller.group, self.channel_name)
        await self.accept(caller.subprotocol)
        self._pinging = asyncio.create_task(self._ping())

    async def disconnect(self, code: int) -> None:
        if not hasattr(self, "caller"):
            return
        tasks = [self._pinging, *self._following.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self.caller.group and self.channel_layer is not None:
            await self.channel_layer.group_discard(self.caller.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        frame = _parse(text_data)
        if frame is None:
            await self._refuse("bad_json", _("The frame is not a JSON object."))
        elif not ("resume" in frame or "stop" in frame):
            await self._ask(frame)
        elif not await in_db(still_welcome, self.scope, self.caller):
            await self.close(ACCESS_LOST)
        elif "resume" in frame:
            await self._resume(frame)
        else:
            await self._stop(frame)

    async def credential_revoked(self, message: dict[str, Any]) -> None:
        """The token was revoked elsewhere: this socket ends with it."""
        await self.close(ACCESS_LOST)

    async def _ask(self, frame: dict[str, Any]) -> None:
        text = frame.get("message")
        if not isinstance(text, str) or not text.strip():
            await self._refuse("empty_message", "Empty message")
            return
        if len(text) > settings.CHAT_MESSAGE_MAX_LENGTH:
            await self._refuse("too_long", _("The message is too long."))
            return
        try:
            turn = await in_db(self._start_if_welcome, text.strip().replace("\x00", ""), frame)
        except NotWelcome:
            await self.close(ACCESS_LOST)
        except TooManyQuestions:
            await self._refuse("rate_limited", _("Too many questions. Wait a minute."))
        except ConversationBusy:
            await self._refuse("busy", _("An answer is still being written."))
        except BudgetExceeded as error:
            with override(self._language):
                text = budget_text(error)
            await self._refuse("budget_exceeded", text)
        except Conversation.DoesNotExist:
            await self._refuse("not_found", _("There is no such conversation."))
        else:
            self._follow(turn.pk, after=0, numbered=False, delta=bool(frame.get("delta")))

    def _start_if_welcome(self, text: str, frame: dict[str, Any]) -> Turn:
        """In a database thread, at one go: each change of threads costs a busy server time to the first token."""
        if not still_welcome(self.scope, self.caller):
            raise NotWelcome
        if not SocketThrottle(self.caller.actor, client_ip_of_scope(self.scope)).admits():
            raise TooManyQuestions
        return self._start(text, frame)

    def _start(self, text: str, frame: dict[str, Any]) -> Turn:
        """In a database thread: the question into the named conversation or the socket's own one."""
        if named := frame.get("conversation"):
            known = _as_uuid(named)
            if known is None or self.caller.actor is None:
                raise Conversation.DoesNotExist
            conversation = Conversation.objects.visible_to(self.caller.actor).get(pk=known)
        else:
            conversation = self._own_conversation()
        model = frame.get("model")
        question = Question(
            text,
            model if isinstance(model, str) else "",
            language_of(text, default=self._language),
            address=client_ip_of_scope(self.scope),
        )
        return start_turn(conversation, question, actor=self.caller.actor)

    def _own_conversation(self) -> Conversation:
        mine = self._conversation
        if mine is None or not Conversation.objects.filter(pk=mine.pk).exists():
            mine = new_conversation(actor=self.caller.actor, channel=Channel.ASSISTANT)
        self._conversation = mine
        return mine

    async def _resume(self, frame: dict[str, Any]) -> None:
        turn_id, after = _as_uuid(frame["resume"]), frame.get("after", 0)
        if not isinstance(after, int) or isinstance(after, bool) or not 0 <= after < 2**31:
            await self._refuse("bad_request", _("after: a number of an event is required."), turn=frame["resume"])
            return
        if turn_id is None or not await in_db(self._may_read, turn_id):
            await self._refuse("not_found", _("There is no such turn."), turn=frame["resume"])
            return
        if len(self._following) >= MAX_FOLLOWED and turn_id not in self._following:
            await self._refuse("too_many", _("This connection follows too many turns."), turn=frame["resume"])
            return
        self._follow(turn_id, after=after, numbered=True, delta=True)

    def _may_read(self, turn_id: UUID) -> bool:
        return bool(Turn.objects.readable_by(self.caller.actor).filter(pk=turn_id).exists())

    async def _stop(self, frame: dict[str, Any]) -> None:
        turn_id = _as_uuid(frame["stop"])
        if turn_id is None or not await in_db(self._stop_own, turn_id):
            await self._refuse("not_found", _("There is no such turn."), turn=frame["stop"])

    def _stop_own(self, turn_id: UUID) -> bool:
        turn = Turn.objects.visible_to(self.caller.actor).filter(pk=turn_id).first()
        if turn is not None:
            stop_turn(turn, actor=self.caller.actor)
        return turn is not None

    def _follow(self, turn_id: UUID, *, after: int, numbered: bool, delta: bool) -> None:
        if known := self._following.pop(turn_id, None):
            known.cancel()
        task = asyncio.create_task(self._forward(turn_id, after=after, numbered=numbered, delta=delta))
        self._following[turn_id] = task
        task.add_done_callback(lambda ended: self._forget(turn_id, ended))

    def _forget(self, turn_id: UUID, ended: "asyncio.Task[None]") -> None:
        if self._following.get(turn_id) is ended:
            del self._following[turn_id]
        if not ended.cancelled() and (error := ended.exception()):
            logger.error("following turn %s failed", turn_id, exc_info=error)

    async def _forward(self, turn_id: UUID, *, after: int, numbered: bool, delta: bool) -> None:
        """Sends what happens; while the client is slow, `_send` waits and the events stay in the log."""
        grant = Grant(self.caller.standing)
        try:
            # Only a question's own answer comes without numbers.
            events = follow(turn_id, grant=grant, after=after, seconds=QUIET_SECONDS, just_asked=not numbered)
            async with contextlib.aclosing(events) as batches:
                async for batch in batches:
                    if isinstance(batch, Silence) and (numbered or batch.place):
                        await self._send(self._quiet(turn_id, batch))
                    for item in batch:
                        if delta or item["type"] in WHOLE_ANSWER_TYPES:
                            await self._send(frame_of(turn_id, item) if numbered else chunk_of(item))
        except AccessLost as lost:
            await self._shut_out(turn_id, lost, numbered=numbered)

    def _quiet(self, turn_id: UUID, silence: Silence) -> dict[str, Any]:
        if silence.place is None:
            return PING
        return {"turn": str(turn_id), **queue_chunk(silence.place, language=self._language)}

    async def _shut_out(self, turn_id: UUID, lost: AccessLost, *, numbered: bool) -> None:
        """Whoever is out himself loses the connection; the others lose the turn."""
        if lost.is_out:
            await self.close(ACCESS_LOST)
        elif numbered:
            await self._refuse("not_found", _("There is no such turn."), turn=turn_id)
        else:
            await self._send(access_lost_chunk(language=self._language))
            await self._send(DONE_FAILED)

    async def _refuse(self, code: str, text: Any, *, turn: Any = None) -> None:
        with override(self._language):
            chunk: dict[str, Any] = dict(error_chunk(str(text), code=code))
        await self._send({**chunk, "turn": str(turn)} if turn is not None else chunk)

    async def _send(self, data: Any) -> None:
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        if len(text) > FRAME_BYTES // 4 and len(text.encode()) > FRAME_BYTES:
            await self.close(TOO_BIG)
            return
        await self.send(text_data=text)

    async def _ping(self) -> None:
        """While nothing else is sent; clients ignore it, proxies keep the connection."""
        while True:
            await asyncio.sleep(PING_SECONDS)
            if not self._following:
                await self._send(PING)


def _parse(text: str | None) -> dict[str, Any] | None:
    try:
        frame = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    return frame if isinstance(frame, dict) else None


def _as_uuid(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
