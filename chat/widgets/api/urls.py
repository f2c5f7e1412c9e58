"""Routes below /api/v1/widgets/."""

from django.urls import URLPattern

from chat.widgets.api import open as opening
from chat.widgets.api import talk
from config.api import both_forms

KEY = "<str:key>"

urlpatterns: list[URLPattern] = [
    *both_forms(KEY, opening.ConfigView.as_view(), name="widget-config"),
    *both_forms(f"{KEY}/session", opening.SessionView.as_view(), name="widget-session"),
    *both_forms(f"{KEY}/conversation", talk.NewestView.as_view(), name="widget-conversation"),
    *both_forms(f"{KEY}/turns", talk.AskView.as_view(), name="widget-turns"),
    *both_forms(f"{KEY}/turns/<uuid:turn_id>/stop", talk.StopView.as_view(), name="widget-turn-stop"),
    *both_forms(f"{KEY}/turns/<uuid:turn_id>/retry", talk.RetryView.as_view(), name="widget-turn-retry"),
    *both_forms(f"{KEY}/turns/<uuid:turn_id>/events", talk.EventsView.as_view(), name="widget-turn-events"),
]
