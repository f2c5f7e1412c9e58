"""What is remembered, whether it may be, and which turns are still to be learned from."""

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import AnonymousSubscriber
from chat.memory.choices import (
    PROTECTED_CATEGORIES,
    RECALLED,
    ExtractionState,
    MemoryCategory,
    MemorySource,
    MemoryType,
    Validation,
)
from chat.memory.querysets import ExtractionQuerySet, MemoryQuerySet

# Characters of a memory: a sentence or two.
LONGEST_TEXT = 500
FADES_EVERY = timedelta(days=7)
# Memories that were of use so often do not fade.
USED_OFTEN = 3
UNIT = [MinValueValidator(0.0), MaxValueValidator(1.0)]


def one_holder(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(owner__isnull=True) ^ Q(visitor__isnull=True), name=name)


class MemoryAccount(models.Model):
    """A person's switch, and the revision of what is remembered of him; locked by whoever writes.

    Every write raises `revision`; one that takes something away also sets `floor` to it, and an index older than that
    is read anew. What was asked before `erased_at` teaches nothing any more.
    """

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    visitor = models.OneToOneField(AnonymousSubscriber, models.CASCADE, null=True, blank=True, related_name="+")
    enabled = models.BooleanField(_("remembers"), default=True)
    revision = models.PositiveBigIntegerField(default=0, editable=False)
    floor = models.PositiveBigIntegerField(default=0, editable=False)
    erased_at = models.DateTimeField(_("last erased"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("memory account")
        verbose_name_plural = _("memory accounts")
        constraints = [one_holder("memory_account_has_one_holder")]

    def __str__(self) -> str:
        return f"memory account {self.pk}"


class Memory(models.Model):
    """One thing that is remembered of a person.

    `digest` is that of the normalised text, so that nothing is remembered twice; `terms` are its base forms between
    spaces. `burst` counts how often something alike was said since `burst_at`. `fades_at` is when it next loses
    confidence; None for what never does.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("user")
    )
    visitor = models.ForeignKey(
        AnonymousSubscriber, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("visitor")
    )
    text = models.CharField(_("text"), max_length=LONGEST_TEXT)
    memory_type = models.CharField(_("kind"), max_length=10, choices=MemoryType, default=MemoryType.LONG_TERM)
    category = models.CharField(_("category"), max_length=12, choices=MemoryCategory, default=MemoryCategory.GENERAL)
    importance = models.FloatField(_("importance"), default=0.5, validators=UNIT)
    confidence = models.FloatField(_("confidence"), default=0.8, validators=UNIT)
    validation = models.CharField(_("state"), max_length=14, choices=Validation, default=Validation.VALIDATED)
    source = models.CharField(_("source"), max_length=12, choices=MemorySource, default=MemorySource.CONVERSATION)
    conversation = models.ForeignKey(
        "chat.Conversation", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("conversation")
    )
    pinned = models.BooleanField(_("pinned"), default=False)
    tags = models.JSONField(_("tags"), default=list, blank=True)
    access_count = models.PositiveIntegerField(_("times recalled"), default=0)
    last_accessed = models.DateTimeField(_("last recalled"), null=True, blank=True)
    context_hash = models.CharField(max_length=16, blank=True, editable=False)
    support = models.PositiveIntegerField(_("times said"), default=1, editable=False)
    burst = models.PositiveSmallIntegerField(default=1, editable=False)
    burst_at = models.DateTimeField(default=timezone.now, editable=False)
    fades_at = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)
    digest = models.CharField(max_length=64, editable=False)
    terms = models.TextField(blank=True, editable=False)
    encoder = models.CharField(max_length=120, blank=True, editable=False, db_index=True)
    # float16, as the encoder made them.
    vector = models.BinaryField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    revision = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("remembered"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[Any] = MemoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("memory")
        verbose_name_plural = _("memories")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["owner", "revision"], name="memory_owner_revision"),
            models.Index(fields=["visitor", "revision"], name="memory_visitor_revision"),
            models.Index(fields=["owner", "-created_at"], name="memory_owner_newest"),
            models.Index(fields=["visitor", "-created_at"], name="memory_visitor_newest"),
        ]
        constraints = [
            one_holder("memory_has_one_holder"),
            models.UniqueConstraint(
                fields=["owner", "digest"], condition=Q(owner__isnull=False), name="memory_of_user_unique"
            ),
            models.UniqueConstraint(
                fields=["visitor", "digest"], condition=Q(visitor__isnull=False), name="memory_of_visitor_unique"
            ),
            models.CheckConstraint(
                condition=Q(importance__gte=0, importance__lte=1, confidence__gte=0, confidence__lte=1),
                name="memory_weights_are_shares",
            ),
        ]

    def __str__(self) -> str:
        return self.text if len(self.text) <= 60 else f"{self.text[:59]}…"

    @property
    def is_recalled(self) -> bool:
        return self.validation in RECALLED

    @property
    def is_protected(self) -> bool:
        """Whether it stays until a person takes it away."""
        confirmed = self.validation == Validation.USER_CONFIRMED
        return self.pinned or confirmed or self.category in PROTECTED_CATEGORIES

    def next_fading(self, now: datetime) -> datetime | None:
        """When it loses confidence, if it is not recalled before."""
        return None if self.is_protected or self.access_count >= USED_OFTEN else now + FADES_EVERY


class MemoryExtraction(models.Model):
    """A finished turn that is to be learned from: claimed with a lease, done once."""

    turn = models.OneToOneField(
        "chat.Turn", models.CASCADE, related_name="memory_extraction", verbose_name=_("answer"), primary_key=True
    )
    state = models.CharField(_("state"), max_length=8, choices=ExtractionState, default=ExtractionState.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    # Passages that the answer rested on: what they say, a fact may say.
    passages = models.JSONField(default=list, editable=False)
    error = models.CharField(_("error"), max_length=100, blank=True)
    learned = models.PositiveSmallIntegerField(_("learned"), default=0)
    refused = models.PositiveSmallIntegerField(_("refused"), default=0)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects: ClassVar[Any] = ExtractionQuerySet.as_manager()

    class Meta:
        verbose_name = _("learning from an answer")
        verbose_name_plural = _("learning from answers")
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["next_at"], name="memory_extraction_open", condition=Q(state__in=["pending", "running"])
            ),
            models.Index(fields=["finished_at"], name="memory_extraction_done", condition=Q(state="done")),
        ]

    def __str__(self) -> str:
        return str(self.pk)[:8]
