"""Payloads: what people enter becomes a checked object, or an error that names the field."""

import re
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from integrations.credentials.catalog import Kind, PayloadField
from integrations.credentials.choices import CredentialProvider
from integrations.http.errors import RefusedURL
from integrations.http.headers import NAME, is_refused
from integrations.http.hosts import Entry, is_name
from integrations.http.policy import Policy
from integrations.http.urls import check_host, check_url

LONGEST_VALUE = 20_000
MOST_SCOPES, MOST_HOSTS = 50, 50
# What reaches a header: visible ASCII, which also keeps line ends out.
PRINTABLE = re.compile(r"[\x20-\x7e]+")
SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,250}")
AMOCRM_DOMAINS = (".amocrm.ru", ".amocrm.com", ".kommo.com")

type Payload = dict[str, str]


@sensitive_variables()
def checked_payload(kind: Kind, raw: Any) -> Payload:
    """The payload under its proper names, without empty values; raises ValidationError by field."""
    if not isinstance(raw, Mapping):
        raise ValidationError({"": [_("Enter an object.")]})
    payload, errors = _named(kind, raw)
    for field in kind.fields:
        value = payload.get(field.name)
        if value is None and field.required:
            errors.setdefault(field.name, _("This field is required."))
        elif value is not None and (error := _error_of(field, value, kind)):
            errors.setdefault(field.name, error)
    if not errors and kind.one_of and not any(payload.keys() >= set(names) for names in kind.one_of):
        ways = " / ".join(", ".join(names) for names in kind.one_of)
        errors[kind.one_of[0][0]] = _("Enter all of one of these: %(ways)s.") % {"ways": ways}
    if errors:
        raise ValidationError({name: [error] for name, error in errors.items()})
    return payload


@sensitive_variables()
def _named(kind: Kind, raw: Mapping[Any, Any]) -> tuple[Payload, dict[str, str]]:
    payload: Payload = {}
    errors: dict[str, str] = {}
    for name, value in raw.items():
        field = kind.field(str(name))
        if field is None:
            if name not in kind.ignored:
                errors[str(name)[:50]] = _("There is no such field here.")
        elif value is not None and not isinstance(value, str):
            errors[field.name] = _("Enter text.")
        elif value and value.strip():
            payload[field.name] = value.strip()
    return payload, errors


@sensitive_variables()
def _error_of(field: PayloadField, value: str, kind: Kind) -> str:
    if len(value) > LONGEST_VALUE:
        return _("This is too long.")
    if field.kind == "pem":
        return "" if _is_rsa_key(value) else _("This is no RSA key in PEM format.")
    if field.kind == "url":
        return _url_error(value)
    if field.kind == "host":
        return _account_error(value)
    if field.kind == "header":
        return _("This header cannot be set.") if not NAME.fullmatch(value) or is_refused(value) else ""
    # A password may be of any characters: it travels in base64.
    free = field.name in {"username", "password", "value"}
    return "" if free or PRINTABLE.fullmatch(value) else _("Only Latin letters, digits and signs are possible.")


@sensitive_variables()
def _is_rsa_key(text: str) -> bool:
    # Files that passed through JSON or an environment variable hold the two characters instead of the line end.
    try:
        return isinstance(load_pem_private_key(pem(text), password=None), RSAPrivateKey)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False


def pem(text: str) -> bytes:
    """The PEM of a private key; whatever stands before its first line (Yandex puts a warning there) is left out."""
    plain = text.replace("\\n", "\n")
    return plain[max(plain.find("-----BEGIN"), 0) :].encode()


def _url_error(value: str) -> str:
    try:
        check_url(value, Policy.from_settings())
    except RefusedURL as error:
        return error.message
    return ""


def _account_error(value: str) -> str:
    if is_name(value.lower()) and value.lower().endswith(AMOCRM_DOMAINS):
        return ""
    return _("Enter the account's address, such as company.amocrm.ru.")


def checked_scopes(scopes: Any) -> list[str]:
    """Scopes without repetition; raises ValidationError."""
    if not isinstance(scopes, list | tuple) or len(scopes) > MOST_SCOPES:
        raise ValidationError({"scopes": [_("Enter a list of at most %(n)s scopes.") % {"n": MOST_SCOPES}]})
    if not all(isinstance(scope, str) and SCOPE.fullmatch(scope) for scope in scopes):
        raise ValidationError({"scopes": [_("A scope is a word without spaces.")]})
    return list(dict.fromkeys(scopes))


def checked_hosts(hosts: Any) -> list[str]:
    """`host` or `host:port`, lower case; raises ValidationError. No wildcards: a secret goes where its owner said."""
    if not isinstance(hosts, list | tuple) or len(hosts) > MOST_HOSTS:
        raise ValidationError({"allowed_hosts": [_("Enter a list of at most %(n)s hosts.") % {"n": MOST_HOSTS}]})
    return list(dict.fromkeys(_checked_host(host) for host in hosts))


def _checked_host(host: Any) -> str:
    try:
        entry = Entry.read(host if isinstance(host, str) else "")
        if entry.network is not None and entry.network.num_addresses > 1:
            raise ValueError("a network")
        name = entry.name or str(entry.network.network_address if entry.network else "")
        check_host(name, entry.port or 443, policy=Policy.from_settings())
    except ValueError as error:
        raise ValidationError({"allowed_hosts": [_("Enter exact host names, such as api.example.com.")]}) from error
    except RefusedURL as error:
        raise ValidationError({"allowed_hosts": [error.message]}) from error
    return name if entry.port is None else f"{f'[{name}]' if ':' in name else name}:{entry.port}"


def starting_hosts(kind: Kind, payload: Payload) -> list[str]:
    """Where a new credential may go when nobody says otherwise."""
    return [payload["base_domain"].lower()] if kind.provider == CredentialProvider.AMOCRM else list(kind.hosts)


@sensitive_variables()
def hint_for(kind: Kind, payload: Payload) -> str:
    """What people recognise it by: an open value, or how a secret ends when that leaves enough of it unknown."""
    field = kind.field(kind.hint)
    value = payload.get(kind.hint) or ""
    if field is not None and not field.secret and value:
        return value[:100]
    secret = value or next(iter(payload.values()), "")
    return f"…{secret[-4:]}" if len(secret) >= 12 else "…"
