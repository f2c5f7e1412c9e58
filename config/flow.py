"""Back-pressure: a client that reads slowly slows down what is sent to it, and costs no memory.

Daphne's `send` hands data to the transport and returns at once, whatever waits there already. Here it
returns once the transport has room again. What is to be sent stays where it is: in the event log.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from daphne.http_protocol import WebRequest
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

logger = logging.getLogger(__name__)

# A client that takes nothing for so long is let go; it resumes where it was when it comes back.
STALLED_SECONDS = 60.0
TRY_AGAIN_LATER = 1013

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


@implementer(IPushProducer)
class Valve:
    """Told by the transport when its buffer (64 KB) is full and when it is empty again."""

    def __init__(self) -> None:
        self._emptied: asyncio.Event | None = None
        self._is_given_up = False

    def pauseProducing(self) -> None:
        if self._emptied is None and not self._is_given_up:
            self._emptied = asyncio.Event()

    def resumeProducing(self) -> None:
        if self._emptied is not None:
            self._emptied.set()
            self._emptied = None

    # The connection is lost: whoever waits goes on, into nothing.
    stopProducing = resumeProducing

    def give_up(self) -> None:
        """Nobody waits for this client any more."""
        self._is_given_up = True
        Valve.resumeProducing(self)

    def is_gone(self, message: Message) -> bool:
        """Whether nobody is there any more to take the message."""
        return self._is_given_up

    async def passable(self) -> bool:
        """Waits for room; False when the client has taken nothing for STALLED_SECONDS."""
        if (emptied := self._emptied) is None:
            return True
        try:
            await asyncio.wait_for(emptied.wait(), STALLED_SECONDS)
        except TimeoutError:
            return False
        return True


class PacedSocket(Valve):
    """A WebSocket. While its client does not read, nothing is read from it either."""

    def __init__(self, protocol: Any) -> None:
        super().__init__()
        self._protocol = protocol
        transport = protocol.transport
        # Until now that was the HTTP channel of the handshake, which is done.
        transport.unregisterProducer()
        transport.registerProducer(self, True)

    def pauseProducing(self) -> None:
        super().pauseProducing()
        self._protocol.transport.pauseProducing()

    def resumeProducing(self) -> None:
        super().resumeProducing()
        self._protocol.transport.resumeProducing()

    def stopProducing(self) -> None:
        super().resumeProducing()

    def is_gone(self, message: Message) -> bool:
        """The library refuses messages after its own or the client's close frame."""
        has_closed = self._protocol.state in {self._protocol.STATE_CLOSING, self._protocol.STATE_CLOSED}
        return super().is_gone(message) or (message["type"] == "websocket.send" and has_closed)

    def before_last(self, message: Message) -> None:
        return

    def let_go(self) -> None:
        self._protocol.sendCloseFrame(code=TRY_AGAIN_LATER)

    def close(self) -> None:
        self._protocol.transport.unregisterProducer()


class PacedResponse(Valve):
    """The response to one HTTP request."""

    def __init__(self, protocol: Any) -> None:
        super().__init__()
        self._protocol = protocol
        protocol.registerProducer(self, True)

    def before_last(self, message: Message) -> None:
        """The end of a response must not find its producer."""
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.close()

    def let_go(self) -> None:
        if self._protocol.channel is not None:
            self._protocol.channel.forceAbortClient()

    def close(self) -> None:
        if self._protocol.producer is self and self._protocol.channel is not None:
            self._protocol.unregisterProducer()


class FlowControl:
    """ASGI middleware around everything; other servers than Daphne wait by themselves."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        paced = _paced(next(iter(getattr(send, "args", ())), None))
        if paced is None:
            await self._application(scope, receive, send)
            return
        try:
            await self._application(scope, receive, _paced_send(paced, send))
        finally:
            paced.close()


def _paced(protocol: Any) -> PacedResponse | PacedSocket | None:
    """Daphne's protocol object is bound into its `send`."""
    if isinstance(protocol, WebSocketProtocol):
        return PacedSocket(protocol)
    return PacedResponse(protocol) if isinstance(protocol, WebRequest) and protocol.channel else None


def _paced_send(paced: PacedResponse | PacedSocket, send: Send) -> Send:
    async def waiting(message: Message) -> None:
        if paced.is_gone(message):
            return
        paced.before_last(message)
        await send(message)
        if not await paced.passable():
            logger.info("a client that takes nothing is let go")
            paced.give_up()
            paced.let_go()

    return waiting
