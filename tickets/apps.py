from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    name = "tickets"
    verbose_name = _("Support desk")

    def ready(self) -> None:
        from tickets import checks, hooks, scopes  # noqa: F401 - checks register themselves, webhooks hear of changes
        from tickets import receivers as desk  # noqa: F401 - live pages and search hear of changes
        from tickets.answers import receivers as answers
        from tickets.learning import writing  # noqa: F401 - declares its prompt
        from tickets.sla import receivers as sla
        from tickets.telegram import receivers  # noqa: F401 - cards hear of changes
        from tickets.triage import asking  # noqa: F401 - declares its prompt

        answers.connect()
        scopes.register()
        sla.connect()
