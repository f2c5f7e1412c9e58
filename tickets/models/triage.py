from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bots.engine.rules import RuleError
from integrations.outbox.ids import ordered_uuid
from tickets.choices import (
    AnswerKind,
    Decision,
    DraftState,
    RuleAction,
    TicketPriority,
    TriageAction,
    TriageSource,
    TriageState,
)
from tickets.models.mailboxes import Mailbox, Topic, shown_name
from tickets.models.tickets import Tag, Ticket, TicketMessage


class DeskRule(models.Model):
    """What staff have laid down for certain mails: `condition` is a jQuery QueryBuilder group (bots.engine.rules).

    The first rules come first; each that matches sorts, the strictest action counts.
    """

    key = models.SlugField(_("key"), max_length=50, blank=True, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True)
    description = models.CharField(_("description"), max_length=300, blank=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    order = models.PositiveIntegerField(_("order"), default=100)
    mailbox = models.ForeignKey(
        Mailbox, models.CASCADE, null=True, blank=True, related_name="rules", verbose_name=_("only for mailbox")
    )
    condition = models.JSONField(_("condition"), default=dict)
    action = models.CharField(_("action"), max_length=16, choices=RuleAction, default=RuleAction.ESCALATE)
    priority = models.PositiveSmallIntegerField(_("sets the priority"), choices=TicketPriority, null=True, blank=True)
    topic = models.ForeignKey(
        Topic, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("sets the topic")
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="+", verbose_name=_("adds the tags"))
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("rule of the desk")
        verbose_name_plural = _("rules of the desk")
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return shown_name(self.name)

    def clean(self) -> None:
        from tickets.triage.rules import validate_condition

        try:
            validate_condition(self.condition)
        except RuleError as error:
            raise ValidationError({"condition": str(error)}) from error


class Triage(models.Model):
    """One decision about one mail of a customer: what was decided, by whom, on what grounds, and what was done.

    `evidence`: [{"chunk": id, "document": id, "title", "url", "quote"}].
    `rules`: [{"rule": id, "name", "explain": [...]}].
    `confidence` is what the decider said, `calibrated` what staff's verdicts on earlier ones make of it; 0..1.
    `verdict`, `edited`: what a person did with it (a DraftState) and how much of the text was changed, 0..1.
    """

    id = models.UUIDField(primary_key=True, default=ordered_uuid, editable=False)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="triages", verbose_name=_("ticket"))
    message = models.ForeignKey(TicketMessage, models.CASCADE, related_name="triages", verbose_name=_("message"))
    mailbox = models.ForeignKey(Mailbox, models.CASCADE, related_name="+", verbose_name=_("mailbox"))
    state = models.CharField(_("state"), max_length=16, choices=TriageState, default=TriageState.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    worker = models.CharField(max_length=64, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)

    decision = models.CharField(_("decision"), max_length=20, choices=Decision, blank=True)
    source = models.CharField(_("decided by"), max_length=16, choices=TriageSource, blank=True, default="")
    full_name = models.CharField(_("name of the customer"), max_length=200, blank=True)
    issue_summary = models.TextField(_("summary"), blank=True)
    draft_reply = models.TextField(_("draft"), blank=True)
    reason = models.TextField(_("reason"), blank=True)
    confidence = models.FloatField(_("confidence"), null=True, blank=True)
    calibrated = models.FloatField(_("calibrated confidence"), null=True, blank=True)
    evidence = models.JSONField(_("evidence"), default=list, blank=True)
    rules = models.JSONField(_("rules"), default=list, blank=True)
    problems = models.JSONField(_("problems"), default=list, blank=True)
    degraded = models.CharField(_("worse than usual"), max_length=50, blank=True)
    error_code = models.CharField(_("error"), max_length=50, blank=True)

    action = models.CharField(_("done"), max_length=16, choices=TriageAction, blank=True, default="")
    action_reason = models.CharField(_("why this was done"), max_length=50, blank=True)
    level = models.CharField(_("autopilot"), max_length=16, blank=True)
    shadow = models.BooleanField(_("shadow mode"), default=False)
    verdict = models.CharField(_("verdict of the staff"), max_length=16, choices=DraftState, blank=True)
    edited = models.FloatField(_("share edited"), null=True, blank=True)
    verdict_at = models.DateTimeField(_("judged"), null=True, blank=True)

    provider_key = models.CharField(_("provider"), max_length=50, blank=True)
    model_key = models.CharField(_("model"), max_length=100, blank=True)
    calls = models.PositiveSmallIntegerField(_("calls of models"), default=0)
    input_tokens = models.PositiveIntegerField(_("input tokens"), default=0)
    output_tokens = models.PositiveIntegerField(_("output tokens"), default=0)
    cost = models.DecimalField(_("cost, USD"), max_digits=14, decimal_places=8, default=Decimal(0))
    duration_ms = models.PositiveIntegerField(_("duration, ms"), default=0)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="triage_due", condition=Q(state="pending")),
            models.Index(fields=["lease_until"], name="triage_running", condition=Q(state="running")),
            models.Index(fields=["mailbox", "-verdict_at"], name="triage_judged", condition=~Q(verdict="")),
            models.Index(fields=["-created_at"], name="triage_newest"),
            models.Index(fields=["verdict_at"], name="triage_by_verdict", condition=~Q(verdict="")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(state__in=["pending", "running"]), name="triage_one_open_per_ticket"
            ),
            models.CheckConstraint(condition=~Q(state="done") | ~Q(decision=""), name="triage_done_has_a_decision"),
        ]

    def __str__(self) -> str:
        return f"triage {str(self.id)[:8]}"


class Draft(models.Model):
    """An answer that waits for a person. `final_text` is what was sent in its place; `edited` how much that differs."""

    id = models.UUIDField(primary_key=True, default=ordered_uuid, editable=False)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="drafts", verbose_name=_("ticket"))
    message = models.ForeignKey(
        TicketMessage, models.CASCADE, null=True, related_name="drafts", verbose_name=_("in answer to")
    )
    triage = models.OneToOneField(
        Triage, models.SET_NULL, null=True, blank=True, related_name="draft", verbose_name=_("decision")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=AnswerKind, default=AnswerKind.ANSWER)
    text = models.TextField(_("text"))
    state = models.CharField(_("state"), max_length=16, choices=DraftState, default=DraftState.OPEN)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reviewed by"),
    )
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, blank=True)
    reject_reason = models.CharField(_("why rejected"), max_length=300, blank=True)
    final_text = models.TextField(_("text that was sent"), blank=True)
    edited = models.FloatField(_("share edited"), null=True, blank=True)
    answer = models.OneToOneField(
        TicketMessage, models.SET_NULL, null=True, blank=True, related_name="draft", verbose_name=_("answer")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["ticket"], condition=Q(state="open"), name="draft_one_open_per_ticket")
        ]

    def __str__(self) -> str:
        return f"draft {str(self.id)[:8]}"


class AutopilotEvent(models.Model):
    """When the autopilot of a mailbox was paused or let go, and why."""

    mailbox = models.ForeignKey(Mailbox, models.CASCADE, related_name="autopilot_events", verbose_name=_("mailbox"))
    paused = models.BooleanField(_("paused"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    data = models.JSONField(default=dict, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        verbose_name = _("pause of the autopilot")
        verbose_name_plural = _("pauses of the autopilot")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.mailbox_id}: {self.reason}"
