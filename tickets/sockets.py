"""Who opens the desk's WebSocket, and what he may still read: asked before anything is handed out."""

from dataclasses import dataclass
from typing import Any

from accounts.choices import Scope
from accounts.models import ApiKey, User
from accounts.services.resolve import InvalidCredential, authenticate_credential
from accounts.services.standing import Standing, standing_of, still_standing
from chat.sockets import Caller, by_log_in, cookies_count, presented, token_group
from config.api import utc_z
from tickets.models import Ticket, TicketEvent

# More than this are read in further looks.
MOST_EVENTS = 500


def identify(scope: dict[str, Any]) -> Caller | None:
    """Staff who may view tickets, by token, API key with `tickets:read`, or the log-in of a page; None to refuse."""
    token, subprotocol = presented(scope)
    caller = _by_token(token, subprotocol) if token else by_log_in(scope) if cookies_count(scope) else None
    return caller if caller is not None and may_look(caller.actor) else None


def may_look(actor: Any) -> bool:
    return isinstance(actor, User) and actor.is_active and actor.is_staff and actor.has_perm("tickets.view_ticket")


def _by_token(token: str, subprotocol: str | None) -> Caller | None:
    try:
        actor, credential = authenticate_credential(token)
    except InvalidCredential:
        return None
    if isinstance(credential, ApiKey):
        group = f"key.{credential.pk}"
        allowed = Scope.TICKETS_READ in credential.scopes
        return Caller(actor, standing_of(actor, credential), group, subprotocol) if allowed else None
    return Caller(actor, standing_of(actor, credential), token_group(credential), subprotocol)


class Out(Exception):
    """The caller himself is not let in any more."""


class NotYours(Exception):
    """The ticket is not among those that the caller may see, or not there any more."""


@dataclass(frozen=True, slots=True)
class Looked:
    """Events as frames, oldest first; `last` is the number to go on from; `more` says that there are further ones."""

    frames: list[dict[str, Any]]
    last: int
    more: bool


def still_in(standing: Standing) -> User:
    """The caller as he is now; raises Out."""
    actor = still_standing([standing]).get(standing)
    if not isinstance(actor, User) or not may_look(actor):
        raise Out
    return actor


def reader_of(standing: Standing, ticket_id: int) -> User:
    """The caller as he is now, who may see the ticket; raises Out or NotYours."""
    actor = still_in(standing)
    if not Ticket.objects.visible_to(actor).filter(pk=ticket_id).exists():
        raise NotYours
    return actor


def newest_event(ticket_id: int) -> int:
    newest = TicketEvent.objects.filter(ticket=ticket_id).order_by("-id").values_list("id", flat=True).first()
    return newest or 0


def look(standing: Standing, ticket_id: int, after: int) -> Looked:
    """What happened to the ticket after event `after`; raises Out or NotYours."""
    rows = TicketEvent.objects.filter(ticket=ticket_id, id__gt=after).select_related("actor", "message")
    rows = rows.only("ticket", "kind", "by", "created_at", "actor__username", *ACTOR_NAMES, "message__uuid")
    found = list(rows.order_by("id")[: MOST_EVENTS + 1])
    # After reading: whoever lost access before something happened is not told of it, however the two meet.
    reader_of(standing, ticket_id)
    shown = found[:MOST_EVENTS]
    last = shown[-1].pk if shown else after
    return Looked([frame_of(event) for event in shown], last, more=len(found) > MOST_EVENTS)


ACTOR_NAMES = ("actor__email", "actor__first_name", "actor__last_name")


def frame_of(event: TicketEvent) -> dict[str, Any]:
    return {
        "type": "event",
        "id": event.pk,
        "ticket": event.ticket_id,
        "kind": event.kind,
        "by": event.by,
        "actor": event.actor.display_name if event.actor else None,
        "message": str(event.message.uuid) if event.message else None,
        "at": utc_z(event.created_at),
    }
