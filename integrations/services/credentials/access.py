"""Access tokens: kept sealed while they hold, renewed by one worker at a time."""

import json
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from integrations.credentials.choices import CredentialAction
from integrations.credentials.errors import CredentialError
from integrations.credentials.exchange import TOKEN_SECONDS, Grant, exchange
from integrations.credentials.models import Credential
from integrations.credentials.payload import Payload
from integrations.sealing import open_sealed, seal_into
from integrations.secretbox import SealBroken
from integrations.services.credentials.audit import opened, record

# A token that ends sooner may be refused on its way.
MARGIN = timedelta(seconds=30)
# Longer than any exchange takes, so no two renewals ever overlap.
CLAIM = timedelta(seconds=3 * TOKEN_SECONDS)
PATIENCE_SECONDS = TOKEN_SECONDS + 10
PAUSE_SECONDS = 0.1


@sensitive_variables()
def access_token(credential: Credential, *, scopes: Iterable[str] = ()) -> str:
    """A token that holds for at least half a minute and covers these scopes and the credential's; blocks.

    Raises CredentialError. Who comes while somebody else is renewing it waits for his token.
    """
    wanted = frozenset(scopes) | frozenset(credential.scopes)
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        credential.refresh_from_db(fields=["sealed_access", "access_expires_at", "sealed_payload", "version"])
        if token := _kept(credential, wanted):
            return token
        if claim := _claim(credential):
            # Whoever held the claim until now may have left a token behind.
            return _renewed(credential, wanted, claim)
        if time.monotonic() > give_up:
            text = _("The token of %(name)s is being renewed and does not come.") % {"name": credential.name}
            raise CredentialError("busy", text, permanent=False)
        time.sleep(PAUSE_SECONDS)


@sensitive_variables()
def _kept(credential: Credential, wanted: frozenset[str]) -> str:
    if credential.access_expires_at is None or credential.access_expires_at < timezone.now() + MARGIN:
        return ""
    try:
        access = json.loads(open_sealed(credential, "sealed_access"))
    except (SealBroken, ValueError):
        # A new one costs a request; it need not open.
        return ""
    return str(access["token"]) if wanted <= set(access["scopes"]) else ""


def _claim(credential: Credential) -> UUID | None:
    now, claim = timezone.now(), uuid4()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    taken = Credential.objects.filter(free, pk=credential.pk).update(claim=claim, claimed_until=now + CLAIM)
    return claim if taken else None


def _release(credential: Credential, claim: UUID) -> None:
    Credential.objects.filter(pk=credential.pk, claim=claim).update(claim=None, claimed_until=None)


@sensitive_variables()
def _renewed(credential: Credential, wanted: frozenset[str], claim: UUID) -> str:
    try:
        credential.refresh_from_db(fields=["sealed_access", "access_expires_at", "sealed_payload", "version"])
        if token := _kept(credential, wanted):
            return token
        payload = opened(credential)
        grant = exchange(credential.provider, credential.strategy, payload, scopes=sorted(wanted))
        _keep(credential, grant, payload, wanted)
    except CredentialError as error:
        record(credential, CredentialAction.FAILED, purpose=error.message)
        raise
    finally:
        _release(credential, claim)
    return grant.token


@sensitive_variables()
def _keep(credential: Credential, grant: Grant, payload: Payload, wanted: frozenset[str]) -> None:
    """Stores the token and what the server changed, unless somebody entered another payload meanwhile."""
    seal_into(credential, "sealed_access", json.dumps({"token": grant.token, "scopes": sorted(wanted)}))
    credential.access_expires_at = timezone.now() + timedelta(seconds=grant.seconds)
    values: dict[str, Any] = {
        "sealed_access": credential.sealed_access,
        "access_expires_at": credential.access_expires_at,
    }
    if grant.changes:
        seal_into(credential, "sealed_payload", json.dumps({**payload, **grant.changes}))
        values["sealed_payload"] = credential.sealed_payload
    if Credential.objects.filter(pk=credential.pk, version=credential.version).update(**values):
        record(credential, CredentialAction.REFRESHED)
