"""What people do with credentials. Errors are ValidationErrors by field; payload fields as `payload.<name>`."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from integrations.credentials.catalog import Kind, kind_of
from integrations.credentials.choices import CredentialAction, CredentialProvider, CredentialStrategy
from integrations.credentials.models import Credential
from integrations.credentials.payload import (
    Payload,
    checked_hosts,
    checked_payload,
    checked_scopes,
    hint_for,
    starting_hosts,
)
from integrations.sealing import seal_into
from integrations.services.credentials.audit import opened, record
from integrations.services.credentials.owners import COMPANY, Owner

LONGEST_NAME = 255
PAYLOAD = "payload"
TRIES = 5


@sensitive_variables("payload")
def create_credential(
    *,
    name: str,
    provider: str,
    strategy: str,
    payload: Any,
    actor: Any,
    owner: Owner = COMPANY,
    scopes: Iterable[str] = (),
    allowed_hosts: Iterable[str] | None = None,
    is_default: bool = False,
) -> Credential:
    """A new credential; without `allowed_hosts` it may go to the hosts of its provider."""
    kind = checked_kind(provider, strategy)
    values = _checked(kind, payload)
    credential = Credential(
        owner_kind=owner.kind,
        owner_id=owner.id,
        name=checked_name(name),
        provider=kind.provider,
        strategy=kind.strategy,
        scopes=checked_scopes(list(scopes)),
        allowed_hosts=starting_hosts(kind, values) if allowed_hosts is None else checked_hosts(list(allowed_hosts)),
    )
    _put(credential, kind, values)
    with transaction.atomic():
        credential.save(force_insert=True)
        record(credential, CredentialAction.CREATED, actor=actor)
        if is_default:
            make_default(credential, actor=actor)
    return credential


@sensitive_variables("changes")
def update_credential(credential: Credential, changes: Mapping[str, Any], *, actor: Any) -> None:
    """Applies the keys that are present: name, scopes, allowed_hosts, is_default, payload (the whole of it)."""
    plain = _checked_changes(changes)
    with transaction.atomic():
        if PAYLOAD in changes:
            _replace_payload(credential, changes[PAYLOAD], actor=actor)
        changed = [name for name, value in plain.items() if getattr(credential, name) != value]
        if changed:
            for name in changed:
                setattr(credential, name, plain[name])
            credential.save(update_fields=[*changed, "updated_at"])
            # Tokens of other scopes are of no use.
            if "scopes" in changed:
                forget_access(credential)
            record(credential, CredentialAction.CHANGED, actor=actor, purpose=", ".join(changed))
        if "is_default" in changes:
            _set_default(credential, bool(changes["is_default"]), actor=actor)


@sensitive_variables()
def merge_payload(credential: Credential, entered: Mapping[str, str]) -> Payload:
    """The stored payload with the fields that were entered anew; for forms that cannot show what is there."""
    return {**opened(credential), **{name: value for name, value in entered.items() if value}}


def make_default(credential: Credential, *, actor: Any) -> None:
    """The credential that its owner uses for this provider and strategy; the former default is none any more."""
    for tries_left in reversed(range(TRIES)):
        try:
            _switch_default(credential, actor=actor)
            break
        except IntegrityError:
            # A new one was stored as the default meanwhile; the next try sees it.
            if not tries_left:
                raise
    credential.is_default = True


@transaction.atomic
def _switch_default(credential: Credential, *, actor: Any) -> None:
    siblings = _siblings(credential)
    # Whoever else switches waits here, in an order that cannot lock up.
    list(siblings.select_for_update().order_by("pk").values_list("pk", flat=True))
    siblings.filter(is_default=True).exclude(pk=credential.pk).update(is_default=False)
    Credential.objects.filter(pk=credential.pk).update(is_default=True, updated_at=timezone.now())
    record(credential, CredentialAction.MADE_DEFAULT, actor=actor)


def delete_credential(credential: Credential, *, actor: Any) -> None:
    with transaction.atomic():
        record(credential, CredentialAction.DELETED, actor=actor)
        credential.delete()


def forget_access(credential: Credential) -> None:
    """The next use makes a new token."""
    Credential.objects.filter(pk=credential.pk).update(sealed_access="", access_expires_at=None)


def checked_kind(provider: str, strategy: str) -> Kind:
    if provider not in CredentialProvider.values:
        raise ValidationError({"provider": [_("Unknown provider.")]})
    if strategy not in CredentialStrategy.values:
        raise ValidationError({"strategy": [_("Unknown strategy.")]})
    kind = kind_of(provider, strategy)
    if kind is None:
        raise ValidationError({"strategy": [_("This provider does not support this strategy.")]})
    return kind


def checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise ValidationError({"name": [_("Enter a name of at most %(n)s characters.") % {"n": LONGEST_NAME}]})
    return name


def _checked_changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    checks: dict[str, Any] = {"name": checked_name, "scopes": checked_scopes, "allowed_hosts": checked_hosts}
    return {name: check(changes[name]) for name, check in checks.items() if name in changes}


@sensitive_variables()
def _replace_payload(credential: Credential, payload: Any, *, actor: Any) -> None:
    kind = checked_kind(credential.provider, credential.strategy)
    _put(credential, kind, _checked(kind, payload))
    credential.sealed_access, credential.access_expires_at = "", None
    credential.save(
        update_fields=["sealed_payload", "hint", "payload_set_at", "sealed_access", "access_expires_at", "updated_at"]
    )
    # Whoever is renewing the token of the former payload must not put it back.
    Credential.objects.filter(pk=credential.pk).update(version=F("version") + 1)
    record(credential, CredentialAction.SECRET_CHANGED, actor=actor)


@sensitive_variables()
def _put(credential: Credential, kind: Kind, values: Payload) -> None:
    seal_into(credential, "sealed_payload", json.dumps(values))
    credential.hint = hint_for(kind, values)
    credential.payload_set_at = timezone.now()


def _checked(kind: Kind, payload: Any) -> Payload:
    with _named_after_payload():
        return checked_payload(kind, payload)


@contextmanager
def _named_after_payload() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        named = {f"{PAYLOAD}.{name}".rstrip("."): messages for name, messages in error.message_dict.items()}
        raise ValidationError(named) from None


def _set_default(credential: Credential, wanted: bool, *, actor: Any) -> None:
    if wanted and not credential.is_default:
        make_default(credential, actor=actor)
    elif not wanted and credential.is_default:
        credential.is_default = False
        credential.save(update_fields=["is_default", "updated_at"])
        record(credential, CredentialAction.CHANGED, actor=actor, purpose="is_default")


def _siblings(credential: Credential) -> Any:
    """All of the same owner, provider and strategy, itself included."""
    rows = Credential.objects.owned_by(credential.owner_kind, credential.owner_id)
    return rows.filter(provider=credential.provider, strategy=credential.strategy)
