"""Which bot a message goes through. Rows name a bot; its token is looked up when the message is sent."""

from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from integrations.credentials.choices import CredentialProvider, CredentialStrategy
from integrations.credentials.errors import CredentialError
from integrations.credentials.models import Credential
from integrations.http import Policy
from integrations.http.urls import check_url
from integrations.outbox.errors import DeliveryError, InvalidMessage
from integrations.services.credentials.audit import reveal
from integrations.services.credentials.authorise import may_go_to
from integrations.services.credentials.owners import COMPANY
from integrations.services.credentials.resolve import resolve_credential
from integrations.telegram.client import outgoing_policy

# The bot whose token stands in TELEGRAM_BOT_TOKEN.
ENVIRONMENT = "env"
KIND = {"provider": CredentialProvider.TELEGRAM, "strategy": CredentialStrategy.API_KEY}


def clean_bot(value: object) -> str:
    """The reference in its stored form: `env`, or the id of a Telegram credential; raises InvalidMessage.

    Whether the sender may use that credential is for the caller to check. Without a reference it is the bot of the
    environment, then the company's default one.
    """
    if value == ENVIRONMENT:
        return ENVIRONMENT
    if not value:
        return _default_bot()
    found = _find(str(value))
    if found is None:
        raise InvalidMessage("bot", "there is no such bot")
    return str(found.pk)


def _default_bot() -> str:
    if settings.TELEGRAM_BOT_TOKEN:
        return ENVIRONMENT
    try:
        return str(resolve_credential(owner=COMPANY, **KIND).pk)
    except CredentialError:
        # The message waits until there is one.
        return ENVIRONMENT


def bot_choices() -> list[tuple[str, str]]:
    """The company's bots as (reference, name)."""
    named = [(ENVIRONMENT, _("The bot of the environment"))] if settings.TELEGRAM_BOT_TOKEN else []
    rows = Credential.objects.of_company().filter(**KIND).order_by("name")
    return [*named, *((str(row.pk), row.name) for row in rows)]


@sensitive_variables()
def token_of(bot: str) -> str:
    """The token, or nothing when the bot has none (any more); raises DeliveryError when it may not be used."""
    if bot == ENVIRONMENT:
        return str(settings.TELEGRAM_BOT_TOKEN)
    credential = _find(bot)
    if credential is None:
        return ""
    host = _require_host(credential)
    try:
        payload = reveal(credential, purpose="outbox", host=host)
    except CredentialError as error:
        raise DeliveryError(error.message, code=error.code, everywhere=True) from error
    return str(payload.get("bot_token") or payload.get("token") or "")


def _require_host(credential: Credential) -> str:
    base = settings.TELEGRAM_API_URL
    target = check_url(base, outgoing_policy(base, Policy.from_settings().total_seconds))
    if not may_go_to(credential, target.host, target.port, scheme=target.url.scheme):
        text = _("%(name)s may not be sent to %(host)s.") % {"name": credential.name, "host": target.host}
        raise DeliveryError(text, code="host", everywhere=True)
    return target.host


def _find(bot: str) -> Credential | None:
    try:
        key = UUID(bot)
    except ValueError:
        return None
    found: Credential | None = Credential.objects.filter(pk=key, **KIND).first()
    return found


def target_of(bot: str) -> str:
    return f"telegram:{bot}"
