"""Asks the provider whether a credential works, where there is a question that changes nothing."""

from typing import Any

from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from integrations.credentials.choices import CredentialAction, CredentialProvider
from integrations.credentials.errors import CredentialError
from integrations.credentials.exchange import needs_exchange
from integrations.credentials.models import Credential
from integrations.http import OutgoingError, Request, fetch_sync
from integrations.services.credentials.access import access_token
from integrations.services.credentials.audit import opened, record
from integrations.services.credentials.authorise import authorised
from integrations.services.credentials.changes import forget_access

QUESTIONS = {
    CredentialProvider.DISCORD: "https://discord.com/api/v10/users/@me",
    CredentialProvider.OPENAI: "https://api.openai.com/v1/models",
    CredentialProvider.YANDEX_ID: "https://login.yandex.ru/info",
}


@sensitive_variables()
def can_be_tested(credential: Credential) -> bool:
    """Whether there is a question to ask."""
    if credential.provider in {*QUESTIONS, CredentialProvider.TELEGRAM}:
        return True
    try:
        return needs_exchange(credential.strategy, opened(credential))
    except CredentialError:
        return False


@sensitive_variables()
def try_credential(credential: Credential, *, actor: Any) -> None:
    """Raises CredentialError when the provider does not take it."""
    record(credential, CredentialAction.TESTED, actor=actor)
    payload = opened(credential)
    if needs_exchange(credential.strategy, payload):
        forget_access(credential)
        access_token(credential)
    elif credential.provider == CredentialProvider.TELEGRAM:
        _ask(Request("GET", f"https://api.telegram.org/bot{payload['bot_token']}/getMe"), credential)
    elif question := QUESTIONS.get(CredentialProvider(credential.provider)):
        _ask(authorised(Request("GET", question), credential, purpose="test", actor=actor), credential)
    else:
        raise CredentialError("no_test", _("There is no test for this kind of credential."))


@sensitive_variables()
def _ask(request: Request, credential: Credential) -> None:
    try:
        response = fetch_sync(request)
    except OutgoingError as error:
        raise CredentialError(error.code, error.message, permanent=error.permanent) from error
    if response.status in {401, 403, 404}:
        text = _("%(host)s refused the credential.") % {"host": response.host}
        raise CredentialError("refused", text)
    if not response.is_success:
        text = _("%(host)s answered with the status %(status)s.") % {"host": response.host, "status": response.status}
        raise CredentialError("unavailable", text, permanent=False)
