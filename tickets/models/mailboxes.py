from typing import Any, ClassVar

from django.contrib.auth.models import Group
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tickets.choices import AutopilotHours, AutopilotLevel, TicketPriority
from tickets.querysets import MailboxQuerySet


def shown_name(name: str) -> str:
    """In the reader's language where the words are the desk's own: names it came with, reasons that it gave."""
    return gettext(name) if name else ""


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def working_week() -> dict[str, list[list[str]]]:
    return {day: [["09:00", "18:00"]] for day in WEEKDAYS[:5]}


class BusinessHours(models.Model):
    """When people are at work.

    `week` is {"mon": [["09:00", "13:00"], ["14:00", "18:00"]], ...}, `holidays` are ISO dates.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Moscow")
    week = models.JSONField(_("week"), default=working_week)
    holidays = models.JSONField(_("holidays"), default=list, blank=True)

    class Meta:
        verbose_name = _("office hours")
        verbose_name_plural = _("office hours")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        from tickets.sla.hours import Hours

        Hours.of(self)


class SlaPolicy(models.Model):
    """How soon customers are answered; without hours, time runs day and night."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    hours = models.ForeignKey(
        BusinessHours, models.SET_NULL, null=True, blank=True, verbose_name=_("office hours"), related_name="+"
    )
    warn_minutes = models.PositiveIntegerField(_("warn before, minutes"), default=30)

    class Meta:
        verbose_name = _("service level")
        verbose_name_plural = _("service levels")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SlaTarget(models.Model):
    policy = models.ForeignKey(SlaPolicy, models.CASCADE, related_name="targets", verbose_name=_("service level"))
    priority = models.PositiveSmallIntegerField(_("priority"), choices=TicketPriority)
    first_answer_minutes = models.PositiveIntegerField(_("first answer within, minutes"), null=True, blank=True)
    next_answer_minutes = models.PositiveIntegerField(_("further answers within, minutes"), null=True, blank=True)
    resolution_minutes = models.PositiveIntegerField(_("resolution within, minutes"), null=True, blank=True)

    class Meta:
        verbose_name = _("target of a service level")
        verbose_name_plural = _("targets of service levels")
        ordering = ["policy", "priority"]
        constraints = [models.UniqueConstraint(fields=["policy", "priority"], name="sla_target_unique")]

    def __str__(self) -> str:
        return f"{self.policy}: {self.get_priority_display()}"


class Mailbox(models.Model):
    """An address that customers write to, and how its mail is dealt with.

    `groups`: who may see its tickets; nobody named means all staff with the right to view tickets.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    address = models.EmailField(_("address"), max_length=320)
    aliases = models.JSONField(_("further addresses"), default=list, blank=True)
    sender_name = models.CharField(_("name of the sender"), max_length=100, blank=True)
    language = models.CharField(
        _("language"), max_length=8, blank=True, help_text=_("Of answers where the customer's cannot be told.")
    )
    signature_en = models.TextField(_("signature, English"), blank=True)
    signature_ru = models.TextField(_("signature, Russian"), blank=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    is_default = models.BooleanField(
        _("takes all other mail"), default=False, help_text=_("Mail to addresses that no mailbox has comes here.")
    )
    groups = models.ManyToManyField(Group, blank=True, verbose_name=_("teams"), related_name="mailboxes")

    autopilot = models.CharField(_("autopilot"), max_length=16, choices=AutopilotLevel, default=AutopilotLevel.DRAFT)
    autopilot_hours = models.CharField(
        _("autopilot works"), max_length=16, choices=AutopilotHours, default=AutopilotHours.ALWAYS
    )
    threshold = models.FloatField(
        _("confident from"), default=0.75, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)]
    )
    shadow = models.BooleanField(
        _("shadow mode"), default=False, help_text=_("Decisions are recorded and nothing is done with them.")
    )
    edit_limit = models.FloatField(
        _("highest share of edited answers"),
        default=0.3,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text=_("Above it the autopilot falls back to drafts."),
    )
    autopilot_paused_at = models.DateTimeField(_("autopilot paused"), null=True, blank=True, editable=False)
    autopilot_paused_for = models.CharField(_("paused for"), max_length=300, blank=True, editable=False)
    calibration = models.JSONField(default=dict, blank=True, editable=False)

    hours = models.ForeignKey(
        BusinessHours, models.SET_NULL, null=True, blank=True, verbose_name=_("office hours"), related_name="+"
    )
    sla = models.ForeignKey(
        SlaPolicy, models.SET_NULL, null=True, blank=True, verbose_name=_("service level"), related_name="mailboxes"
    )
    ask_rating = models.BooleanField(_("ask for a rating"), default=False)

    imap_host = models.CharField(_("IMAP server"), max_length=253, blank=True)
    imap_port = models.PositiveIntegerField(_("port"), default=993)
    imap_tls = models.BooleanField(_("TLS"), default=True)
    imap_user = models.CharField(_("user name"), max_length=320, blank=True)
    sealed_imap_password = models.TextField(blank=True, editable=False)
    imap_folder = models.CharField(_("folder"), max_length=200, default="INBOX", blank=True)
    imap_uid_validity = models.BigIntegerField(null=True, blank=True, editable=False)
    imap_last_uid = models.BigIntegerField(default=0, editable=False)
    imap_lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    imap_checked_at = models.DateTimeField(_("last looked into"), null=True, blank=True, editable=False)
    imap_error = models.CharField(_("last error"), max_length=300, blank=True, editable=False)

    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    sealed_fields: ClassVar[dict[str, str]] = {"sealed_imap_password": "mailbox:{pk}:imap_password"}
    objects: ClassVar[Any] = MailboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("address"), name="mailbox_address_unique"),
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="mailbox_one_takes_other_mail"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def signature(self, language: str) -> str:
        """In `language`, else in the other one."""
        first, second = (
            (self.signature_ru, self.signature_en)
            if language == "ru"
            else (
                self.signature_en,
                self.signature_ru,
            )
        )
        return first or second

    def is_paused(self) -> bool:
        return self.autopilot_paused_at is not None


class Topic(models.Model):
    """What tickets are about, set by rules, triage or people."""

    key = models.SlugField(_("key"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=100)
    autopilot = models.CharField(
        _("autopilot"),
        max_length=16,
        choices=AutopilotLevel,
        blank=True,
        help_text=_("The stricter one of topic and mailbox counts."),
    )

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["name"]

    def __str__(self) -> str:
        return shown_name(self.name)
