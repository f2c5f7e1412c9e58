import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.models import Delivery
from tickets.choices import (
    OURS,
    AnswerKind,
    EventBy,
    EventKind,
    MessageKind,
    MoveKind,
    SendState,
    TicketChannel,
    TicketPriority,
    TicketState,
)
from tickets.models.customers import Customer
from tickets.models.mail import InboundMail
from tickets.models.mailboxes import Mailbox, Topic
from tickets.querysets import TicketMessageQuerySet, TicketQuerySet


class Tag(models.Model):
    name = models.CharField(_("name"), max_length=50, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Ticket(models.Model):
    """One matter of one customer. The key is its number, `uuid` its id for the outside.

    `waiting_since` is set while the customer waits for us. `due_at` is the nearest of the moments that the service
    level asks for; None while nothing is due or the clock is paused; `sla_paused_seconds` is the open time of pauses
    that are over. `learn_due_at`: an article may be made of it (tickets.learning). A merged ticket keeps its number
    and says where its messages went.
    """

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    subject = models.CharField(_("subject"), max_length=998, blank=True)
    mailbox = models.ForeignKey(Mailbox, models.PROTECT, related_name="tickets", verbose_name=_("mailbox"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="tickets", verbose_name=_("customer"))
    channel = models.CharField(_("channel"), max_length=16, choices=TicketChannel, default=TicketChannel.MAIL)
    state = models.CharField(_("state"), max_length=16, choices=TicketState, default=TicketState.NEW)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=TicketPriority, default=TicketPriority.NORMAL)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name=_("assigned to"),
    )
    topic = models.ForeignKey(
        Topic, models.SET_NULL, null=True, blank=True, related_name="tickets", verbose_name=_("topic")
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="tickets", verbose_name=_("tags"))
    language = models.CharField(_("language"), max_length=8, blank=True)
    summary = models.CharField(_("summary"), max_length=500, blank=True)
    has_draft = models.BooleanField(_("draft to approve"), default=False, editable=False)
    escalated_at = models.DateTimeField(_("handed over"), null=True, blank=True, editable=False)
    escalation_reason = models.CharField(_("why a person"), max_length=300, blank=True, editable=False)
    split_suggested = models.BooleanField(_("perhaps two matters"), default=False, editable=False)
    message_count = models.PositiveIntegerField(_("messages"), default=0, editable=False)

    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    last_message_at = models.DateTimeField(_("last message"), default=timezone.now, editable=False)
    last_customer_at = models.DateTimeField(_("last mail of the customer"), null=True, blank=True, editable=False)
    waiting_since = models.DateTimeField(_("customer waits since"), null=True, blank=True, editable=False)
    first_answered_at = models.DateTimeField(_("first answer"), null=True, blank=True, editable=False)
    last_answered_at = models.DateTimeField(_("last answer"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)
    verified_at = models.DateTimeField(_("resolution verified"), null=True, blank=True, editable=False)

    answer_due_at = models.DateTimeField(_("answer due"), null=True, blank=True, editable=False)
    resolution_due_at = models.DateTimeField(_("resolution due"), null=True, blank=True, editable=False)
    due_at = models.DateTimeField(_("due"), null=True, blank=True, editable=False)
    sla_paused_at = models.DateTimeField(_("clock paused"), null=True, blank=True, editable=False)
    sla_paused_seconds = models.PositiveIntegerField(default=0, editable=False)
    sla_warned_at = models.DateTimeField(_("warned"), null=True, blank=True, editable=False)
    sla_breached_at = models.DateTimeField(_("overdue since"), null=True, blank=True, editable=False)

    learn_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    rating = models.PositiveSmallIntegerField(_("rating"), null=True, blank=True, editable=False)
    rating_comment = models.TextField(_("comment on the rating"), blank=True, editable=False)
    rated_at = models.DateTimeField(_("rated"), null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="merged", verbose_name=_("merged into")
    )

    objects: ClassVar[Any] = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["mailbox", "-last_message_at"], name="ticket_by_mailbox"),
            models.Index(fields=["state", "-last_message_at"], name="ticket_by_state"),
            models.Index(fields=["-last_message_at"], name="ticket_newest"),
            models.Index(
                fields=["assignee", "priority", "waiting_since"],
                name="ticket_queue",
                condition=Q(state__in=["new", "open"]),
            ),
            models.Index(fields=["due_at"], name="ticket_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["-last_message_at"], name="ticket_drafts", condition=Q(has_draft=True)),
            models.Index(fields=["last_answered_at"], name="ticket_answered", condition=Q(state="answered")),
            models.Index(fields=["customer", "-last_message_at"], name="ticket_by_customer"),
            models.Index(
                fields=["topic", "-last_message_at"], name="ticket_by_topic", condition=Q(topic__isnull=False)
            ),
            models.Index(fields=["learn_due_at"], name="ticket_to_learn", condition=Q(learn_due_at__isnull=False)),
            models.Index(fields=["created_at"], name="ticket_by_day"),
            models.Index(fields=["updated_at"], name="ticket_by_change"),
            models.Index(fields=["closed_at"], name="ticket_by_end", condition=Q(closed_at__isnull=False)),
            models.Index(fields=["rated_at"], name="ticket_by_rating", condition=Q(rated_at__isnull=False)),
            models.Index(fields=["verified_at"], name="ticket_by_proof", condition=Q(verified_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False) | ~Q(state="merged"),
                name="ticket_merged_says_where",
            ),
            models.CheckConstraint(condition=Q(rating__isnull=True) | Q(rating__range=(1, 5)), name="ticket_rating"),
        ]
        permissions = [
            ("answer_ticket", _("Can answer tickets")),
            ("export_ticket", _("Can export tickets")),
            ("erase_customer", _("Can erase personal data")),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    def is_ours(self) -> bool:
        return self.state in OURS

    def is_overdue(self, now: datetime) -> bool:
        return self.due_at is not None and self.due_at < now


class TicketMessage(models.Model):
    """A mail, an answer or a note. `text` is the whole, `new_text` without what it quotes.

    `sent_at` is the mail's own date, never after its arrival; a conversation is read in its order. `key` makes an
    answer be written once, however often it is asked for.
    """

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="messages", verbose_name=_("ticket"))
    kind = models.CharField(_("kind"), max_length=16, choices=MessageKind)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("author")
    )
    by_ai = models.BooleanField(_("written by AI"), default=False)
    answer_kind = models.CharField(_("kind of answer"), max_length=16, choices=AnswerKind, blank=True)
    inbound = models.OneToOneField(
        InboundMail, models.SET_NULL, null=True, blank=True, related_name="message", verbose_name=_("received mail")
    )
    in_answer_to = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="answers", verbose_name=_("in answer to")
    )
    sender_name = models.CharField(_("name of the sender"), max_length=200, blank=True)
    sender_address = models.CharField(_("sender"), max_length=320, blank=True)
    reply_to = models.CharField(_("answers go to"), max_length=320, blank=True)
    to = models.JSONField(_("to"), default=list, blank=True)
    cc = models.JSONField(_("copy to"), default=list, blank=True)
    subject = models.CharField(_("subject"), max_length=998, blank=True)
    message_id = models.CharField("Message-ID", max_length=998, blank=True)
    references = models.JSONField(default=list, blank=True)
    text = models.TextField(_("text"), blank=True)
    new_text = models.TextField(_("new text"), blank=True)
    html = models.TextField("HTML", blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    is_new_participant = models.BooleanField(_("somebody new in the thread"), default=False)
    delivery = models.ForeignKey(
        Delivery, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("delivery")
    )
    send_state = models.CharField(_("sending"), max_length=16, choices=SendState, blank=True, default="")
    send_error = models.CharField(_("why not sent"), max_length=500, blank=True)
    key = models.CharField(max_length=100, null=True, blank=True, unique=True, editable=False)  # noqa: DJ001 - unique
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    objects: ClassVar[Any] = TicketMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["sent_at", "id"]
        indexes = [
            models.Index(fields=["ticket", "sent_at", "id"], name="message_in_order"),
            models.Index(fields=["message_id"], name="message_by_id", condition=~Q(message_id="")),
            models.Index(fields=["delivery"], name="message_by_delivery", condition=Q(send_state="queued")),
            models.Index(fields=["created_at"], name="answer_by_day", condition=Q(kind="answer")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class Attachment(models.Model):
    """A file of a message, in the product's storage at `path`."""

    message = models.ForeignKey(TicketMessage, models.CASCADE, related_name="attachments", verbose_name=_("message"))
    name = models.CharField(_("name"), max_length=255)
    content_type = models.CharField(_("kind"), max_length=100, blank=True)
    size = models.PositiveIntegerField(_("size, bytes"), default=0)
    digest = models.CharField(max_length=64, blank=True, editable=False)
    path = models.CharField(max_length=255, blank=True, editable=False)
    inline = models.BooleanField(_("inside the text"), default=False)
    content_id = models.CharField(max_length=255, blank=True, editable=False)
    text = models.TextField(_("text"), blank=True, editable=False)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class ThreadKey(models.Model):
    """What a mail shares with the others of its thread (tickets.threading.keys); the digest leads to the ticket."""

    digest = models.CharField(max_length=32, primary_key=True)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="thread_keys", verbose_name=_("ticket"))
    message = models.ForeignKey(
        TicketMessage, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("message")
    )

    class Meta:
        verbose_name = _("thread key")
        verbose_name_plural = _("thread keys")

    def __str__(self) -> str:
        return self.digest


class TicketMove(models.Model):
    """Messages that went from one ticket to another, with all that is needed to take it back.

    `messages`, `keys`: what was moved; `before`: fields of `source` as they were.
    """

    kind = models.CharField(_("kind"), max_length=16, choices=MoveKind)
    source = models.ForeignKey(Ticket, models.CASCADE, related_name="moves_out", verbose_name=_("from"))
    target = models.ForeignKey(Ticket, models.CASCADE, related_name="moves_in", verbose_name=_("to"))
    messages = models.JSONField(default=list)
    keys = models.JSONField(default=list)
    before = models.JSONField(default=dict)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    class Meta:
        verbose_name = _("merge or split")
        verbose_name_plural = _("merges and splits")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} #{self.source_id} → #{self.target_id}"


class TicketEvent(models.Model):
    """What happened to a ticket, when, and by whom: written by the services, never changed."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="events", verbose_name=_("ticket"))
    kind = models.CharField(_("kind"), max_length=16, choices=EventKind)
    by = models.CharField(_("by"), max_length=16, choices=EventBy, default=EventBy.SYSTEM)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    message = models.ForeignKey(
        TicketMessage, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("message")
    )
    data = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("event of a ticket")
        verbose_name_plural = _("events of tickets")
        ordering = ["id"]
        indexes = [models.Index(fields=["ticket", "id"], name="ticket_event_in_order")]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"
