"""The history of credentials, and the one door to their values."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from integrations.credentials.choices import CredentialAction
from integrations.credentials.errors import CredentialError
from integrations.credentials.models import Credential, CredentialEvent
from integrations.credentials.payload import Payload
from integrations.sealing import open_sealed
from integrations.secretbox import SealBroken

# Uses within this time share a row: a busy bot would write nothing else.
TOGETHER = timedelta(hours=1)
REMEMBERED_USE = timedelta(minutes=1)
KEPT = timedelta(days=365)


def record(
    credential: Credential, action: CredentialAction, *, actor: Any = None, purpose: str = "", host: str = ""
) -> None:
    """Writes one line of history."""
    CredentialEvent.objects.create(
        credential_id=credential.pk,
        credential_name=credential.name,
        action=action,
        actor=_user(actor),
        purpose=purpose[:200],
        host=host[:253],
        last_at=timezone.now(),
    )


def record_use(
    credential: Credential, *, actor: Any, purpose: str, host: str, action: CredentialAction = CredentialAction.USED
) -> None:
    """Counts a use in the row of this hour, or begins one; two that begin together cost a second row, no more."""
    now = timezone.now()
    begun = CredentialEvent.objects.filter(
        credential_id=credential.pk,
        action=action,
        actor=_user(actor),
        purpose=purpose[:200],
        host=host[:253],
        created_at__gt=now - TOGETHER,
    ).order_by("-pk")[:1]
    if not CredentialEvent.objects.filter(pk__in=list(begun.values_list("pk", flat=True))).update(
        times=F("times") + 1, last_at=now
    ):
        record(credential, action, actor=actor, purpose=purpose, host=host)
    _touch(credential, now)


def _touch(credential: Credential, now: datetime) -> None:
    stale = Credential.objects.filter(pk=credential.pk).exclude(last_used_at__gt=now - REMEMBERED_USE)
    stale.update(last_used_at=now)


@sensitive_variables()
def reveal(credential: Credential, *, purpose: str, actor: Any = None, host: str = "") -> Payload:
    """The payload in clear, for an integration that needs it; leaves a line of history. Raises CredentialError."""
    payload = opened(credential)
    record_use(credential, actor=actor, purpose=purpose, host=host, action=CredentialAction.REVEALED)
    return payload


@sensitive_variables()
def opened(credential: Credential) -> Payload:
    """The payload, without a line of history: for this package only."""
    try:
        payload: Payload = json.loads(open_sealed(credential, "sealed_payload"))
    except SealBroken as error:
        text = _("%(name)s cannot be opened with the present key. Enter it anew.") % {"name": credential.name}
        raise CredentialError("sealed", text) from error
    return payload


def prune_history() -> int:
    """Forgets what is older than a year."""
    deleted, _rows = CredentialEvent.objects.filter(last_at__lt=timezone.now() - KEPT).delete()
    return deleted


def _user(actor: Any) -> Any:
    return actor if getattr(actor, "pk", None) and actor.is_authenticated else None
