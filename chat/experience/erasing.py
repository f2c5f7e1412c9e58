"""Forgetting experience, and keeping it within bounds."""

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count

from chat.experience.models import Experience
from chat.memory.holders import Holder

logger = logging.getLogger(__name__)

# Figures of callers without identity that are kept.
MOST_OF_NOBODY = 10_000


def forget_experience(holder: Holder, rows: Any, *, actor: Any) -> int:
    """Erases those of `rows` that are the holder's; how many."""
    gone, _ = Experience.objects.of(holder).filter(pk__in=rows.order_by().values("pk")).delete()
    if gone:
        logger.info("%d experiences of %s erased by %s", gone, holder, actor)
    return int(gone)


def forget_row(row: Experience, *, actor: Any) -> None:
    """One, also nobody's figures."""
    logger.info("experience %s erased by %s", row.pk, actor)
    row.delete()


def matching(holder: Holder, *, before: datetime | None = None, text: str = "") -> Any:
    """The holder's experience from before a moment and with a text, whatever its case."""
    rows = Experience.objects.of(holder)
    if before is not None:
        rows = rows.filter(created_at__lt=before)
    return rows.saying(text) if text else rows


def prune() -> int:
    """Takes away each person's oldest rows above EXPERIENCE_LIMIT; how many."""
    gone = _prune(Experience.objects.filter(owner=None, visitor=None), MOST_OF_NOBODY)
    for name in ("owner", "visitor"):
        rows = Experience.objects.filter(**{f"{name}__isnull": False}).order_by().values(name)
        full = rows.annotate(n=Count("pk")).filter(n__gt=settings.EXPERIENCE_LIMIT)
        for key in list(full.values_list(name, flat=True)):
            gone += _prune(Experience.objects.filter(**{name: key}), settings.EXPERIENCE_LIMIT)
    return gone


@transaction.atomic
def _prune(rows: Any, limit: int) -> int:
    newest = rows.order_by("-created_at", "-pk")
    surplus = list(newest.values_list("pk", flat=True)[limit:])
    return sum(
        Experience.objects.filter(pk__in=surplus[start : start + 500]).delete()[0]
        for start in range(0, len(surplus), 500)
    )
