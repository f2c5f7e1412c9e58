from django.urls import URLPattern

from config.api import both_forms
from tickets.telegram.hooks import webhook

urlpatterns: list[URLPattern] = both_forms("telegram/<slug:bot>/", webhook, name="telegram-webhook")
