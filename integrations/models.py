import uuid
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from integrations.budgets.models import Budget, Reservation, Spending
from integrations.calls.models import CallPermit, Circuit
from integrations.choices import CHAT_CAPABILITIES, CallOutcome, Capability, ModelKind, Place, ProviderKind
from integrations.credentials.models import Credential, CredentialEvent
from integrations.ollama.models import LoadedModel, ModelUse, OllamaServer
from integrations.outbox.models import Delivery, DeliveryAttempt
from integrations.querysets import AIModelQuerySet, UsageQuerySet
from integrations.webhooks.models import WebhookEndpoint

__all__ = [
    "AIModel",
    "AIProvider",
    "Budget",
    "CallPermit",
    "Circuit",
    "Credential",
    "CredentialEvent",
    "Delivery",
    "DeliveryAttempt",
    "LoadedModel",
    "ModelRole",
    "ModelUse",
    "OllamaServer",
    "Reservation",
    "RoleStep",
    "Spending",
    "UsageRecord",
    "WebhookEndpoint",
]


def check_capabilities(value: Any) -> None:
    """A list of what a model for answers can do, nothing else."""
    if not isinstance(value, list) or not set(map(str, value)) <= set(CHAT_CAPABILITIES):
        raise ValidationError(_("Only these are known: %(names)s.") % {"names": ", ".join(CHAT_CAPABILITIES)})


class AIProvider(models.Model):
    """A place where models are served. Its key is sealed here or read from the environment."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField(_("key"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=16, choices=ProviderKind)
    base_url = models.CharField(_("base URL"), max_length=500, blank=True)
    sealed_api_key = models.TextField(blank=True, editable=False)
    api_key_setting = models.CharField(
        _("key from environment"),
        max_length=50,
        blank=True,
        help_text=_("Name of the environment variable that holds the key; a key entered here takes precedence."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    max_concurrency = models.PositiveSmallIntegerField(
        _("answers at the same time"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Over all processes; further questions wait their turn. Empty: no limit."),
    )
    # None until somebody has asked it. Of such a server we look after what is in its memory.
    serves_ollama = models.BooleanField(_("is Ollama"), null=True, editable=False)
    checked_at = models.DateTimeField(_("last checked"), null=True, blank=True, editable=False)
    healthy = models.BooleanField(_("healthy"), null=True, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True, editable=False)
    last_error = models.CharField(_("last error"), max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    sealed_fields: ClassVar[dict[str, str]] = {"sealed_api_key": "provider:{pk}:api_key"}

    class Meta:
        verbose_name = _("AI provider")
        verbose_name_plural = _("AI providers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class AIModel(models.Model):
    """One row of the registry that routing, calls and statistics share."""

    key = models.SlugField(_("key"), max_length=100, unique=True)
    provider = models.ForeignKey(AIProvider, models.CASCADE, related_name="models", verbose_name=_("provider"))
    name = models.CharField(_("model name"), max_length=200, help_text=_("As the provider spells it."))
    title = models.CharField(_("title"), max_length=100)
    context_window = models.PositiveIntegerField(_("context window, tokens"), default=8192)
    max_output_tokens = models.PositiveIntegerField(_("longest answer, tokens"), default=4096)
    input_price = models.DecimalField(
        _("input price, USD per million tokens"),
        max_digits=12,
        decimal_places=6,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
    )
    output_price = models.DecimalField(
        _("output price, USD per million tokens"),
        max_digits=12,
        decimal_places=6,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
    )
    kind = models.CharField(_("purpose"), max_length=10, choices=ModelKind, default=ModelKind.CHAT)
    capabilities = models.JSONField(_("capabilities"), default=list, blank=True, validators=[check_capabilities])
    is_local = models.BooleanField(_("runs locally"), default=False)
    vram_gb = models.DecimalField(
        _("memory, GB"),
        max_digits=7,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("What it takes on an Ollama server. Empty: by the size of its files; 0: it runs elsewhere."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=100, help_text=_("The usable model with the lowest number answers by default.")
    )

    objects: ClassVar[Any] = AIModelQuerySet.as_manager()

    class Meta:
        verbose_name = _("AI model")
        verbose_name_plural = _("AI models")
        ordering = ["priority", "key"]

    def __str__(self) -> str:
        return self.title

    def can(self, capability: Capability) -> bool:
        if capability == Capability.EMBEDDINGS:
            return self.kind == ModelKind.EMBEDDING
        return capability in self.capabilities


class ModelRole(models.Model):
    """A stable name for a job that some model does, such as `code` or `cloud_universal`.

    Its steps are the models to ask, in order. Without any, the usable models stand in by priority, as far as
    `place` and `needs` allow.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField(_("key"), max_length=50, unique=True)
    title = models.CharField(_("title"), max_length=100)
    place = models.CharField(_("place"), max_length=10, choices=Place, default=Place.ANY)
    needs = models.CharField(_("needs"), max_length=20, choices=Capability, blank=True)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.title

    def suits(self, model: AIModel) -> bool:
        """Whether a model may stand in when no steps are named."""
        if self.place != Place.ANY and model.is_local != (self.place == Place.LOCAL):
            return False
        return not self.needs or model.can(Capability(self.needs))


