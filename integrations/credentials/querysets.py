from typing import TYPE_CHECKING, Any

from django.db import models

from integrations.credentials.choices import OwnerKind

if TYPE_CHECKING:
    from integrations.credentials.models import Credential  # noqa: F401 - named in strings below


class StoredCredentialQuerySet(models.QuerySet["Credential"]):
    def visible_to(self, actor: Any) -> "StoredCredentialQuerySet":
        """The company's credentials, for administrators and for staff who may work with them. Never any secret."""
        if not getattr(actor, "is_authenticated", False) or not actor.is_active or not may_keep(actor):
            return self.none()
        return self.of_company()

    def of_company(self) -> "StoredCredentialQuerySet":
        return self.filter(owner_kind=OwnerKind.COMPANY)

    def owned_by(self, kind: str, id_: str) -> "StoredCredentialQuerySet":
        return self.filter(owner_kind=kind, owner_id=id_)


def may_keep(actor: Any) -> bool:
    """Whether this user works with the company's credentials."""
    if getattr(actor, "is_administrator", False):
        return True
    return bool(getattr(actor, "is_staff", False)) and actor.has_perm("integrations.change_credential")
