"""Which turns need a person: the same conditions for the landing page and for the lists it links to."""

from datetime import datetime, timedelta

from django.db.models import Q

from chat.choices import ACTIVE_STATES, TurnState

RECENT = timedelta(hours=24)
PATIENCE = timedelta(minutes=1)


def failed_lately(now: datetime) -> Q:
    return Q(state=TurnState.FAILED, created_at__gte=now - RECENT)


def stuck(now: datetime) -> Q:
    """Waiting for longer than any queue should take, or abandoned by its worker and not picked up again."""
    late = now - PATIENCE
    waiting = Q(state=TurnState.PENDING, created_at__lt=late)
    abandoned = Q(state=TurnState.RUNNING, created_at__lt=late) & (Q(lease_until__lt=late) | Q(lease_until=None))
    return waiting | abandoned


def active() -> Q:
    return Q(state__in=ACTIVE_STATES)
