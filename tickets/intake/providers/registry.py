"""Mail providers that deliver by webhook, through django-anymail's views, and how each one proves that it is it."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Provider:
    """`key` is the setting with what the provider signs with; without one, EMAIL_WEBHOOK_SECRET is its basic password.

    `option` is the name of the key in the view's own settings, `timestamp` where the signed time of sending stands.
    """

    name: str
    view: str
    key: str = "EMAIL_WEBHOOK_SECRET"
    option: str = ""
    timestamp: str = ""

    @property
    def secret(self) -> str:
        return str(getattr(settings, self.key, ""))

    @property
    def is_signed(self) -> bool:
        return bool(self.option)

    def make_view(self) -> Any:
        """A view of the library for one request, which checks signatures by this provider's key."""
        module, _, name = self.view.rpartition(".")
        options = {self.option: self.secret} if self.option else {}
        # The library's own basic auth is replaced by ours, so that it must not complain that there is none.
        view_class = getattr(import_module(f"anymail.webhooks.{module}"), name)
        return type(name, (view_class,), {"warn_if_no_basic_auth": False})(basic_auth=[], **options)


_ALL = (
    Provider(
        "mailgun",
        "mailgun.MailgunInboundWebhookView",
        "MAILGUN_WEBHOOK_SIGNING_KEY",
        "webhook_signing_key",
        "timestamp",
    ),
    Provider("mailersend", "mailersend.MailerSendInboundWebhookView", "MAILERSEND_INBOUND_SECRET", "inbound_secret"),
    Provider("postal", "postal.PostalInboundWebhookView", "POSTAL_WEBHOOK_KEY", "webhook_key"),
    Provider("postmark", "postmark.PostmarkInboundWebhookView"),
    Provider("mailjet", "mailjet.MailjetInboundWebhookView"),
    Provider("sparkpost", "sparkpost.SparkPostInboundWebhookView"),
    Provider("sendgrid", "sendgrid.SendGridInboundWebhookView"),
)
PROVIDERS = {provider.name: provider for provider in _ALL}


def provider_of(name: str) -> Provider | None:
    """One that is switched on and has its key."""
    found = PROVIDERS.get(name)
    return found if found is not None and name in settings.EMAIL_PROVIDERS and found.secret else None


def problems() -> Iterable[str]:
    """What keeps a provider that is switched on from being let in."""
    for name in settings.EMAIL_PROVIDERS:
        provider = PROVIDERS.get(name)
        if provider is None:
            yield f"EMAIL_PROVIDERS: {name!r} is none of {', '.join(PROVIDERS)}."
        elif not provider.secret:
            yield f"EMAIL_PROVIDERS names {name}, and {provider.key} is not set: anybody could send mails in its name."
