from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.choices import PostKind, PromptKind
from tickets.models.mailboxes import Mailbox
from tickets.models.tickets import Ticket, TicketEvent
from tickets.models.triage import Draft


class OperatorChat(models.Model):
    """A Telegram chat, or one topic of it, that is told of tickets: of one mailbox, or of all that have no chat."""

    name = models.CharField(_("name"), max_length=100)
    bot = models.CharField(
        _("bot"), max_length=100, blank=True, help_text=_("Empty for the bot of TELEGRAM_BOT_TOKEN.")
    )
    chat_id = models.CharField(_("chat"), max_length=64)
    thread_id = models.BigIntegerField(_("topic of the chat"), null=True, blank=True)
    mailbox = models.ForeignKey(
        Mailbox, models.CASCADE, null=True, blank=True, related_name="chats", verbose_name=_("only for mailbox")
    )
    language = models.CharField(_("language"), max_length=8, default="ru")
    enabled = models.BooleanField(_("enabled"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("chat of operators")
        verbose_name_plural = _("chats of operators")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["bot", "chat_id"],
                condition=Q(mailbox__isnull=True, thread_id__isnull=True),
                name="operator_chat_for_all_unique",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Operator(models.Model):
    """Who somebody is in Telegram. `code_digest` is of the code that links the two, good until `code_until`."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="telegram_operator", verbose_name=_("person")
    )
    telegram_id = models.BigIntegerField(_("Telegram id"), null=True, blank=True, unique=True)
    telegram_name = models.CharField(_("name in Telegram"), max_length=200, blank=True)
    code_digest = models.CharField(max_length=64, blank=True, editable=False)
    code_until = models.DateTimeField(null=True, blank=True, editable=False)
    linked_at = models.DateTimeField(_("linked"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("operator in Telegram")
        verbose_name_plural = _("operators in Telegram")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.telegram_name or self.telegram_id or '–'}"


class TicketCard(models.Model):
    """The message about a ticket in a chat; `wanted` counts what should be shown, `shown` what was handed over."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="cards", verbose_name=_("ticket"))
    chat = models.ForeignKey(OperatorChat, models.CASCADE, related_name="cards", verbose_name=_("chat"))
    message_id = models.BigIntegerField(_("message"), null=True, blank=True)
    delivery_key = models.CharField(max_length=200, blank=True, editable=False)
    error = models.CharField(_("why not shown"), max_length=300, blank=True, editable=False)
    wanted = models.PositiveIntegerField(default=1, editable=False)
    shown = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        verbose_name = _("card of a ticket")
        verbose_name_plural = _("cards of tickets")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["ticket", "chat"], name="ticket_card_unique")]
        indexes = [
            models.Index(fields=["id"], name="ticket_card_to_show", condition=Q(wanted__gt=models.F("shown"))),
            models.Index(fields=["message_id"], name="ticket_card_by_message", condition=Q(message_id__isnull=False)),
            models.Index(fields=["id"], name="ticket_card_in_trouble", condition=~Q(error="")),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} → {self.chat_id}"


class ChatPost(models.Model):
    """A further message under a card; whoever answers to it answers to the ticket. Its text is made when it is sent."""

    card = models.ForeignKey(TicketCard, models.CASCADE, related_name="posts", verbose_name=_("card"))
    kind = models.CharField(_("kind"), max_length=16, choices=PostKind)
    event = models.ForeignKey(TicketEvent, models.CASCADE, related_name="+", verbose_name=_("because of"))
    not_before = models.DateTimeField(_("not before"), default=timezone.now)
    dropped = models.BooleanField(_("no longer needed"), default=False)
    delivery_key = models.CharField(max_length=200, blank=True, editable=False)
    message_id = models.BigIntegerField(_("message"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("message under a card")
        verbose_name_plural = _("messages under cards")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["card", "event"], name="chat_post_unique")]
        indexes = [
            models.Index(fields=["not_before"], name="chat_post_due", condition=Q(delivery_key="", dropped=False)),
            models.Index(fields=["message_id"], name="chat_post_by_message", condition=Q(message_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class OperatorPrompt(models.Model):
    """What an operator was asked to write, and for which ticket; his answer to that message is the text."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+", verbose_name=_("ticket"))
    draft = models.ForeignKey(Draft, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("draft"))
    operator = models.ForeignKey(Operator, models.CASCADE, related_name="prompts", verbose_name=_("operator"))
    chat = models.CharField(_("chat"), max_length=64)
    kind = models.CharField(_("kind"), max_length=16, choices=PromptKind)
    message_id = models.BigIntegerField(_("message"), null=True, blank=True)
    delivery_key = models.CharField(max_length=200, blank=True, editable=False)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"))
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("question to an operator")
        verbose_name_plural = _("questions to operators")
        ordering = ["-id"]
        indexes = [models.Index(fields=["message_id"], name="operator_prompt_by_message")]

    def __str__(self) -> str:
        return f"{self.kind} #{self.ticket_id}"


class TelegramUpdate(models.Model):
    """One update of a bot, kept before anything is done with it, so that it is dealt with once."""

    bot = models.CharField(max_length=100, blank=True)
    update_id = models.BigIntegerField()
    payload = models.JSONField(default=dict)
    handled_at = models.DateTimeField(_("dealt with"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    album = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("Telegram update")
        verbose_name_plural = _("Telegram updates")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["bot", "update_id"], name="telegram_update_unique")]
        indexes = [models.Index(fields=["id"], name="telegram_update_open", condition=Q(handled_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.update_id}"


class TelegramBotState(models.Model):
    """How far the updates of a bot have been read, and by whom: one reader at a time."""

    bot = models.CharField(max_length=100, unique=True)
    offset = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    webhook_secret_digest = models.CharField(max_length=64, blank=True)
    checked_at = models.DateTimeField(_("last looked into"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("state of a Telegram bot")
        verbose_name_plural = _("states of Telegram bots")

    def __str__(self) -> str:
        return self.bot or "TELEGRAM_BOT_TOKEN"
