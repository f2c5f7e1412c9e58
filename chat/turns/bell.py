"""The bell that wakes runners: a message that all of them hear at once.

A task costs the broker some ten round trips and waits for its pick-up; a published message costs one.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from functools import lru_cache

import redis
import redis.asyncio
from django.conf import settings
from django.db import connection
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

LONGEST_PAUSE = 5.0
# A line that has been quiet for so many seconds is asked for a sign of life.
QUIET_SECONDS = 30.0


def publish() -> bool:
    """Whether anybody heard it."""
    try:
        return bool(_client().publish(channel(), b""))
    except RedisError:
        return False


def channel() -> str:
    """Redis' channels span its numbered databases, so the name tells our installation from others."""
    place = connection.settings_dict
    named = "|".join(str(place.get(key, "")) for key in ("HOST", "PORT", "NAME")) + settings.REDIS_URL
    return f"sb:wake:{hashlib.blake2b(named.encode(), digest_size=8).hexdigest()}"


@lru_cache
def _client() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


async def listen(wake: Callable[[], None]) -> None:
    """Calls `wake` for every ring, until cancelled; also whenever it may have missed one."""
    pause = 0.1
    while True:
        try:
            async with redis.asyncio.from_url(settings.REDIS_URL, socket_timeout=None) as client:
                async with client.pubsub(ignore_subscribe_messages=True) as bell:
                    await bell.subscribe(channel())
                    pause = 0.1
                    await _hear(bell, wake)
        except (RedisError, OSError) as error:
            logger.warning("the bell cannot be heard: %s", type(error).__name__)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def _hear(bell: "redis.asyncio.client.PubSub", wake: Callable[[], None]) -> None:
    wake()
    while True:
        if await bell.get_message(timeout=QUIET_SECONDS) is None:
            await bell.ping()
        else:
            wake()
