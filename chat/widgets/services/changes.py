"""What staff do with widgets."""

import logging
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import AccessToken
from accounts.services.tokens import announce_revoked
from chat.widgets.models import Widget, WidgetSession, new_key
from chat.widgets.origins import is_allowed

logger = logging.getLogger(__name__)


@transaction.atomic
def save_widget(widget: Widget, *, actor: Any) -> None:
    """Stores the widget; sessions on sites that it no longer allows end at once."""
    widget.save()
    end_sessions(_unwelcome(widget))
    logger.info("widget %s saved by %s", widget.pk, actor)


@transaction.atomic
def switch_widget(widget: Widget, *, enabled: bool, actor: Any) -> None:
    """Switches the widget on or off everywhere; off ends its sessions."""
    widget.enabled = enabled
    widget.save(update_fields=["enabled", "updated_at"])
    end_sessions(_unwelcome(widget))
    logger.info("widget %s switched %s by %s", widget.pk, "on" if enabled else "off", actor)


@transaction.atomic
def replace_key(widget: Widget, *, actor: Any) -> None:
    """Gives the widget a new public key: tags with the old one show nothing any more, and its sessions end."""
    widget.key = new_key()
    widget.save(update_fields=["key", "updated_at"])
    end_sessions(WidgetSession.objects.filter(widget=widget))
    logger.info("widget %s got a new key from %s", widget.pk, actor)


@transaction.atomic
def delete_widget(widget: Widget, *, actor: Any) -> None:
    """Deletes the widget and ends its sessions; its conversations stay."""
    end_sessions(WidgetSession.objects.filter(widget=widget))
    logger.info("widget %s deleted by %s", widget.pk, actor)
    widget.delete()


def end_sessions(sessions: "QuerySet[WidgetSession]") -> int:
    """Revokes the running tokens of these sessions and closes what is open under them; returns how many."""
    running = AccessToken.objects.usable(timezone.now()).filter(visitor__widget_session__in=sessions)
    keys = list(running.values_list("pk", flat=True))
    AccessToken.objects.filter(pk__in=keys).update(revoked_at=timezone.now())
    for key in keys:
        announce_revoked(f"token.{key}")
    return len(keys)


def _unwelcome(widget: Widget) -> "QuerySet[WidgetSession]":
    """The sessions that the widget as it is now would not open; the test page's are not on the list of sites."""
    sessions = WidgetSession.objects.filter(widget=widget)
    if not widget.enabled:
        return sessions
    origins = sessions.order_by().values_list("origin", flat=True).distinct()
    return sessions.filter(origin__in=[origin for origin in origins if not is_allowed(origin, widget.origins)])
