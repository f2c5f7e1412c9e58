"""What became of answers, and what the assistant is like by now."""

from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import AnonymousSubscriber
from chat.experience.choices import Lesson, Thumb
from chat.experience.fields import StoredColumn
from chat.experience.querysets import ExperienceQuerySet
from chat.pipeline.choices import TaskType, Verdict

LEAST_SCORE, BEST_SCORE = 1, 10
INPUT_LENGTH = 200
PROBLEMS_LENGTH = 300
CORRECTION_LENGTH = 500
NAME_LENGTH = 60
# What a person's thumb makes of an answer, unless the verifier's score goes further in the same direction.
SCORE_UP, SCORE_DOWN = 9, 3
UNIT = [MinValueValidator(0.0), MaxValueValidator(1.0)]


class Experience(models.Model):
    """An answer that was judged: by the verifier, by the person, or by both.

    `effective` is the score that counts: a person's thumb outweighs the verifier. `lesson` is a code; words are the
    person's own (`user_input`, `correction`) or about his answer (`problems`), and are empty where nothing of him may
    be kept. Rows without a holder are figures alone.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("user")
    )
    visitor = models.ForeignKey(
        AnonymousSubscriber, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("visitor")
    )
    turn = models.OneToOneField(
        "chat.Turn", models.CASCADE, null=True, blank=True, related_name="experience", verbose_name=_("answer")
    )
    artifact = models.OneToOneField(
        "chat.Artifact", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("mini-page")
    )
    task_type = models.CharField(_("kind of work"), max_length=16, choices=TaskType, default=TaskType.UNKNOWN)
    user_input = models.CharField(_("question"), max_length=INPUT_LENGTH, blank=True)
    verdict = models.CharField(_("verdict"), max_length=16, choices=Verdict, default=Verdict.UNKNOWN)
    score = models.PositiveSmallIntegerField(_("verifier's score"), null=True, blank=True)
    problems = models.CharField(_("problems"), max_length=PROBLEMS_LENGTH, blank=True)
    lesson = models.CharField(_("lesson"), max_length=16, choices=Lesson, blank=True)
    thumb = models.SmallIntegerField(_("person's rating"), choices=Thumb, null=True, blank=True)
    correction = models.CharField(_("correction"), max_length=CORRECTION_LENGTH, blank=True)
    effective = StoredColumn(
        expression=Case(
            When(thumb=Thumb.UP, score__gt=SCORE_UP, then=F("score")),
            When(thumb=Thumb.UP, then=SCORE_UP),
            When(thumb=Thumb.DOWN, score__lt=SCORE_DOWN, then=F("score")),
            When(thumb=Thumb.DOWN, then=SCORE_DOWN),
            default=F("score"),
        ),
        output_field=models.PositiveSmallIntegerField(null=True),
        db_persist=True,
        verbose_name=_("score"),
    )
    model_key = models.CharField(_("model"), max_length=100, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False, db_index=True)
    rated_at = models.DateTimeField(_("rated"), null=True, blank=True, editable=False)

    objects: ClassVar[Any] = ExperienceQuerySet.as_manager()

    class Meta:
        verbose_name = _("experience")
        verbose_name_plural = _("experiences")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["owner", "task_type", "-created_at"], name="experience_of_owner"),
            models.Index(fields=["visitor", "task_type", "-created_at"], name="experience_of_visitor"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=True) | Q(visitor__isnull=True), name="experience_has_one_holder"
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=False)
                | Q(visitor__isnull=False)
                | Q(user_input="", problems="", correction="", lesson=""),
                name="experience_of_nobody_has_no_words",
            ),
            models.CheckConstraint(
                condition=Q(turn__isnull=False) | Q(artifact__isnull=False), name="experience_is_of_something"
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=LEAST_SCORE, score__lte=BEST_SCORE),
                name="experience_score_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.user_input if len(self.user_input) <= 60 else f"{self.user_input[:59]}…"

    @property
    def is_opinion(self) -> bool:
        """Whether anybody has said anything of the answer; without that nothing is kept."""
        return self.thumb is not None or self.verdict != Verdict.UNKNOWN


class Personality(models.Model):
    """Who the assistant is on this server: one row. `version` counts its names."""

    name = models.CharField(
        _("name"), max_length=NAME_LENGTH, blank=True, help_text=_("Empty: the assistant goes by this server's name.")
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("personality")
        verbose_name_plural = _("personality")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="personality_is_one")]

    def __str__(self) -> str:
        return self.name or str(settings.APP_NAME)


class TraitPoint(models.Model):
    """The traits (0..1) as they were on a day, and the rolling average by kind of work.

    `by_type`: `{task type: {"answers": n, "average": 1..10}}`; `answers` is how many judged ones all of it rests on.
    """

    day = models.DateField(_("day"), unique=True)
    curiosity = models.FloatField(_("curiosity"), validators=UNIT)
    helpfulness = models.FloatField(_("helpfulness"), validators=UNIT)
    self_awareness = models.FloatField(_("self-awareness"), validators=UNIT)
    creativity = models.FloatField(_("creativity"), validators=UNIT)
    answers = models.PositiveIntegerField(_("judged answers"), default=0)
    by_type = models.JSONField(default=dict, blank=True)
    measured_at = models.DateTimeField(_("measured"), default=timezone.now)

    class Meta:
        verbose_name = _("traits of a day")
        verbose_name_plural = _("traits by day")
        ordering = ["day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    curiosity__range=(0, 1),
                    helpfulness__range=(0, 1),
                    self_awareness__range=(0, 1),
                    creativity__range=(0, 1),
                ),
                name="traits_are_shares",
            )
        ]

    def __str__(self) -> str:
        return str(self.day)
