"""Mini-pages: HTML, CSS and JavaScript made for a task, from a template or by a model."""

import secrets
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import AnonymousSubscriber
from chat.artifacts.limits import TASK_LENGTH, TITLE_LENGTH
from chat.artifacts.querysets import ArtifactQuerySet

BEST = 5


def new_id() -> str:
    """12 hexadecimal digits; pages that nobody owns are opened by it, so it must not be guessed."""
    return secrets.token_hex(6)


class Artifact(models.Model):
    """A page. It belongs to a user, to a visitor, or to nobody; it is never changed, only rated."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="artifacts",
        verbose_name=_("user"),
    )
    visitor = models.ForeignKey(
        AnonymousSubscriber,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="artifacts",
        verbose_name=_("visitor"),
    )
    conversation = models.ForeignKey(
        "chat.Conversation",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="artifacts",
        verbose_name=_("conversation"),
    )
    turn = models.ForeignKey(
        "chat.Turn", models.SET_NULL, null=True, blank=True, related_name="artifacts", verbose_name=_("turn")
    )
    task = models.CharField(_("task"), max_length=TASK_LENGTH)
    title = models.CharField(_("title"), max_length=TITLE_LENGTH)
    language = models.CharField(_("language"), max_length=2, default="en")
    template = models.CharField(_("template"), max_length=30, blank=True)
    html = models.TextField("HTML")
    css = models.TextField("CSS", blank=True)
    js = models.TextField("JavaScript", blank=True)
    data = models.JSONField(_("data"), default=dict, blank=True)
    rating = models.PositiveSmallIntegerField(_("rating"), null=True, blank=True)
    rated_at = models.DateTimeField(_("rated"), null=True, blank=True)
    model_key = models.CharField(_("model"), max_length=100, blank=True)
    degraded = models.CharField(_("degraded"), max_length=50, blank=True)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects: ClassVar[ArtifactQuerySet] = ArtifactQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("mini-page")
        verbose_name_plural = _("mini-pages")
        ordering = ["-created_at", "pk"]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="artifact_of_owner"),
            models.Index(fields=["visitor", "-created_at"], name="artifact_of_visitor"),
            models.Index(fields=["-created_at"], name="artifact_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(owner__isnull=True) | models.Q(visitor__isnull=True),
                name="artifact_has_one_owner",
            ),
            models.CheckConstraint(
                condition=models.Q(rating__isnull=True, rated_at__isnull=True)
                | models.Q(rating__gte=1, rating__lte=BEST, rated_at__isnull=False),
                name="artifact_rating_in_range",
            ),
            models.UniqueConstraint(fields=["turn"], name="artifact_one_per_turn"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/artifacts/{self.pk}.html"
