"""The traits worked out of the rows: a point a day, renewed all day long. Turns only add rows."""

import logging
from datetime import timedelta

from django.utils import timezone

from chat.experience.models import Experience, TraitPoint
from chat.experience.traits import Judged, averages_of, counted, traits_of

logger = logging.getLogger(__name__)

WINDOW = timedelta(days=30)
MOST_ANSWERS = 2000
POINTS_KEPT = timedelta(days=365)


def judged_lately() -> list[Judged]:
    """What the traits rest on: the newest answers that somebody has judged; one query."""
    since = timezone.now() - WINDOW
    rows = Experience.objects.scored().filter(created_at__gte=since).order_by("-created_at", "-pk")
    fields = ("task_type", "effective", "score", "thumb", "owner_id", "visitor_id")
    return [
        Judged(kind, effective, score, thumb, owner or visitor)
        for kind, effective, score, thumb, owner, visitor in rows.values_list(*fields)[:MOST_ANSWERS]
    ]


def measure() -> TraitPoint:
    """Writes today's point and forgets those of more than a year ago."""
    answers = counted(judged_lately())
    today = timezone.localdate()
    values = {
        **traits_of(answers),
        "answers": len(answers),
        "by_type": averages_of(answers),
        "measured_at": timezone.now(),
    }
    point, is_new = TraitPoint.objects.update_or_create(day=today, defaults=values)
    if is_new:
        TraitPoint.objects.filter(day__lt=today - POINTS_KEPT).delete()
    return point
