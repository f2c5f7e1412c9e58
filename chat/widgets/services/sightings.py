"""Where a widget's script runs: what tells staff that it is installed, or on which site it was refused."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from chat.widgets.models import Widget, WidgetSighting

STEP = timedelta(minutes=1)
# Anybody can send any Origin, so refused ones are noted only so far.
REFUSED_KEPT = 20
ORIGIN_LENGTH = 300


def note_sighting(widget: Widget, origin: str, *, refused: bool) -> None:
    """Notes that the script ran at `origin`, at most once a minute: a page view must not cost a write."""
    if len(origin) > ORIGIN_LENGTH:
        return
    now = timezone.now()
    known = WidgetSighting.objects.filter(widget=widget, origin=origin)
    row = known.first()
    if row is None:
        _first_sighting(widget, origin, refused=refused)
    elif row.last_seen < now - STEP or row.refused != refused:
        known.filter(Q(last_seen__lt=now - STEP) | ~Q(refused=refused)).update(last_seen=now, refused=refused)


def _first_sighting(widget: Widget, origin: str, *, refused: bool) -> None:
    if refused and WidgetSighting.objects.refused().filter(widget=widget).count() >= REFUSED_KEPT:
        return
    try:
        with transaction.atomic():
            WidgetSighting.objects.create(widget=widget, origin=origin, refused=refused)
    except IntegrityError:
        return  # another request has just noted it
