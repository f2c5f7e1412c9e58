"""A payload becomes an access token: what each provider's token server wants to hear."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jwt
from asgiref.sync import async_to_sync
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from integrations.credentials.choices import CredentialProvider as P
from integrations.credentials.choices import CredentialStrategy as S
from integrations.credentials.errors import CredentialError
from integrations.credentials.payload import Payload, pem
from integrations.http import GuardedClient, OutgoingError, Policy, Request, Response

TOKEN_SECONDS = 20
GOOGLE_TOKENS = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
YANDEX_TOKENS = "https://oauth.yandex.ru/token"  # noqa: S105 - an address
IAM_TOKENS = "https://iam.api.cloud.yandex.net/iam/v1/tokens"  # noqa: S105 - an address
DISCORD_TOKENS = "https://discord.com/api/oauth2/token"  # noqa: S105 - an address
FALLBACK_SCOPE = "https://www.googleapis.com/auth/spreadsheets"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Servers that name no end mean about an hour.
USUAL_LIFE = 3600
ERROR_CODE = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class Grant:
    """A token, its life in seconds, and what changes in the payload: some servers rotate the refresh token."""

    token: str = field(repr=False)
    seconds: float
    changes: Payload = field(default_factory=dict, repr=False)


def needs_exchange(strategy: str, payload: Payload) -> bool:
    """Whether an access token must be fetched; others are sent as they are."""
    if strategy == S.SERVICE_ACCOUNT:
        return True
    return strategy == S.OAUTH and "refresh_token" in payload


@sensitive_variables()
def exchange(provider: str, strategy: str, payload: Payload, *, scopes: Sequence[str]) -> Grant:
    """Asks the provider's token server; raises CredentialError, permanent when the credential was refused."""
    if provider == P.YANDEX_CLOUD:
        return _iam(payload)
    if strategy == S.SERVICE_ACCOUNT:
        return _service_account(payload, payload.get("token_uri", GOOGLE_TOKENS), scopes or _fallback(provider))
    if provider == P.AMOCRM:
        return _refreshed(_amocrm_request(payload))
    addresses = {P.GOOGLE: GOOGLE_TOKENS, P.YANDEX_ID: YANDEX_TOKENS, P.DISCORD: DISCORD_TOKENS}
    address = addresses[P(provider)] if provider in addresses else payload["token_url"]
    return _refreshed(Request.with_form(address, _refresh_fields(payload)))


def _fallback(provider: str) -> list[str]:
    return [FALLBACK_SCOPE] if provider == P.GOOGLE else []


def _refresh_fields(payload: Payload) -> Payload:
    names = ("client_id", "client_secret", "refresh_token")
    return {"grant_type": "refresh_token", **{name: payload[name] for name in names}}


def _amocrm_request(payload: Payload) -> Request:
    address = f"https://{payload['base_domain']}/oauth2/access_token"
    return Request.with_json("POST", address, {**_refresh_fields(payload), "redirect_uri": payload["redirect_uri"]})


@sensitive_variables()
def _refreshed(request: Request) -> Grant:
    answer = _ask(request)
    rotated = answer.get("refresh_token")
    changes = {"refresh_token": rotated} if isinstance(rotated, str) and rotated else {}
    return Grant(_token(answer, "access_token"), _seconds(answer.get("expires_in")), changes)


@sensitive_variables()
def _service_account(payload: Payload, address: str, scopes: Sequence[str]) -> Grant:
    claims = {"iss": payload["client_email"], "aud": address, "scope": " ".join(scopes)}
    if "subject" in payload:
        claims["sub"] = payload["subject"]
    assertion = _signed(payload, claims, key_id=payload.get("private_key_id"), algorithm="RS256", seconds=3600)
    answer = _ask(Request.with_form(address, {"grant_type": JWT_BEARER, "assertion": assertion}))
    return Grant(_token(answer, "access_token"), _seconds(answer.get("expires_in")))


@sensitive_variables()
def _iam(payload: Payload) -> Grant:
    if "oauth_token" in payload:
        body = {"yandexPassportOauthToken": payload["oauth_token"]}
    else:
        claims = {"iss": payload["service_account_id"], "aud": IAM_TOKENS}
        body = {"jwt": _signed(payload, claims, key_id=payload["id"], algorithm="PS256", seconds=60)}
    answer = _ask(Request.with_json("POST", IAM_TOKENS, body))
    return Grant(_token(answer, "iamToken"), _seconds_until(answer.get("expiresAt")))


@sensitive_variables()
def _signed(payload: Payload, claims: dict[str, Any], *, key_id: str | None, algorithm: str, seconds: int) -> str:
    now = int(timezone.now().timestamp())
    headers = {"kid": key_id} if key_id else {}
    return jwt.encode(
        {**claims, "iat": now, "exp": now + seconds}, pem(payload["private_key"]), algorithm=algorithm, headers=headers
    )


def new_client() -> GuardedClient:
    """Token servers answer at once, shortly, and from where they were asked."""
    return GuardedClient(Policy.from_settings().but(total_seconds=TOKEN_SECONDS, max_bytes=65_536, max_redirects=0))


@sensitive_variables()
def _ask(request: Request) -> Mapping[str, Any]:
    try:
        response = async_to_sync(new_client().fetch)(request)
        answer = response.json() if response.is_success else {}
    except OutgoingError as error:
        raise CredentialError(error.code, error.message, permanent=error.permanent) from error
    if not response.is_success:
        raise _refusal(response)
    return answer if isinstance(answer, dict) else {}


def _refusal(response: Response) -> CredentialError:
    if response.status >= 500 or response.status in {408, 429}:
        text = _("The token server %(host)s is not available now.") % {"host": response.host}
        return CredentialError("unavailable", text, permanent=False)
    text = _("The token server %(host)s refused the credential (%(code)s). Enter it anew.")
    return CredentialError("refused", text % {"host": response.host, "code": _error_code(response)})


def _error_code(response: Response) -> str:
    """The code that OAuth names; never free text, which may repeat what was sent."""
    try:
        answer = response.json()
    except OutgoingError:
        return str(response.status)
    code = answer.get("error") if isinstance(answer, dict) else None
    return code if isinstance(code, str) and ERROR_CODE.fullmatch(code) else str(response.status)


@sensitive_variables()
def _token(answer: Mapping[str, Any], name: str) -> str:
    token = answer.get(name)
    if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]{1,16384}", token):
        raise CredentialError("bad_response", _("The token server's answer holds no token."), permanent=False)
    return token


def _seconds(value: Any) -> float:
    try:
        return max(0.0, min(float(value), 31_536_000.0))
    except (TypeError, ValueError):
        return USUAL_LIFE


def _seconds_until(value: Any) -> float:
    try:
        # Yandex writes nanoseconds, which the standard library does not read.
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", str(value)))
    except ValueError:
        return USUAL_LIFE
    return _seconds(((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - timezone.now()).total_seconds())
