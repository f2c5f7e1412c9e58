"""Which credential is meant."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from integrations.credentials.errors import CredentialError
from integrations.credentials.models import Credential
from integrations.services.credentials.owners import COMPANY, Owner


def resolve_credential(
    *, owner: Owner, provider: str, strategy: str = "", credential_id: str | UUID | None = None
) -> Credential:
    """The credential that `owner` means; raises CredentialError `not_found`.

    One that is named must be the owner's or the company's, and of this provider. Otherwise the owner's default, the
    company's default, the owner's newest, the company's newest.
    """
    if credential_id:
        found = _named(owner, credential_id, provider)
    else:
        found = _first(owner, provider, strategy)
    if found is None:
        raise CredentialError("not_found", _("No credential of %(provider)s is available.") % {"provider": provider})
    return found


def _owners(owner: Owner) -> list[Owner]:
    return [owner] if owner == COMPANY else [owner, COMPANY]


def _rows(owner: Owner, provider: str, strategy: str = "") -> Any:
    rows = Credential.objects.owned_by(owner.kind, owner.id).filter(provider=provider)
    return rows.filter(strategy=strategy) if strategy else rows


def _named(owner: Owner, credential_id: str | UUID, provider: str) -> Credential | None:
    try:
        key = UUID(str(credential_id))
    except ValueError:
        return None
    matches = (_rows(allowed, provider).filter(pk=key).first() for allowed in _owners(owner))
    return next((found for found in matches if found is not None), None)


def _first(owner: Owner, provider: str, strategy: str) -> Credential | None:
    ranked = [
        *(_rows(allowed, provider, strategy).filter(is_default=True) for allowed in _owners(owner)),
        *(_rows(allowed, provider, strategy) for allowed in _owners(owner)),
    ]
    for rows in ranked:
        found: Credential | None = rows.order_by("-updated_at", "pk").first()
        if found is not None:
            return found
    return None