class RoleStep(models.Model):
    """One model of a role's chain; the next one is asked when this one fails before its first word."""

    role = models.ForeignKey(ModelRole, models.CASCADE, related_name="steps", verbose_name=_("role"))
    model = models.ForeignKey(AIModel, models.CASCADE, related_name="+", verbose_name=_("model"))
    position = models.PositiveSmallIntegerField(_("position"), default=1)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("models, in the order in which they are asked")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["role", "model"], name="role_names_a_model_once")]

    def __str__(self) -> str:
        return f"{self.position}"


class UsageRecord(models.Model):
    """The ledger: one row per call to a provider, also for each that failed before another model answered.

    The row is there before the provider is asked, so that a worker's death leaves a trace of what it had asked for;
    until the call ends its tokens are an estimate. `attempt` is the call's place in the chain. With `own_key` the
    caller paid, not the server's owner.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(_("time"), auto_now_add=True, db_index=True)
    provider_key = models.CharField(_("provider"), max_length=50)
    model_key = models.CharField(_("model"), max_length=100, db_index=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("user"))
    turn_id = models.UUIDField(_("turn"), null=True, blank=True, db_index=True)
    purpose = models.CharField(_("purpose"), max_length=30, default="answer")
    role = models.CharField(_("role"), max_length=50, blank=True)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    own_key = models.BooleanField(_("caller's own key"), default=False)
    input_tokens = models.PositiveIntegerField(_("input tokens"), default=0)
    output_tokens = models.PositiveIntegerField(_("output tokens"), default=0)
    estimated = models.BooleanField(
        _("estimated"), default=False, help_text=_("The provider reported no usage; tokens were counted here.")
    )
    cost = models.DecimalField(_("cost, USD"), max_digits=14, decimal_places=8, default=Decimal(0))
    first_token_ms = models.PositiveIntegerField(_("time to first token, ms"), null=True, blank=True)
    duration_ms = models.PositiveIntegerField(_("duration, ms"), default=0)
    outcome = models.CharField(_("outcome"), max_length=10, choices=CallOutcome)
    error_code = models.CharField(_("error"), max_length=50, blank=True)

    objects: ClassVar[Any] = UsageQuerySet.as_manager()

    class Meta:
        verbose_name = _("usage record")
        verbose_name_plural = _("usage")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["created_at"], condition=models.Q(outcome=CallOutcome.RUNNING), name="usage_running"),
        ]

    def __str__(self) -> str:
        return f"{self.model_key} {self.created_at:%Y-%m-%d %H:%M:%S}"
