"""System checks of the support desk."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from tickets.intake.providers.registry import problems

SHORTEST_SECRET = 16


@register()
def providers_have_their_keys(**_: Any) -> list[CheckMessage]:
    return [Error(text, id="tickets.E001") for text in problems()]


@register(Tags.security, deploy=True)
def the_webhook_has_a_secret(**_: Any) -> list[CheckMessage]:
    if settings.EMAIL_WEBHOOK_SECRET and len(settings.EMAIL_WEBHOOK_SECRET) < SHORTEST_SECRET:
        text = f"EMAIL_WEBHOOK_SECRET is shorter than {SHORTEST_SECRET} characters."
        return [Warning(text, id="tickets.W001")]
    return []
