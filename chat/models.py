import uuid
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import AnonymousSubscriber
from chat.about.models import UseCounter
from chat.artifacts.models import Artifact
from chat.choices import ACTIVE_STATES, Channel, MessageRole, MessageState, TurnState
from chat.experience.models import Experience, Personality, TraitPoint
from chat.memory.models import Memory, MemoryAccount, MemoryExtraction
from chat.pipeline.models import TurnStep
from chat.prompts.models import (
    ComparedQuestion,
    Prompt,
    PromptAnswer,
    PromptComparison,
    PromptQuestion,
    PromptSwitch,
    PromptVersion,
)
from chat.querysets import ConversationQuerySet, TurnQuerySet
from chat.widgets.models import Widget, WidgetSession, WidgetSighting
from integrations.models import AIModel

__all__ = [
    "Artifact",
    "ComparedQuestion",
    "Conversation",
    "Experience",
    "Memory",
    "MemoryAccount",
    "MemoryExtraction",
    "Message",
    "Personality",
    "Prompt",
    "PromptAnswer",
    "PromptComparison",
    "PromptQuestion",
    "PromptSwitch",
    "PromptVersion",
    "TraitPoint",
    "Turn",
    "TurnStep",
    "UseCounter",
    "Widget",
    "WidgetSession",
    "WidgetSighting",
]


class Conversation(models.Model):
    """A thread of messages. It belongs to a user, to a visitor, or (shared, by `workflow_key`) to nobody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel = models.CharField(_("channel"), max_length=16, choices=Channel, default=Channel.PAGE)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="conversations",
        verbose_name=_("user"),
    )
    visitor = models.ForeignKey(
        AnonymousSubscriber,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="conversations",
        verbose_name=_("visitor"),
    )
    widget = models.ForeignKey(
        Widget, models.SET_NULL, null=True, blank=True, related_name="conversations", verbose_name=_("widget")
    )
    workflow_key = models.CharField(_("workflow"), max_length=255, blank=True)
    title = models.CharField(_("title"), max_length=200, blank=True)
    model = models.ForeignKey(
        AIModel, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("model")
    )
    metadata = models.JSONField(default=dict, blank=True)
    # Messages up to this position no longer enter prompts: the person has cleared the context.
    context_after = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_activity = models.DateTimeField(_("last activity"), default=timezone.now, db_index=True)

    objects: ClassVar[Any] = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-last_activity"]
        indexes = [models.Index(fields=["workflow_key", "-last_activity"], name="conversation_workflow")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(owner__isnull=True) | models.Q(visitor__isnull=True),
                name="conversation_has_one_owner",
            )
        ]

    def __str__(self) -> str:
        return self.title or str(self.id)[:8]


class Message(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="messages", verbose_name=_("conversation")
    )
    position = models.PositiveIntegerField(_("position"))
    role = models.CharField(_("role"), max_length=10, choices=MessageRole)
    content = models.TextField(_("text"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=MessageState, default=MessageState.COMPLETE)
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["conversation", "position"]
        constraints = [models.UniqueConstraint(fields=["conversation", "position"], name="message_position_unique")]

    def __str__(self) -> str:
        return f"{self.role} #{self.position}"


class Turn(models.Model):
    """One question and the answer to it: the state that must survive anything."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="turns", verbose_name=_("conversation"))
    question = models.ForeignKey(Message, models.CASCADE, related_name="+", verbose_name=_("question"))
    answer = models.OneToOneField(Message, models.CASCADE, related_name="turn", verbose_name=_("answer"))
    state = models.CharField(_("state"), max_length=10, choices=TurnState, default=TurnState.PENDING)
    requested_model = models.CharField(_("requested model"), max_length=200, blank=True)
    options = models.JSONField(default=dict, blank=True)
    sealed_key = models.TextField(blank=True, editable=False)
    # Whose turns take turns with others', and how many of them run at once.
    queue_key = models.CharField(max_length=64, default="", blank=True, editable=False)
    queue_limit = models.PositiveIntegerField(default=100, editable=False)
    error_code = models.CharField(_("error"), max_length=50, blank=True)
    error_text = models.CharField(_("error text"), max_length=300, blank=True)

    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    worker = models.CharField(_("worker"), max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    stop_requested = models.BooleanField(default=False, editable=False)
    last_seq = models.PositiveIntegerField(_("last event"), default=0, editable=False)

    provider_key = models.CharField(_("provider"), max_length=50, blank=True)
    model_key = models.CharField(_("model"), max_length=100, blank=True)
    input_tokens = models.PositiveIntegerField(_("input tokens"), default=0)
    output_tokens = models.PositiveIntegerField(_("output tokens"), default=0)
    usage_estimated = models.BooleanField(_("usage estimated"), default=False)
    cost = models.DecimalField(_("cost, USD"), max_digits=14, decimal_places=8, default=Decimal(0))
    first_token_ms = models.PositiveIntegerField(_("time to first token, ms"), null=True, blank=True)
    created_at = models.DateTimeField(_("asked"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects: ClassVar[Any] = TurnQuerySet.as_manager()
    sealed_fields: ClassVar[dict[str, str]] = {"sealed_key": "turn:{pk}:key"}

    class Meta:
        verbose_name = _("turn")
        verbose_name_plural = _("turns")
        ordering = ["created_at"]
        indexes = [
            models.Index(fields=["state", "created_at"], name="turn_state"),
            models.Index(
                fields=["queue_key", "created_at", "state"],
                name="turn_queue",
                condition=models.Q(state__in=["pending", "running"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"],
                condition=models.Q(state__in=["pending", "running"]),
                name="one_active_turn_per_conversation",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)[:8]

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE_STATES
