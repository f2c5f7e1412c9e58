from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.outbox.choices import (
    OPEN_STATES,
    AttemptOutcome,
    DeliveryKind,
    DeliveryState,
    HoldReason,
    Priority,
)
from integrations.outbox.ids import ordered_uuid
from integrations.outbox.querysets import DeliveryQuerySet

WAITING = Q(state="pending")
OPEN = Q(state__in=["pending", "sending"])


class Delivery(models.Model):
    """One message on its way out. Keys sort in the order of writing."""

    id = models.UUIDField(primary_key=True, default=ordered_uuid, editable=False)
    kind = models.CharField(_("kind"), max_length=16, choices=DeliveryKind)
    idempotency_key = models.CharField(
        _("idempotency key"), max_length=200, help_text=_("Whoever enqueues with the same key again gets this row.")
    )
    payload = models.JSONField(_("message"), help_text=_("What is sent; secrets are only referred to."))
    recipient = models.CharField(_("to"), max_length=320)
    summary = models.CharField(_("about"), max_length=200, blank=True)
    source = models.CharField(_("caused by"), max_length=100, blank=True, db_index=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked for by"),
    )
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState, default=DeliveryState.PENDING)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    ordering_key = models.CharField(
        _("in order with"),
        max_length=200,
        blank=True,
        help_text=_("Messages with the same text here go out one after the other."),
    )
    target = models.CharField(
        _("through"), max_length=100, help_text=_("Server, bot or webhook: when it asks for a pause, all of it pauses.")
    )
    repeatable = models.BooleanField(
        _("may be repeated"), help_text=_("Sent again when nobody knows whether it has arrived.")
    )

    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    tries = models.PositiveIntegerField(_("attempts since it was last asked for"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    first_attempt_at = models.DateTimeField(_("first attempt"), null=True, blank=True)
    held_for = models.CharField(_("held back"), max_length=30, blank=True, choices=HoldReason)
    worker = models.CharField(_("worker"), max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    handed_over_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=500, blank=True)
    result = models.JSONField(_("answer of the other side"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects: ClassVar[Any] = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["kind", "priority", "next_attempt_at"], name="delivery_due", condition=WAITING),
            models.Index(fields=["ordering_key", "id"], name="delivery_order", condition=OPEN),
            models.Index(fields=["target"], name="delivery_target", condition=WAITING),
            models.Index(fields=["state", "finished_at"], name="delivery_finished"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["idempotency_key"], name="delivery_idempotency_key_unique"),
            models.UniqueConstraint(
                fields=["ordering_key"],
                condition=Q(state="sending") & ~Q(ordering_key=""),
                name="one_delivery_at_a_time_per_ordering_key",
            ),
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(lease_until__isnull=False), name="delivery_being_sent_has_a_lease"
            ),
            models.CheckConstraint(
                condition=(OPEN & Q(finished_at__isnull=True)) | (~OPEN & Q(finished_at__isnull=False)),
                name="delivery_is_finished_or_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipient} {str(self.pk)[-8:]}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    def age(self, now: datetime) -> float:
        """Seconds since the first attempt of this round; 0 before it."""
        return (now - self.first_attempt_at).total_seconds() if self.first_attempt_at else 0.0


class DeliveryAttempt(models.Model):
    """One try and how it ended."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="log", verbose_name=_("delivery"))
    number = models.PositiveIntegerField(_("attempt"))
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=AttemptOutcome)
    code = models.CharField(_("code"), max_length=30, blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    worker = models.CharField(_("worker"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("delivery attempt")
        verbose_name_plural = _("delivery attempts")
        ordering = ["delivery", "number"]
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="delivery_attempt_number_unique")]

    def __str__(self) -> str:
        return f"#{self.number}"
