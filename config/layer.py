"""The channel layer of the embedded mode."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from channels.layers import InMemoryChannelLayer


class LoopSafeLayer(InMemoryChannelLayer):  # type: ignore[misc]  # channels has no types
    """Channels' in-memory layer for a process in which sockets live on one event loop and senders on any.

    Its queues belong to the loop that reads them: put into from another thread, they would not wake
    their readers. So every call from elsewhere is carried out on the readers' loop.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._home: asyncio.AbstractEventLoop | None = None

    async def receive(self, channel: str) -> dict[str, Any]:
        self._home = asyncio.get_running_loop()
        message: dict[str, Any] = await super().receive(channel)
        return message

    async def group_add(self, group: str, channel: str) -> None:
        """Called by the sockets, for themselves."""
        self._home = asyncio.get_running_loop()
        await super().group_add(group, channel)

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        await self._at_home(super().send, channel, message)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await self._at_home(super().group_send, group, message)

    async def _at_home(self, call: Callable[..., Awaitable[None]], *args: Any) -> None:
        home = self._home
        if home is None or home is asyncio.get_running_loop() or not home.is_running():
            await call(*args)
            return

        async def there() -> None:
            await call(*args)

        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(there(), home))
