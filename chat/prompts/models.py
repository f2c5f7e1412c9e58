"""Prompts, what staff have made of them, and comparisons of two versions on saved questions."""

from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.prompts.choices import AnswerState, ComparisonState, Side, Verdict
from chat.prompts.querysets import ComparisonQuerySet, PromptQuerySet
from chat.prompts.registry import PromptSpec, spec_of

NOTE_LENGTH = 300
QUESTION_LENGTH = 4000
LANGUAGES = [("en", _("English")), ("ru", _("Russian"))]
# Version 0 is in the code and has no row.
FIRST = 1


class Prompt(models.Model):
    """What staff have decided about a prompt of the registry. Without `live` the shipped text is used.

    `shipped` is the shipped text that staff have last seen: another one in the code is news to them.
    """

    key = models.CharField(_("key"), max_length=60, unique=True, editable=False)
    live: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        "chat.PromptVersion",
        models.RESTRICT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("version in use"),
    )
    shipped = models.TextField(blank=True, editable=False)
    changed_at = models.DateTimeField(_("changed"), null=True, blank=True, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("changed by")
    )

    objects: ClassVar[Any] = PromptQuerySet.as_manager()

    class Meta:
        verbose_name = _("prompt")
        verbose_name_plural = _("prompts")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key

    @property
    def spec(self) -> PromptSpec:
        return spec_of(self.key)

    @property
    def live_number(self) -> int:
        return self.live.number if self.live else 0

    @property
    def shipped_has_changed(self) -> bool:
        """Whether an update brought another text than the one from which staff went their own way."""
        return self.live is not None and self.shipped != self.spec.text


class PromptVersion(models.Model):
    """A text by staff; it stays as it was written."""

    prompt = models.ForeignKey(Prompt, models.CASCADE, related_name="versions", verbose_name=_("prompt"))
    number = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("text"))
    note = models.CharField(_("note"), max_length=NOTE_LENGTH, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("author")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("version of a prompt")
        verbose_name_plural = _("versions of prompts")
        ordering = ["prompt", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["prompt", "number"], name="prompt_version_unique"),
            models.CheckConstraint(condition=models.Q(number__gte=FIRST), name="prompt_version_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.prompt_id} #{self.number}"

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise TypeError("a version of a prompt is never changed")
        super().save(*args, **options)


class PromptSwitch(models.Model):
    """Who put which version to use, and when; number 0 is the shipped text."""

    prompt = models.ForeignKey(Prompt, models.CASCADE, related_name="switches", verbose_name=_("prompt"))
    former = models.PositiveIntegerField(_("from version"))
    number = models.PositiveIntegerField(_("to version"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("who")
    )
    created_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("change of the version in use")
        verbose_name_plural = _("changes of the version in use")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.former} → {self.number}"


class PromptQuestion(models.Model):
    """A question on which versions are compared."""

    text = models.TextField(_("question"), max_length=QUESTION_LENGTH)
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES, default="en")
    tags = models.CharField(_("tags"), max_length=200, blank=True)
    note = models.CharField(_("note"), max_length=NOTE_LENGTH, blank=True)
    active = models.BooleanField(_("asked in comparisons"), default=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("added by")
    )
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        verbose_name = _("saved question")
        verbose_name_plural = _("saved questions")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.text if len(self.text) <= 80 else f"{self.text[:79]}…"

    @property
    def tag_names(self) -> list[str]:
        return [name.strip() for name in self.tags.split(",") if name.strip()]


class PromptComparison(models.Model):
    """Two texts of a prompt on the same questions.

    The texts are kept as they were. `worker` works on it until `lease_until`; a worker that has lost its lease stores
    nothing more. `model` is a model's key, empty for the default chain. `blind`: the person who judges is not told
    which answer is whose.
    """

    prompt = models.ForeignKey(Prompt, models.CASCADE, related_name="comparisons", verbose_name=_("prompt"))
    number_a = models.PositiveIntegerField(_("version A"))
    number_b = models.PositiveIntegerField(_("version B"))
    text_a = models.TextField()
    text_b = models.TextField()
    model = models.CharField(_("model"), max_length=100, blank=True)
    blind = models.BooleanField(_("hide which is which"), default=False)
    state = models.CharField(
        _("state"), max_length=10, choices=ComparisonState, default=ComparisonState.WAITING, db_index=True
    )
    error = models.CharField(_("error"), max_length=50, blank=True)
    worker = models.CharField(max_length=40, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("started by")
    )
    created_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects: ClassVar[Any] = ComparisonQuerySet.as_manager()

    class Meta:
        verbose_name = _("comparison of prompts")
        verbose_name_plural = _("comparisons of prompts")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"#{self.pk}"


class ComparedQuestion(models.Model):
    """A question of a comparison as it was asked, with the passages for both sides and a person's verdict.

    `passages` is null until the knowledge base has been asked; then a list of objects with title, heading, text, url.
    `swapped`: B stands on the left while the comparison is blind.
    """

    comparison = models.ForeignKey(PromptComparison, models.CASCADE, related_name="questions")
    position = models.PositiveIntegerField()
    text = models.TextField()
    language = models.CharField(max_length=5)
    passages = models.JSONField(null=True)
    swapped = models.BooleanField(default=False)
    verdict = models.CharField(_("verdict"), max_length=5, choices=Verdict, blank=True)
    judged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    judged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("compared question")
        verbose_name_plural = _("compared questions")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["comparison", "position"], name="compared_question_unique")]

    def __str__(self) -> str:
        return f"{self.comparison_id}.{self.position}"


class PromptAnswer(models.Model):
    """One side's answer to one question. While RUNNING it belongs to `worker`, as long as that has the comparison."""

    asked = models.ForeignKey(ComparedQuestion, models.CASCADE, related_name="answers")
    side = models.CharField(_("side"), max_length=1, choices=Side)
    state = models.CharField(_("state"), max_length=10, choices=AnswerState, default=AnswerState.WAITING)
    worker = models.CharField(max_length=40, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    text = models.TextField(blank=True)
    error = models.CharField(_("error"), max_length=50, blank=True)
    model_key = models.CharField(_("model"), max_length=100, blank=True)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    estimated = models.BooleanField(default=False)
    cost = models.DecimalField(_("cost, USD"), max_digits=14, decimal_places=8, default=Decimal(0))
    duration_ms = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("answer of a comparison")
        verbose_name_plural = _("answers of comparisons")
        ordering = ["asked", "side"]
        constraints = [models.UniqueConstraint(fields=["asked", "side"], name="prompt_answer_one_per_side")]

    def __str__(self) -> str:
        return f"{self.asked_id} {self.side}"
