from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from knowledge.models import Document  # noqa: F401


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, actor: Any) -> "DocumentQuerySet":
        """What is published is for everybody; staff who may view documents also see the others."""
        if getattr(actor, "is_staff", False) and actor.has_perm("knowledge.view_document"):
            return self
        return self.filter(published=True)
