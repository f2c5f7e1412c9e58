"""Whether those who were let in would still be let in: for connections that stay open."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import AccessToken, AnonymousSubscriber, ApiKey, User

Actor = User | AnonymousSubscriber | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Who was let in, and by what: a token, an API key, a log-in of a page, a password, or nothing at all."""

    user_id: int | None = None
    visitor_id: UUID | None = None
    token_id: int | None = None
    key_id: int | None = None
    session_key: str | None = None
    session_hash: str = ""


def standing_of(actor: Actor, credential: AccessToken | ApiKey | None, *, session_key: str | None = None) -> Standing:
    """What is remembered of a caller; `session_key` when a page's log-in is what let him in."""
    return Standing(
        user_id=actor.pk if isinstance(actor, User) else None,
        visitor_id=actor.pk if isinstance(actor, AnonymousSubscriber) else None,
        token_id=credential.pk if isinstance(credential, AccessToken) else None,
        key_id=credential.pk if isinstance(credential, ApiKey) else None,
        session_key=session_key,
        session_hash=actor.get_session_auth_hash() if session_key and isinstance(actor, User) else "",
    )


def still_standing(standings: Collection[Standing]) -> dict[Standing, Actor]:
    """Those of `standings` that are still good, each with its actor as he is now. At most five queries."""
    known = _Known(standings)
    return {standing: known.actor(standing) for standing in standings if known.is_good(standing)}


class _Known:
    """What the database says now about everything that the standings rest on."""

    def __init__(self, standings: Collection[Standing]) -> None:
        now = timezone.now()
        users = _present(standing.user_id for standing in standings)
        visitors = _present(standing.visitor_id for standing in standings)
        tokens = _present(standing.token_id for standing in standings)
        keys = _present(standing.key_id for standing in standings)
        sessions = _present(standing.session_key for standing in standings)
        self._users = User.objects.filter(is_active=True).in_bulk(users) if users else {}
        self._visitors = AnonymousSubscriber.objects.in_bulk(visitors) if visitors else {}
        self._tokens = _usable(AccessToken, tokens, now)
        self._keys = _usable(ApiKey, keys, now)
        live = Session.objects.filter(session_key__in=sessions, expire_date__gt=now)
        self._sessions = set(live.values_list("session_key", flat=True)) if sessions else set()

    def actor(self, standing: Standing) -> Actor:
        if standing.user_id is not None:
            return self._users.get(standing.user_id)
        return self._visitors.get(standing.visitor_id) if standing.visitor_id is not None else None

    def is_good(self, standing: Standing) -> bool:
        actor = self.actor(standing)
        if actor is None and (standing.user_id is not None or standing.visitor_id is not None):
            return False
        if standing.token_id is not None and standing.token_id not in self._tokens:
            return False
        if standing.key_id is not None and standing.key_id not in self._keys:
            return False
        return standing.session_key is None or self._is_logged_in(standing, actor)

    def _is_logged_in(self, standing: Standing, actor: Actor) -> bool:
        """A new password ends the log-ins that were made with the old one."""
        if standing.session_key not in self._sessions or not isinstance(actor, User):
            return False
        return constant_time_compare(actor.get_session_auth_hash(), standing.session_hash)


def _present(values: Any) -> set[Any]:
    return {value for value in values if value is not None}


def _usable(model: type[AccessToken | ApiKey], ids: set[int], now: Any) -> set[int]:
    return set(model.objects.usable(now).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
