"""A widget's WebSocket: its visitor's turns resumed and stopped. Questions come over HTTP, where they are limited."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from chat.consumers import ChatConsumer
from chat.widgets.wire import public_frame


class WidgetConsumer(ChatConsumer):
    """Frames in: `{"resume": turn, "after": n}`, `{"stop": turn}`."""

    async def _ask(self, frame: dict[str, Any]) -> None:
        await self._refuse("bad_request", _("Questions are asked over HTTP."))

    async def _send(self, data: Any) -> None:
        await super()._send(public_frame(data))
