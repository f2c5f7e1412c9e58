"""The chat's own audiences of documents."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from knowledge import scopes

ASSISTANT_SCOPE = "assistant"
WIDGET_SCOPE = "widget"


def _widgets() -> Iterable[tuple[str, str]]:
    from chat.widgets.models import Widget

    return [(str(key), name) for key, name in Widget.objects.order_by("name").values_list("pk", "name")]


def register() -> None:
    scopes.register(ASSISTANT_SCOPE, _("Assistant"))
    scopes.register(WIDGET_SCOPE, _("Widgets"), _widgets)
