from django.urls import URLPattern

from chat.about.api import views
from config.api import both_forms

urlpatterns: list[URLPattern] = [
    *both_forms("stats", views.StatsView.as_view(), name="assistant-stats"),
    *both_forms("health", views.AssistantHealthView.as_view(), name="assistant-health"),
    *both_forms("status", views.StatusView.as_view(), name="assistant-status"),
    *both_forms("self", views.SelfView.as_view(), name="assistant-self"),
    *both_forms("organs", views.OrgansView.as_view(), name="assistant-organs"),
    *both_forms("organs/<str:key>", views.OrganView.as_view(), name="assistant-organ"),
    *both_forms("growth", views.GrowthView.as_view(), name="assistant-growth"),
    *both_forms("curiosity", views.CuriosityView.as_view(), name="assistant-curiosity"),
    *both_forms("command", views.CommandView.as_view(), name="assistant-command"),
]
