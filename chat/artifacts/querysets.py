from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from accounts.models import AnonymousSubscriber, User

if TYPE_CHECKING:
    from chat.artifacts.models import Artifact  # noqa: F401 - named in a string below

NOBODYS = Q(owner__isnull=True, visitor__isnull=True)


class ArtifactQuerySet(models.QuerySet["Artifact"]):
    def visible_to(self, actor: Any) -> "ArtifactQuerySet":
        """A person's or a visitor's own pages; for a caller without identity those that nobody owns."""
        if isinstance(actor, User):
            return self.filter(owner=actor) if actor.is_active else self.none()
        if isinstance(actor, AnonymousSubscriber):
            return self.filter(visitor=actor)
        return self.filter(NOBODYS)

    def listed_for(self, actor: Any) -> "ArtifactQuerySet":
        """What a caller may look through; what nobody owns is opened by its id alone."""
        return self.visible_to(actor) if isinstance(actor, User | AnonymousSubscriber) else self.none()

    def opened_by_id(self) -> "ArtifactQuerySet":
        """Pages of callers without identity: whoever has the id has the page."""
        return self.filter(NOBODYS)
