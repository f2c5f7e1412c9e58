"""Which credential is meant, where it may go, in which header, and who is told."""

import pytest

from integrations.credentials.errors import CredentialError
from integrations.credentials.models import Credential, CredentialEvent
from integrations.http import Request
from integrations.services.credentials.audit import prune_history, reveal
from integrations.services.credentials.authorise import authorised
from integrations.services.credentials.changes import make_default
from integrations.services.credentials.owners import COMPANY, Owner
from integrations.services.credentials.resolve import resolve_credential

pytestmark = pytest.mark.django_db
BOT, OTHER_BOT = Owner.bot("b1"), Owner.bot("b2")


def header_of(credential, url, **headers):
    request = Request("GET", url, headers=headers)
    return authorised(request, credential, purpose="test").headers


@pytest.mark.parametrize(
    ("kind", "url", "expected"),
    [
        ("openai.api_key", "https://api.openai.com/v1/models",
         {"Authorization": "Bearer sk-hush-0123456789", "OpenAI-Organization": "org-1"}),
        ("discord.api_key", "https://discord.com/api", {"Authorization": "Bot hush-discord-token"}),
        ("google.oauth", "https://sheets.googleapis.com/v4", {"Authorization": "Bearer hush-token-1"}),
        ("yandex_id.oauth", "https://api-metrika.yandex.net/x", {"Authorization": "OAuth hush-token-1"}),
        ("amocrm.oauth", "https://company.amocrm.ru/api/v4", {"Authorization": "Bearer hush-token-1"}),
    ],
)  # fmt: skip
def test_each_kind_has_its_header(make, tokens, kind, url, expected):
    assert header_of(make(kind), url) == expected


def test_own_headers_basic_and_static_tokens(make):
    hosts = {"allowed_hosts": ["api.example.net"]}
    url = "https://api.example.net/"
    assert header_of(make("other.api_key", **hosts), url) == {"X-Key": "hush-key-0123456789"}
    assert header_of(make("other.basic", **hosts), url)["Authorization"].startswith("Basic 0LDQvdC90LA6")
    static = make("other.oauth", payload={"access_token": "hush-static"}, **hosts)
    assert header_of(static, url) == {"Authorization": "Bearer hush-static"}


def test_the_credential_takes_the_place_of_a_header_and_leaves_the_others(make):
    headers = header_of(make("openai.api_key"), "https://api.openai.com/", authorization="mine", Accept="x")
    assert headers["Accept"] == "x" and "authorization" not in headers


@pytest.mark.parametrize(
    "url",
    ["https://api.openai.com.evil.example/", "https://evil.example/?api.openai.com", "https://xapi.openai.com/",
     "https://openai.com/", "https://api.openai.com:8443/", "http://api.openai.com/", "https://api.openai.com@evil.example/",
     "https://a.api.openai.com/"],
)  # fmt: skip
def test_it_goes_nowhere_else(make, url):
    with pytest.raises(CredentialError):
        header_of(make("openai.api_key"), url)
    assert not CredentialEvent.objects.filter(action="used").exists()


@pytest.mark.parametrize("url", ["https://API.openai.com/", "https://api.openai.com./", "https://api.openai.com:443/"])
def test_spellings_of_the_same_host(make, url):
    assert header_of(make("openai.api_key"), url)


def test_a_port_is_allowed_by_name(make):
    credential = make("other.api_key", allowed_hosts=["api.example.net:8443"])
    assert header_of(credential, "https://api.example.net:8443/")
    with pytest.raises(CredentialError):
        header_of(credential, "https://api.example.net/")


def test_an_opened_inner_server_may_be_spoken_to_without_tls(make, settings):
    settings.INTERNAL_HOSTS = ["n8n.lan:5678"]
    credential = make("other.api_key", allowed_hosts=["n8n.lan:5678"])
    assert header_of(credential, "http://n8n.lan:5678/")


@pytest.mark.parametrize("kind", ["telegram.api_key", "other.other"])
def test_what_is_not_sent_in_a_header(make, kind):
    credential = make(kind, allowed_hosts=["api.example.net"])
    with pytest.raises(CredentialError) as caught:
        header_of(credential, "https://api.example.net/")
    assert caught.value.code == "no_header"


def test_uses_of_an_hour_share_a_line(make, dana):
    credential = make("openai.api_key")
    for _ in range(3):
        header_of(credential, "https://api.openai.com/")
    reveal(credential, purpose="telegram", actor=dana)
    used, revealed = CredentialEvent.objects.filter(action__in=["used", "revealed"]).order_by("pk")
    assert (used.times, used.host, used.purpose) == (3, "api.openai.com", "test")
    assert (revealed.actor, revealed.purpose) == (dana, "telegram")
    credential.refresh_from_db()
    assert credential.last_used_at is not None


def test_a_secret_of_a_lost_key_is_told_not_raised(make, settings):
    credential = make("openai.api_key")
    settings.SECRET_BOX_KEY = "lost"
    with pytest.raises(CredentialError) as caught:
        reveal(credential, purpose="test")
    assert caught.value.code == "sealed"


def test_a_payload_copied_from_another_row_does_not_open(make):
    first, second = make("openai.api_key"), make("openai.api_key")
    Credential.objects.filter(pk=second.pk).update(sealed_payload=first.sealed_payload)
    second.refresh_from_db()
    with pytest.raises(CredentialError):
        reveal(second, purpose="test")


def test_history_is_kept_for_a_year(make, monkeypatch):
    make("openai.api_key")
    assert prune_history() == 0
    from datetime import timedelta

    CredentialEvent.objects.update(last_at=CredentialEvent.objects.get().last_at - timedelta(days=366))
    assert prune_history() == 1


# Resolution


def resolved(owner=BOT, **options):
    return resolve_credential(owner=owner, provider="openai", **options)


def test_the_order(make, dana):
    company = make("openai.api_key")
    assert resolved() == company
    company_default = make("openai.api_key", is_default=True)
    make("openai.api_key", owner=BOT)
    assert resolved() == company_default
    mine = make("openai.api_key", owner=BOT)
    make_default(mine, actor=dana)
    assert resolved() == mine
    assert resolved(owner=COMPANY) == company_default
    assert resolved(owner=OTHER_BOT) == company_default


def test_without_a_default_the_newest_of_the_bot_comes_first(make):
    make("openai.api_key", owner=BOT)
    newest = make("openai.api_key", owner=BOT)
    make("openai.api_key")
    assert resolved() == newest


def test_one_that_is_named_must_be_usable(make):
    own, company, foreign = (
        make("openai.api_key", owner=BOT),
        make("openai.api_key"),
        make("openai.api_key", owner=OTHER_BOT),
    )
    other_provider = make("discord.api_key", owner=BOT)
    assert resolved(credential_id=own.pk) == own
    assert resolved(credential_id=str(company.pk)) == company
    for wrong in (foreign.pk, other_provider.pk, "nonsense", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(CredentialError) as caught:
            resolved(credential_id=wrong)
        assert caught.value.code == "not_found"


def test_the_company_cannot_use_a_bots_credential(make):
    make("openai.api_key", owner=BOT, is_default=True)
    with pytest.raises(CredentialError):
        resolved(owner=COMPANY)


def test_a_strategy_narrows(make):
    oauth = make("discord.oauth", payload={"access_token": "hush-x"})
    make("discord.api_key", is_default=True)
    assert resolve_credential(owner=BOT, provider="discord", strategy="oauth") == oauth
