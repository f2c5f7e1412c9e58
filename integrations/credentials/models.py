import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrations.credentials.choices import CredentialAction, CredentialProvider, CredentialStrategy, OwnerKind
from integrations.credentials.querysets import StoredCredentialQuerySet


class Credential(models.Model):
    """A secret that opens somebody's service, and the hosts that it may be sent to.

    `sealed_payload` holds a JSON object of the fields that `catalog` lists, `sealed_access` the token that they were
    exchanged for. `version` counts the payloads, `claim` says who is renewing the token.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner_kind = models.CharField(_("owner"), max_length=16, choices=OwnerKind, default=OwnerKind.COMPANY)
    owner_id = models.CharField(max_length=64, blank=True, default="", editable=False)
    name = models.CharField(_("name"), max_length=255)
    provider = models.CharField(_("provider"), max_length=64, choices=CredentialProvider)
    strategy = models.CharField(_("strategy"), max_length=64, choices=CredentialStrategy)
    scopes = models.JSONField(_("scopes"), default=list, blank=True)
    allowed_hosts = models.JSONField(_("allowed hosts"), default=list, blank=True)
    is_default = models.BooleanField(_("default"), default=False)
    sealed_payload = models.TextField(editable=False)
    hint = models.CharField(_("hint"), max_length=100, blank=True, editable=False)
    payload_set_at = models.DateTimeField(_("secret entered"), editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    sealed_access = models.TextField(blank=True, editable=False)
    access_expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[Any] = StoredCredentialQuerySet.as_manager()
    sealed_fields: ClassVar[dict[str, str]] = {
        "sealed_payload": "credential:{pk}:payload",
        "sealed_access": "credential:{pk}:access",
    }

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")
        ordering = ["provider", "strategy", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner_kind", "owner_id", "provider", "strategy"],
                condition=Q(is_default=True),
                name="one_default_credential",
            ),
            models.CheckConstraint(
                condition=Q(owner_kind=OwnerKind.COMPANY, owner_id="")
                | (~Q(owner_kind=OwnerKind.COMPANY) & ~Q(owner_id="")),
                name="credential_owner_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CredentialEvent(models.Model):
    """Who changed or used a credential, when and for what; never a value. Uses within an hour share a row."""

    credential_id = models.UUIDField(_("credential"), db_index=True)
    credential_name = models.CharField(_("credential"), max_length=255)
    action = models.CharField(_("what happened"), max_length=16, choices=CredentialAction)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("who"))
    purpose = models.CharField(_("for what"), max_length=200, blank=True)
    host = models.CharField(_("host"), max_length=253, blank=True)
    times = models.PositiveIntegerField(_("times"), default=1)
    created_at = models.DateTimeField(_("first"), auto_now_add=True)
    last_at = models.DateTimeField(_("last"), db_index=True)

    class Meta:
        verbose_name = _("credential event")
        verbose_name_plural = _("credential events")
        ordering = ["-last_at", "-pk"]
        indexes = [models.Index(fields=["credential_id", "-last_at"], name="credential_history")]

    def __str__(self) -> str:
        return f"{self.credential_name}: {self.action}"
