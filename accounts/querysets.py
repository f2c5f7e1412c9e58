from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Lower

from accounts.choices import Role

if TYPE_CHECKING:
    from accounts.models import User


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, actor: Any) -> "UserQuerySet":
        """Administrators see everybody, a person sees herself, visitors see nobody."""
        if not getattr(actor, "is_authenticated", False) or not actor.is_active:
            return self.none()
        if actor.is_administrator:
            return self
        return self.filter(pk=actor.pk)

    def by_login(self, login: str) -> "UserQuerySet":
        """The users whose e-mail or user name is `login`, whatever the case: at most one of each.

        Both sides are lowered by the database, as the unique indexes are.
        """
        wanted = Lower(Value(login))
        by_case = self.alias(lower_email=Lower("email"), lower_username=Lower("username"))
        return by_case.filter(Q(lower_email=wanted) | Q(lower_username=wanted))

    def active_administrators(self) -> "UserQuerySet":
        return self.filter(role=Role.ADMIN, is_active=True)


class UserManager(DjangoUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Creates users and reads through UserQuerySet."""

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **fields: Any
    ) -> "User":
        user: User = super().create_superuser(username, email, password, **{"role": Role.ADMIN, **fields})
        return user


class CredentialQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Any) -> "CredentialQuerySet":
        """One's own; administrators work with other people's in the back office."""
        if not getattr(actor, "is_authenticated", False) or not actor.is_active:
            return self.none()
        return self.filter(user=actor)

    def usable(self, now: datetime) -> "CredentialQuerySet":
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), revoked_at__isnull=True)

    def ended_before(self, moment: datetime) -> "CredentialQuerySet":
        return self.filter(Q(expires_at__lt=moment) | Q(revoked_at__lt=moment))
