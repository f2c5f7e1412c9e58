"""Routes below /api/ by which mail comes in."""

from django.urls import URLPattern

from config.api import both_forms
from tickets.intake.providers.views import provider_mail
from tickets.intake.webhook.views import EmailWebhookView

urlpatterns: list[URLPattern] = [
    *both_forms("webhook/email", EmailWebhookView.as_view(), name="email-webhook"),
    *both_forms("webhook/email/<slug:provider>", provider_mail, name="email-provider"),
]
