"""A request gets a credential, and goes with it only where the credential may go."""

import base64
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from integrations.credentials.catalog import kind_of
from integrations.credentials.choices import CredentialProvider, CredentialStrategy
from integrations.credentials.errors import CredentialError
from integrations.credentials.exchange import needs_exchange
from integrations.credentials.models import Credential
from integrations.credentials.payload import Payload
from integrations.http import Policy, RefusedURL, Request
from integrations.http.urls import DEFAULT_PORTS, Target, check_url
from integrations.services.credentials.access import access_token
from integrations.services.credentials.audit import opened, record_use

AUTHORIZATION = "Authorization"


@sensitive_variables()
def authorised(
    request: Request, credential: Credential, *, purpose: str, actor: Any = None, scopes: Iterable[str] = ()
) -> Request:
    """The request with the header of the credential; blocks while a token is fetched.

    Raises CredentialError: `host` when the credential may not go there, `no_header` when it is not sent in a header.
    """
    target = _allowed_target(request, credential)
    headers = _headers(credential, opened(credential), scopes)
    names = {name.lower() for name in headers}
    kept = {name: value for name, value in request.headers.items() if name.lower() not in names}
    record_use(credential, actor=actor, purpose=purpose, host=target.host)
    return replace(request, headers={**kept, **headers})


def _allowed_target(request: Request, credential: Credential) -> Target:
    policy = Policy.from_settings()
    try:
        target = check_url(request.url, policy)
    except RefusedURL as error:
        raise CredentialError(error.code, error.message) from error
    if not may_go_to(credential, target.host, target.port, scheme=target.url.scheme):
        text = _("%(name)s may not be sent to %(host)s.") % {"name": credential.name, "host": target.host}
        raise CredentialError("host", text)
    # On the open internet everybody on the way could read it.
    if target.url.scheme != "https" and not policy.internal.may_open(target.host, target.port):
        if not policy.internal.names(target.host):
            text = _("%(name)s is only sent over https://.") % {"name": credential.name}
            raise CredentialError("scheme", text)
    return target


def may_go_to(credential: Credential, host: str, port: int, *, scheme: str) -> bool:
    """Whole names only: `googleapis.com.evil.example` is not below anything."""
    shown = f"[{host}]" if ":" in host else host
    names = {f"{shown}:{port}"} | ({host} if port == DEFAULT_PORTS[scheme] else set())
    return bool(names & set(credential.allowed_hosts))


@sensitive_variables()
def _headers(credential: Credential, payload: Payload, scopes: Iterable[str]) -> dict[str, str]:
    kind = kind_of(credential.provider, credential.strategy)
    if kind is None or credential.strategy == CredentialStrategy.OTHER or kind.provider == CredentialProvider.TELEGRAM:
        raise CredentialError("no_header", _("%(name)s is not sent in a header.") % {"name": credential.name})
    if credential.strategy == CredentialStrategy.BASIC:
        pair = f"{payload['username']}:{payload['password']}".encode()
        return {AUTHORIZATION: f"Basic {base64.b64encode(pair).decode()}"}
    if credential.strategy == CredentialStrategy.API_KEY:
        return _key_headers(kind.scheme, payload)
    if needs_exchange(credential.strategy, payload):
        return {AUTHORIZATION: f"{kind.scheme} {access_token(credential, scopes=scopes)}"}
    return {AUTHORIZATION: f"{kind.scheme} {payload['access_token']}"}


@sensitive_variables()
def _key_headers(scheme: str, payload: Payload) -> dict[str, str]:
    key = payload.get("api_key") or payload["bot_token"]
    header = payload.get("header", AUTHORIZATION)
    prefix = payload.get("prefix", scheme if header.lower() == AUTHORIZATION.lower() else "")
    named = {"OpenAI-Organization": payload.get("organization"), "OpenAI-Project": payload.get("project")}
    return {header: f"{prefix} {key}".strip(), **{name: value for name, value in named.items() if value}}
