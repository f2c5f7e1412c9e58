from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.outbox.ids import ordered_uuid
from tickets.choices import InboundReason, InboundState, MailSource
from tickets.querysets import InboundMailQuerySet


class InboundMail(models.Model):
    """One received mail, whatever became of it. What it said is in `RawMail`, and for tickets in a `TicketMessage`.

    `identity` tells a second delivery of the same mail from another mail (tickets.intake.identity); while a mail could
    not be read yet it is the digest of its bytes.
    """

    id = models.UUIDField(primary_key=True, default=ordered_uuid, editable=False)
    identity = models.CharField(max_length=64, unique=True, editable=False)
    source = models.CharField(_("came by"), max_length=16, choices=MailSource)
    state = models.CharField(_("state"), max_length=16, choices=InboundState, default=InboundState.RECEIVED)
    reason = models.CharField(_("reason"), max_length=16, choices=InboundReason, blank=True, default="")
    reason_text = models.CharField(_("details"), max_length=500, blank=True)
    external_id = models.CharField(_("id at the provider"), max_length=200, blank=True)
    envelope_to = models.JSONField(_("delivered to"), default=list, blank=True)
    message_id = models.CharField("Message-ID", max_length=998, blank=True)
    sender = models.CharField(_("sender"), max_length=320, blank=True)
    sender_name = models.CharField(_("name of the sender"), max_length=200, blank=True)
    subject = models.CharField(_("subject"), max_length=998, blank=True)
    size = models.PositiveIntegerField(_("size, bytes"), default=0)
    defects = models.JSONField(_("defects"), default=list, blank=True)
    deliveries = models.PositiveIntegerField(_("deliveries"), default=1)
    ticket = models.ForeignKey(
        "tickets.Ticket", models.SET_NULL, null=True, blank=True, related_name="mails", verbose_name=_("ticket")
    )
    mailbox = models.ForeignKey(
        "tickets.Mailbox", models.SET_NULL, null=True, blank=True, related_name="mails", verbose_name=_("mailbox")
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    processed_at = models.DateTimeField(_("taken in"), null=True, blank=True)

    objects: ClassVar[Any] = InboundMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("received mail")
        verbose_name_plural = _("received mails")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="inbound_due", condition=Q(state="received")),
            models.Index(fields=["state", "-id"], name="inbound_by_state", condition=~Q(state="ticket")),
            models.Index(fields=["sender", "received_at"], name="inbound_by_sender"),
            models.Index(fields=["source", "external_id"], name="inbound_by_external", condition=~Q(external_id="")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ticket") | Q(ticket__isnull=False) | Q(processed_at__isnull=False),
                name="inbound_in_a_ticket_was_processed",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["received", "ticket"]) | ~Q(reason=""), name="inbound_left_out_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sender} {str(self.id)[:8]}"


class RawMail(models.Model):
    """The bytes as they came, packed by zlib; a table of its own, so that no list drags them along."""

    inbound = models.OneToOneField(
        InboundMail, models.CASCADE, primary_key=True, related_name="raw", verbose_name=_("received mail")
    )
    packed = models.BinaryField(editable=False)

    class Meta:
        verbose_name = _("content of a mail")
        verbose_name_plural = _("contents of mails")

    def __str__(self) -> str:
        return str(self.pk)
