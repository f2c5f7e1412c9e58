from django.db import models
from django.utils.translation import gettext_lazy as _


class UseCounter(models.Model):
    """How often parts of the assistant were of use: rows of one source, counted once and for good.

    `totals` counts by use what lies before the mark, so that one read gives both of them as they belong together. The
    mark is `counted_to`, an id, or `counted_until`, a time. Ids up to `horizon` had been given out at `horizon_at`.
    """

    source = models.CharField(max_length=20, primary_key=True)
    totals = models.JSONField(default=dict)
    counted_to = models.BigIntegerField(default=0)
    horizon = models.BigIntegerField(default=0)
    horizon_at = models.DateTimeField(null=True)
    counted_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("counter of uses")
        verbose_name_plural = _("counters of uses")

    def __str__(self) -> str:
        return self.source
