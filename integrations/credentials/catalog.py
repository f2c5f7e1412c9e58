"""What a credential of each provider and strategy consists of, and where it may go."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from integrations.credentials.choices import CredentialProvider as P
from integrations.credentials.choices import CredentialStrategy as S

FieldKind = Literal["text", "pem", "url", "host", "header"]


@dataclass(frozen=True, slots=True)
class PayloadField:
    """One value. `also` are names that other systems give it."""

    name: str
    label: Any
    required: bool = False
    secret: bool = True
    kind: FieldKind = "text"
    example: str = "..."
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A pair of provider and strategy.

    `one_of` lists sets of fields of which one must be complete; `hint` is the field that people recognise it by;
    `hosts` are allowed from the start; `ignored` are fields of the provider's own files that we do not need.
    """

    provider: P
    strategy: S
    fields: tuple[PayloadField, ...]
    hint: str
    hosts: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    ignored: frozenset[str] = frozenset()
    scheme: str = "Bearer"
    advertised: bool = True

    @property
    def key(self) -> str:
        return f"{self.provider}.{self.strategy}"

    @property
    def label(self) -> str:
        return f"{self.provider.label}: {self.strategy.label}"

    def field(self, name: str) -> PayloadField | None:
        return next((field for field in self.fields if name == field.name or name in field.also), None)


def _open(name: str, label: Any, **options: Any) -> PayloadField:
    return PayloadField(name, label, secret=False, **options)


CLIENT_ID = _open("client_id", _("Client ID"), required=True)
CLIENT_SECRET = PayloadField("client_secret", _("Client secret"), required=True)
REFRESH_TOKEN = PayloadField("refresh_token", _("Refresh token"), required=True)
PRIVATE_KEY = PayloadField("private_key", _("Private key"), required=True, kind="pem", example="PEM")
OPTIONAL_CLIENT = (
    _open("client_id", _("Client ID")),
    PayloadField("client_secret", _("Client secret")),
    PayloadField("refresh_token", _("Refresh token")),
    PayloadField("access_token", _("Access token")),
)
TOKEN_OR_CLIENT = (("access_token",), ("client_id", "client_secret", "refresh_token"))
BOT_TOKEN = PayloadField("bot_token", _("Bot token"), required=True, also=("token",), example="123456:AA...")
GOOGLE_FILE = frozenset(
    "type client_id auth_uri token_uri auth_provider_x509_cert_url client_x509_cert_url universe_domain".split()
)
GOOGLE_HOSTS = tuple(
    f"{name}.googleapis.com" for name in ("www", "sheets", "drive", "docs", "calendar-json", "gmail", "people", "tasks")
)
YANDEX_CLOUD_HOSTS = tuple(
    f"{name}.api.cloud.yandex.net"
    for name in ("llm", "stt", "tts", "transcribe", "translate", "vision", "ocr", "compute")
)
YANDEX_ID_HOSTS = ("api-metrika.yandex.net", "api-metrika.yandex.ru", "login.yandex.ru", "cloud-api.yandex.net")

