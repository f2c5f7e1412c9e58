from typing import TYPE_CHECKING, Any

from django.db import models

from accounts.models import User
from integrations.webhooks.choices import EVERYTHING

if TYPE_CHECKING:
    from integrations.webhooks.models import WebhookEndpoint  # noqa: F401 - named in strings below


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def visible_to(self, actor: Any) -> "WebhookEndpointQuerySet":
        """All of them for staff who may view webhooks, none for anybody else."""
        may = isinstance(actor, User) and actor.is_active and actor.is_staff
        return self.all() if may and actor.has_perm("integrations.view_webhookendpoint") else self.none()

    def listening_to(self, event: str) -> "list[WebhookEndpoint]":
        """The enabled ones that want this event. There are few; SQLite cannot look into a JSON list by index."""
        return [row for row in self.filter(enabled=True) if EVERYTHING in row.events or event in row.events]
