from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, Q

from chat.memory.holders import Holder, holder_of

if TYPE_CHECKING:
    from chat.experience.models import Experience  # noqa: F401 - named in strings below


class ExperienceQuerySet(models.QuerySet["Experience"]):
    def visible_to(self, actor: Any) -> "ExperienceQuerySet":
        """A person's or a visitor's own; a caller without identity has none."""
        holder = holder_of(actor)
        return self.of(holder) if holder else self.none()

    def of(self, holder: Holder) -> "ExperienceQuerySet":
        return self.filter(**holder.fields)

    def remembered(self, holder: Holder) -> "ExperienceQuerySet":
        """The holder's, none when he has switched memory off; without a query of its own."""
        from chat.memory.models import MemoryAccount

        return self.of(holder).filter(~Exists(MemoryAccount.objects.filter(**holder.fields, enabled=False)))

    def scored(self) -> "ExperienceQuerySet":
        """Those that somebody has an opinion of, a person or the verifier."""
        return self.filter(effective__isnull=False)

    def saying(self, text: str) -> "ExperienceQuerySet":
        """Those in whose words a text occurs, whatever its case."""
        words = Q(user_input__icontains=text) | Q(problems__icontains=text) | Q(correction__icontains=text)
        return self.filter(words)
