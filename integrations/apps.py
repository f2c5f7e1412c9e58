from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = _("Integrations")

    def ready(self) -> None:
        from integrations import checks, signals  # noqa: F401
        from integrations.outbox import signals as outbox_signals  # noqa: F401
