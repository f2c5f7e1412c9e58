"""Visitors of a widget: a short token for now, and a key with which the same visitor comes back."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import AnonymousSubscriber
from accounts.services.tokens import digest_of, issue_visitor_token
from chat.widgets.models import Widget, WidgetSession


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """`token` and `resume` are secrets of the visitor's browser; only digests are kept here."""

    session: WidgetSession
    token: str
    expires_at: datetime
    resume: str


@transaction.atomic
def open_session(widget: Widget, *, origin: str, resume: str = "") -> OpenedSession:
    """The visitor whose `resume` key this is, on this widget and site, else a new one; with a new token.

    The key does not change, so that two tabs that come back at once are both right.
    """
    session = _known(widget, origin, resume) if resume else None
    if session is None:
        resume = secrets.token_urlsafe(24)
        session = WidgetSession.objects.create(
            visitor=AnonymousSubscriber.objects.create(), widget=widget, origin=origin, resume_digest=digest_of(resume)
        )
    else:
        WidgetSession.objects.filter(pk=session.pk).update(resumed_at=timezone.now())
    expires_at = timezone.now() + timedelta(minutes=settings.WIDGET_TOKEN_MINUTES)
    token = issue_visitor_token(session.visitor, minutes=settings.WIDGET_TOKEN_MINUTES)
    return OpenedSession(session, token, expires_at, resume)


def _known(widget: Widget, origin: str, resume: str) -> WidgetSession | None:
    mine = WidgetSession.objects.select_related("visitor")
    return mine.filter(widget=widget, origin=origin, resume_digest=digest_of(resume)).first()


def session_of(visitor: Any) -> WidgetSession | None:
    """The widget session of a visitor; None for a visitor of the chat page or of the API."""
    return WidgetSession.objects.select_related("widget__model").filter(visitor=visitor).first()


def is_bound(visitor: Any) -> bool:
    """Whether the visitor came through a widget, also one that has been deleted since."""
    return isinstance(visitor, AnonymousSubscriber) and WidgetSession.objects.filter(visitor=visitor).exists()
