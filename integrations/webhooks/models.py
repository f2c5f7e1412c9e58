import uuid
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrations.http import validate_outgoing_url
from integrations.webhooks.choices import EVERYTHING
from integrations.webhooks.querysets import WebhookEndpointQuerySet


def every_event() -> list[str]:
    return [EVERYTHING]


class WebhookEndpoint(models.Model):
    """An address that is told what happens. Its secret signs what is sent there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True)
    url = models.CharField(_("address"), max_length=500, validators=[validate_outgoing_url])
    events = models.JSONField(_("events"), default=every_event)
    enabled = models.BooleanField(_("enabled"), default=True)
    sealed_secret = models.TextField(blank=True, editable=False)
    sealed_former_secret = models.TextField(blank=True, editable=False)
    former_secret_until = models.DateTimeField(_("former secret signs until"), null=True, blank=True, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True, editable=False)
    last_error = models.CharField(_("last error"), max_length=300, blank=True, editable=False)
    last_success_at = models.DateTimeField(_("last success"), null=True, blank=True, editable=False)
    disabled_at = models.DateTimeField(_("switched off by the product"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    sealed_fields: ClassVar[dict[str, str]] = {
        "sealed_secret": "webhook:{pk}:secret",
        "sealed_former_secret": "webhook:{pk}:former_secret",
    }
    objects: ClassVar[Any] = WebhookEndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(disabled_at__isnull=True) | Q(enabled=False), name="webhook_disabled_by_us_is_off"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def target(self) -> str:
        """As deliveries to it are marked."""
        return f"webhook:{self.pk}"
