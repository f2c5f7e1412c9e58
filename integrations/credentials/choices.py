from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CredentialProvider(models.TextChoices):
    """Whose service a credential opens."""

    GOOGLE = "google", "Google"
    AMOCRM = "amocrm", "amoCRM"
    YANDEX_CLOUD = "yandex_cloud", "Yandex Cloud"
    YANDEX_ID = "yandex_id", "Yandex ID"
    TELEGRAM = "telegram", "Telegram"
    DISCORD = "discord", "Discord"
    OPENAI = "openai", "OpenAI"
    OTHER = "other", pgettext_lazy("provider", "Other")


class CredentialStrategy(models.TextChoices):
    """How it is opened."""

    SERVICE_ACCOUNT = "service_account", _("Service account")
    OAUTH = "oauth", "OAuth 2.0"
    API_KEY = "api_key", _("API key")
    BASIC = "basic", _("Name and password")
    OTHER = "other", pgettext_lazy("strategy", "Other")


class OwnerKind(models.TextChoices):
    """Whose credential it is; bots' ones may be used by that bot only."""

    COMPANY = "company", _("The company")
    BOT = "bot", _("A bot")


class CredentialAction(models.TextChoices):
    """What happened to a credential."""

    CREATED = "created", _("Created")
    CHANGED = "changed", _("Changed")
    SECRET_CHANGED = "secret", _("Secret entered anew")
    MADE_DEFAULT = "default", _("Made the default")
    DELETED = "deleted", _("Deleted")
    USED = "used", _("Used")
    REVEALED = "revealed", _("Handed to an integration")
    REFRESHED = "refreshed", _("Token renewed")
    FAILED = "failed", _("Renewal failed")
    TESTED = "tested", _("Tested")


ACTION_COLOURS = {
    CredentialAction.CREATED: "success",
    CredentialAction.SECRET_CHANGED: "warning",
    CredentialAction.DELETED: "danger",
    CredentialAction.FAILED: "danger",
    CredentialAction.REVEALED: "warning",
}
