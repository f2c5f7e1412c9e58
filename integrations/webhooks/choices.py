from django.db import models
from django.utils.translation import gettext_lazy as _

EVERYTHING = "*"


class WebhookEvent(models.TextChoices):
    """What can be told. `webhook.test` is only sent when somebody asks for it."""

    DELIVERY_FAILED = "delivery.failed", _("A message could not be delivered")
    DELIVERY_UNCERTAIN = "delivery.uncertain", _("Nobody knows whether a message arrived")


TEST_EVENT = "webhook.test"
