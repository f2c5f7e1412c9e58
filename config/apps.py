from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class SwitchboardConfig(AppConfig):
    name = "config"
    label = "config"
    verbose_name = _("Switchboard")

    def ready(self) -> None:
        from config import checks, checks_admin, sqlite  # noqa: F401


class BackOfficeConfig(AdminConfig):
    """django.contrib.admin with our own site as the default one."""

    default_site = "config.admin.BackOfficeSite"
