import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Role
from accounts.querysets import CredentialQuerySet, UserManager


class User(AbstractUser):
    """A person with a log-in: the integer id on one wire, the UUID on the other."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.USER)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique"),
            models.UniqueConstraint(Lower("username"), name="user_username_unique"),
            models.CheckConstraint(
                condition=models.Q(role=Role.ADMIN, is_superuser=True, is_staff=True)
                | (~models.Q(role=Role.ADMIN) & models.Q(is_superuser=False)),
                name="user_is_superuser_when_administrator",
                violation_error_message=_("Administrators, and nobody else, are superusers and staff."),
            ),
        ]

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username


class AnonymousSubscriber(models.Model):
    """A visitor without a log-in; whoever holds the token is the visitor."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_seen_at = models.DateTimeField(_("last seen"), default=timezone.now, db_index=True)

    # Read by Django and DRF on request.user: a visitor is never a logged-in person.
    is_authenticated = False
    is_anonymous = True
    is_active = True
    is_staff = False
    is_superuser = False

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"visitor {str(self.id)[:8]}"

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


class Credential(models.Model):
    """What both kinds of bearer credential share: only a digest of the secret is kept."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    objects: ClassVar[Any] = CredentialQuerySet.as_manager()

    class Meta:
        abstract = True

    def is_usable(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


class AccessToken(Credential):
    """A bearer token of a user or a visitor; revoking the row ends the token."""

    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="tokens", verbose_name=_("user"))
    visitor = models.ForeignKey(
        AnonymousSubscriber, models.CASCADE, null=True, blank=True, related_name="tokens", verbose_name=_("visitor")
    )

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=True) ^ models.Q(visitor__isnull=True),
                name="access_token_has_one_holder",
            )
        ]

    def __str__(self) -> str:
        return f"token {self.pk}"


class ApiKey(Credential):
    """A machine's key: shown once, limited to its scopes, acting for its user."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("begins with"), max_length=16, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
