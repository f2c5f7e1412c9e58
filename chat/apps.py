from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChatConfig(AppConfig):
    name = "chat"
    verbose_name = _("Chat")

    def ready(self) -> None:
        from chat import scopes, signals, threads  # noqa: F401
        from chat.about import uptime  # noqa: F401 - it counts from here
        from chat.experience import personality, receivers  # noqa: F401 - declares its prompt, hears of ratings
        from chat.memory.extraction import asking  # noqa: F401 - declares its prompt
        from chat.pipeline import analysis, planning, verification  # noqa: F401 - declare their prompts
        from chat.tools import builtin
        from chat.turns import prompt  # noqa: F401 - declares its prompts

        scopes.register()
        threads.register()
        builtin.register()
