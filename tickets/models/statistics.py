from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.mailboxes import Mailbox


class DeskDay(models.Model):
    """The figures of one mailbox on one day (UTC), counted by `tickets.statistics.counting`.

    Tickets count on the day on which they were created, decisions, ratings and verdicts on their own. Durations are
    seconds; `*_p90` is the time within which nine of ten were done. `counted_at` is when they were last counted.
    """

    mailbox = models.ForeignKey(Mailbox, models.CASCADE, related_name="days", verbose_name=_("mailbox"))
    day = models.DateField(_("day"))
    created = models.PositiveIntegerField(_("new tickets"), default=0)
    answered = models.PositiveIntegerField(_("answers sent"), default=0)
    automatic = models.PositiveIntegerField(_("answers without a person"), default=0)
    first_answered = models.PositiveIntegerField(_("tickets with an answer"), default=0)
    first_answer_median = models.PositiveIntegerField(_("first answer, median"), null=True)
    first_answer_p90 = models.PositiveIntegerField(_("first answer, 90 %"), null=True)
    closed = models.PositiveIntegerField(_("tickets closed"), default=0)
    resolution_median = models.PositiveIntegerField(_("resolution, median"), null=True)
    resolution_p90 = models.PositiveIntegerField(_("resolution, 90 %"), null=True)
    full_answer = models.PositiveIntegerField(_("decided: answer"), default=0)
    need_more_info = models.PositiveIntegerField(_("decided: ask"), default=0)
    escalated = models.PositiveIntegerField(_("decided: hand over"), default=0)
    approved = models.PositiveIntegerField(_("drafts approved"), default=0)
    edited = models.PositiveIntegerField(_("drafts edited"), default=0)
    rejected = models.PositiveIntegerField(_("drafts rejected"), default=0)
    ratings = models.PositiveIntegerField(_("ratings"), default=0)
    rating_sum = models.PositiveIntegerField(_("sum of ratings"), default=0)
    verified = models.PositiveIntegerField(_("verified resolutions"), default=0)
    counted_at = models.DateTimeField(_("counted"))

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        verbose_name = _("day of the desk")
        verbose_name_plural = _("days of the desk")
        ordering = ["-day", "mailbox"]
        constraints = [models.UniqueConstraint(fields=["mailbox", "day"], name="desk_day_unique")]

    def __str__(self) -> str:
        return f"{self.mailbox_id} {self.day}"