KINDS = (
    Kind(
        P.GOOGLE,
        S.SERVICE_ACCOUNT,
        (
            _open(
                "client_email",
                _("Service account's e-mail"),
                required=True,
                example="bot@project.iam.gserviceaccount.com",
            ),
            PRIVATE_KEY,
            _open("private_key_id", _("Key ID")),
            _open("project_id", _("Project")),
            _open("subject", _("Act as this user"), example="somebody@example.com"),
        ),
        hint="client_email",
        hosts=GOOGLE_HOSTS,
        ignored=GOOGLE_FILE,
    ),
    Kind(P.GOOGLE, S.OAUTH, (CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN), hint="client_id", hosts=GOOGLE_HOSTS),
    Kind(
        P.AMOCRM,
        S.OAUTH,
        (
            _open("base_domain", _("Address of the account"), required=True, kind="host", example="company.amocrm.ru"),
            CLIENT_ID,
            CLIENT_SECRET,
            _open("redirect_uri", _("Redirect URI"), required=True, kind="url", example="https://example.com/"),
            REFRESH_TOKEN,
        ),
        hint="base_domain",
    ),
    Kind(
        P.YANDEX_CLOUD,
        S.SERVICE_ACCOUNT,
        (
            PayloadField("oauth_token", _("OAuth token")),
            _open("id", _("Key ID"), also=("key_id",)),
            _open("service_account_id", _("Service account's ID")),
            PayloadField("private_key", _("Private key"), kind="pem", example="PEM"),
        ),
        hint="service_account_id",
        hosts=YANDEX_CLOUD_HOSTS,
        one_of=(("oauth_token",), ("id", "service_account_id", "private_key")),
        ignored=frozenset({"created_at", "key_algorithm", "public_key"}),
    ),
    Kind(
        P.YANDEX_ID,
        S.OAUTH,
        OPTIONAL_CLIENT,
        hint="client_id",
        hosts=YANDEX_ID_HOSTS,
        one_of=TOKEN_OR_CLIENT,
        scheme="OAuth",
    ),
    Kind(P.TELEGRAM, S.API_KEY, (BOT_TOKEN,), hint="bot_token", hosts=("api.telegram.org",)),
    Kind(P.DISCORD, S.API_KEY, (BOT_TOKEN,), hint="bot_token", hosts=("discord.com",), scheme="Bot"),
    Kind(P.DISCORD, S.OAUTH, OPTIONAL_CLIENT, hint="client_id", hosts=("discord.com",), one_of=TOKEN_OR_CLIENT),
    Kind(
        P.OPENAI,
        S.API_KEY,
        (
            PayloadField("api_key", _("API key"), required=True, also=("key", "token"), example="sk-..."),
            _open("organization", _("Organization")),
            _open("project", _("Project")),
        ),
        hint="api_key",
        hosts=("api.openai.com",),
    ),
    Kind(
        P.OTHER,
        S.API_KEY,
        (
            PayloadField("api_key", _("API key"), required=True, also=("key", "token")),
            _open("header", _("Header"), kind="header", example="Authorization"),
            _open("prefix", _("What stands before the key"), example="Bearer"),
        ),
        hint="api_key",
    ),
    Kind(
        P.OTHER,
        S.OAUTH,
        (
            _open("token_url", _("Token address"), kind="url", example="https://example.com/oauth/token"),
            *OPTIONAL_CLIENT,
        ),
        hint="client_id",
        one_of=(("access_token",), ("token_url", "client_id", "client_secret", "refresh_token")),
    ),
    Kind(
        P.OTHER,
        S.BASIC,
        (
            _open("username", _("Name"), required=True, also=("login",)),
            PayloadField("password", _("Password"), required=True),
        ),
        hint="username",
    ),
    Kind(
        P.OTHER,
        S.SERVICE_ACCOUNT,
        (
            _open(
                "token_uri", _("Token address"), required=True, kind="url", example="https://example.com/oauth/token"
            ),
            _open("client_email", _("Issuer"), required=True, also=("issuer",)),
            PRIVATE_KEY,
            _open("private_key_id", _("Key ID")),
            _open("subject", _("Act as this user")),
        ),
        hint="client_email",
        ignored=GOOGLE_FILE - {"token_uri"} | {"project_id"},
    ),
    # Imported ones may be of any shape; they are handed to integrations and added to no request.
    Kind(P.OTHER, S.OTHER, (PayloadField("value", _("Value"), required=True),), hint="value", advertised=False),
)
BY_KEY = {kind.key: kind for kind in KINDS}

PROVIDER_NOTES = {
    P.GOOGLE: _("Google Workspace and Google Cloud APIs"),
    P.AMOCRM: _("CRM of one account"),
    P.YANDEX_CLOUD: _("Yandex Cloud APIs, by IAM tokens"),
    P.YANDEX_ID: _("Yandex services on behalf of a user, such as Metrica and Disk"),
    P.TELEGRAM: _("Telegram bots"),
    P.DISCORD: _("Discord bots and applications"),
    P.OPENAI: _("OpenAI API"),
    P.OTHER: _("Any other service"),
}
STRATEGY_NOTES = {
    S.SERVICE_ACCOUNT: _("A key file of a machine account; access tokens are made from it"),
    S.OAUTH: _("A user's consent; access tokens are renewed with the refresh token"),
    S.API_KEY: _("A key or token that is sent with every request"),
    S.BASIC: _("A name and a password that are sent with every request"),
    S.OTHER: _("Anything else"),
}


def kind_of(provider: str, strategy: str) -> Kind | None:
    return BY_KEY.get(f"{provider}.{strategy}")


def kinds_of(provider: str) -> Iterator[Kind]:
    """The advertised kinds of this provider."""
    return (kind for kind in KINDS if kind.provider == provider and kind.advertised)


def provider_of(host: str) -> P | None:
    """Whose credentials a request to this host gets by itself; whole labels count, never parts of names."""
    if host == "googleapis.com" or host.endswith(".googleapis.com"):
        return P.GOOGLE
    if host.endswith((".amocrm.ru", ".amocrm.com", ".kommo.com")):
        return P.AMOCRM
    if host.endswith((".yandexcloud.net", ".cloud.yandex.net", ".cloud.yandex.ru")):
        return P.YANDEX_CLOUD
    return P.YANDEX_ID if host in YANDEX_ID_HOSTS[:2] else None
