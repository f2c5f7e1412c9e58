"""Whose turn a turn is: workers serve askers by turns."""

import hashlib
import hmac
from typing import Any

from django.conf import settings

from accounts.models import AnonymousSubscriber, User

VISITOR = "VISITOR"


def queue_key(actor: Any, address: str) -> str:
    """Who shares one place in the queue: a person, or whoever has no account and asks from one address.

    A visitor's token costs nothing, so visitors go by address where it is known; only its digest is kept.
    """
    if isinstance(actor, User):
        return f"user:{actor.pk}"
    if address:
        return f"address:{hmac.digest(settings.SECRET_KEY.encode(), address.encode(), hashlib.sha256).hex()[:32]}"
    return f"visitor:{actor.pk}" if isinstance(actor, AnonymousSubscriber) else ""


def queue_limit(actor: Any) -> int:
    """How many of the actor's turns run at the same time."""
    role = str(actor.role) if isinstance(actor, User) else VISITOR
    return settings.TURNS_AT_ONCE_BY_ROLE.get(role, settings.TURNS_AT_ONCE)
