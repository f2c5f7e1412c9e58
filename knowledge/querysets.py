from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from knowledge.scopes import SIGNED_IN

if TYPE_CHECKING:
    from knowledge.models import Document  # noqa: F401


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, actor: Any) -> "DocumentQuerySet":
        """What is published is for everybody, unless it is restricted: then for those who are logged in, if it is for
        the assistant. Staff who may view documents see all of them."""
        if getattr(actor, "is_staff", False) and actor.has_perm("knowledge.view_document"):
            return self
        published = self.filter(published=True)
        if not getattr(actor, "is_authenticated", False):
            return published.filter(restricted=False)
        return published.filter(Q(restricted=False) | self._is_for(SIGNED_IN))

    def listed(self) -> "DocumentQuerySet":
        """The documents of the guide, without their texts: published and for everybody."""
        return self.filter(published=True, restricted=False).defer("body")

    def _is_for(self, scope: str) -> Exists:
        audiences = self.model._meta.get_field("audiences").related_model._default_manager
        return Exists(audiences.filter(document=OuterRef("pk"), scope=scope))
