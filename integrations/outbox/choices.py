from django.db import models
from django.utils.translation import gettext_lazy as _


class DeliveryKind(models.TextChoices):
    """Which transport carries the message."""

    MAIL = "mail", _("E-mail")
    TELEGRAM = "telegram", _("Telegram")
    WEBHOOK = "webhook", _("Webhook")


class DeliveryState(models.TextChoices):
    """`FAILED` is a dead letter; `UNCERTAIN` may have arrived, and only a person can find out."""

    PENDING = "pending", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Not delivered")
    UNCERTAIN = "uncertain", _("Perhaps delivered")
    CANCELLED = "cancelled", _("Cancelled")


OPEN_STATES = (DeliveryState.PENDING, DeliveryState.SENDING)
# What a person may still give up, and what may be sent again without doing anything twice.
CANCELLABLE_STATES = (DeliveryState.PENDING, DeliveryState.FAILED, DeliveryState.UNCERTAIN)
REDELIVERABLE_STATES = (*CANCELLABLE_STATES, DeliveryState.CANCELLED)

DELIVERY_COLOURS = {
    DeliveryState.PENDING: "info",
    DeliveryState.SENDING: "info",
    DeliveryState.DELIVERED: "success",
    DeliveryState.FAILED: "danger",
    DeliveryState.UNCERTAIN: "warning",
    DeliveryState.CANCELLED: "",
}


class HoldReason(models.TextChoices):
    """Why a message waits without being tried: something has to be set up first."""

    NO_MAIL_SERVER = "no_mail_server", _("No mail server is set up")
    MAIL_LOGIN_REFUSED = "mail_login_refused", _("The mail server refuses the log-in")
    NO_BOT_TOKEN = "no_bot_token", _("The Telegram bot has no token")
    BOT_REFUSED = "bot_refused", _("Telegram refuses the token of the bot")
    ENDPOINT_OFF = "endpoint_off", _("The webhook is switched off")


class AttemptOutcome(models.TextChoices):
    DELIVERED = "delivered", _("Delivered")
    RETRY = "retry", _("Will be tried again")
    FAILED = "failed", _("Given up")
    UNKNOWN = "unknown", _("No answer")
    LOST = "lost", _("The worker died")


ATTEMPT_COLOURS = {
    AttemptOutcome.DELIVERED: "success",
    AttemptOutcome.RETRY: "warning",
    AttemptOutcome.FAILED: "danger",
    AttemptOutcome.UNKNOWN: "warning",
    AttemptOutcome.LOST: "warning",
}


class Priority(models.IntegerChoices):
    """The lowest number goes first."""

    URGENT = 10, _("Urgent")
    NORMAL = 50, _("Normal")
    BULK = 90, _("Bulk")
