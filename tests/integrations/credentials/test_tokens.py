"""Access tokens: what token servers hear, rotation, one renewal at a time, and what becomes of failures."""

import base64
import json
import threading
from datetime import timedelta
from urllib.parse import parse_qs

import jwt
import pytest
from django.db import connection
from django.utils import timezone

from integrations.credentials.errors import CredentialError
from integrations.credentials.models import Credential, CredentialEvent
from integrations.services.credentials.access import access_token
from integrations.services.credentials.audit import opened
from integrations.services.credentials.changes import update_credential

pytestmark = pytest.mark.django_db


def form(request):
    return {name: values[0] for name, values in parse_qs(request.split("\r\n\r\n", 1)[1]).items()}


def body(request):
    return json.loads(request.split("\r\n\r\n", 1)[1])


def events(credential, action):
    return CredentialEvent.objects.filter(credential_id=credential.pk, action=action)


def test_google_service_account(make, tokens, rsa_key):
    credential = make("google.service_account", scopes=["https://www.googleapis.com/auth/drive"])
    assert access_token(credential) == "hush-token-1"
    [request] = tokens.seen
    assert request.startswith("POST /token HTTP/1.1\r\nHost: oauth2.googleapis.com\r\n")
    assertion = form(request)["assertion"]
    claims = jwt.decode(
        assertion, rsa_key[0].public_key(), algorithms=["RS256"], audience="https://oauth2.googleapis.com/token"
    )
    assert jwt.get_unverified_header(assertion)["kid"] == "kid-1"
    assert claims["iss"] == "bot@project.iam.gserviceaccount.com"
    assert claims["scope"] == "https://www.googleapis.com/auth/drive"
    assert claims["exp"] - claims["iat"] == 3600


def test_a_key_file_cannot_choose_the_token_server(make, tokens, payloads):
    payload = {**payloads["google.service_account"], "token_uri": "https://tokens.example.net/steal"}
    access_token(make("google.service_account", payload=payload))
    assert "Host: oauth2.googleapis.com" in tokens.seen[0]


@pytest.mark.parametrize(
    ("kind", "host"),
    [
        ("google.oauth", "oauth2.googleapis.com"),
        ("yandex_id.oauth", "oauth.yandex.ru"),
        ("discord.oauth", "discord.com"),
        ("other.oauth", "tokens.example.net"),
    ],
)
def test_refresh_tokens(make, tokens, kind, host):
    assert access_token(make(kind)) == "hush-token-1"
    assert f"Host: {host}" in tokens.seen[0]
    assert form(tokens.seen[0]) == {
        "grant_type": "refresh_token",
        "client_id": "id-1",
        "client_secret": "hush-secret-1",
        "refresh_token": "hush-refresh-1",
    }


def test_amocrm_rotates_its_refresh_token(make, tokens):
    tokens.answers = [
        (200, {"access_token": "hush-token-1", "refresh_token": "hush-refresh-2", "expires_in": 1}),
        (200, {"access_token": "hush-token-2", "refresh_token": "hush-refresh-3", "expires_in": 86400}),
    ]
    credential = make("amocrm.oauth")
    assert access_token(credential) == "hush-token-1"
    assert access_token(Credential.objects.get(pk=credential.pk)) == "hush-token-2"
    assert [body(request)["refresh_token"] for request in tokens.seen] == ["hush-refresh-1", "hush-refresh-2"]
    assert body(tokens.seen[0])["redirect_uri"] == "https://example.org/back"
    assert opened(Credential.objects.get(pk=credential.pk))["refresh_token"] == "hush-refresh-3"


def test_yandex_cloud_by_key(make, tokens, rsa_key):
    soon = (timezone.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.123456789Z")
    tokens.answers = [(200, {"iamToken": "hush-iam", "expiresAt": soon})]
    credential = make("yandex_cloud.service_account")
    assert access_token(credential) == "hush-iam"
    audience = "https://iam.api.cloud.yandex.net/iam/v1/tokens"
    assertion = body(tokens.seen[0])["jwt"]
    claims = jwt.decode(assertion, rsa_key[0].public_key(), algorithms=["PS256"], audience=audience)
    assert claims["iss"] == "sa-1" and jwt.get_unverified_header(assertion)["kid"] == "key-1"
    ends = Credential.objects.get().access_expires_at
    assert ends is not None and timedelta(minutes=55) < ends - timezone.now() < timedelta(minutes=61)


def test_yandex_cloud_by_oauth_token(make, tokens):
    tokens.answers = [(200, {"iamToken": "hush-iam"})]
    assert access_token(make("yandex_cloud.service_account", payload={"oauth_token": "hush-y0"})) == "hush-iam"
    assert body(tokens.seen[0]) == {"yandexPassportOauthToken": "hush-y0"}


def test_another_service_account(make, tokens):
    assert access_token(make("other.service_account", scopes=["read"])) == "hush-token-1"
    payload = form(tokens.seen[0])["assertion"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert claims["aud"] == "https://tokens.example.net/jwt" and claims["scope"] == "read"


# Keeping


def test_a_token_is_kept_sealed_and_used_again(make, tokens):
    credential = make("google.oauth")
    assert access_token(credential) == access_token(Credential.objects.get()) == "hush-token-1"
    assert len(tokens.seen) == 1
    assert "hush" not in json.dumps(list(Credential.objects.values()), default=str)
    assert events(credential, "refreshed").count() == 1


@pytest.mark.parametrize("seconds", [0, 20, -5])
def test_a_token_that_is_about_to_end_is_not_used(make, tokens, seconds):
    tokens.answers = [(200, {"access_token": "hush-a", "expires_in": seconds}), (200, {"access_token": "hush-b"})]
    credential = make("google.oauth")
    assert [access_token(credential), access_token(credential)] == ["hush-a", "hush-b"]


def test_more_scopes_need_another_token(make, tokens):
    credential = make("google.service_account", scopes=["a"])
    access_token(credential)
    access_token(credential, scopes=["b"])
    access_token(credential, scopes=["a"])
    assert len(tokens.seen) == 2


def test_a_new_payload_makes_a_new_token(make, tokens, payloads, dana):
    credential = make("google.oauth")
    access_token(credential)
    update_credential(credential, {"payload": payloads["google.oauth"] | {"refresh_token": "second"}}, actor=dana)
    access_token(credential)
    assert form(tokens.seen[1])["refresh_token"] == "second"


# Failures


def test_a_refusal_is_permanent_and_repeats_nothing(make, tokens, caplog):
    tokens.answers = [(400, {"error": "invalid_grant", "error_description": "hush-refresh-1 is gone"})]
    credential = make("google.oauth")
    with pytest.raises(CredentialError) as caught:
        access_token(credential)
    assert caught.value.code == "refused" and caught.value.permanent and "invalid_grant" in caught.value.message
    said = caught.value.message + caplog.text + str(list(events(credential, "failed").values()))
    assert "hush" not in said


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [((503, {}), False), ((429, {}), False), ((200, {}), False), ((200, {"access_token": "a\r\nb"}), False),
     ((200, {"access_token": 5}), False), ((401, {"error": "<script>hush"}), True), ((302, {}), True)],
)  # fmt: skip
def test_other_failures(make, tokens, answer, permanent):
    tokens.answers = [answer]
    with pytest.raises(CredentialError) as caught:
        access_token(make("google.oauth"))
    assert caught.value.permanent is permanent and "hush" not in caught.value.message


def test_after_a_failure_the_next_one_may_try_at_once(make, tokens):
    tokens.answers = [(503, {}), (200, {"access_token": "hush-token-2"})]
    credential = make("google.oauth")
    with pytest.raises(CredentialError):
        access_token(credential)
    assert access_token(credential) == "hush-token-2"


def test_a_token_server_inside_is_refused(make, monkeypatch):
    credential = make("other.oauth")
    monkeypatch.setattr("integrations.http.client.system_resolver", None)
    from integrations.credentials import exchange
    from integrations.http import GuardedClient, Policy
    from tests.integrations.http.conftest import Names, Network

    inside = Names({"tokens.example.net": ["10.0.0.1"]})
    monkeypatch.setattr(exchange, "new_client", lambda: GuardedClient(Policy(), resolver=inside, network=Network()))
    with pytest.raises(CredentialError) as caught:
        access_token(credential)
    assert caught.value.code == "internal"


# Many workers


@pytest.mark.django_db(transaction=True)
def test_many_who_need_a_token_ask_for_one(make, tokens):
    tokens.gate.clear()
    credential = make("amocrm.oauth")
    found = []

    def need():
        try:
            found.append(access_token(Credential.objects.get(pk=credential.pk)))
        finally:
            connection.close()

    threads = [threading.Thread(target=need) for _ in range(5)]
    for thread in threads:
        thread.start()
    tokens.gate.set()
    for thread in threads:
        thread.join(30)
    assert found == ["hush-token-1"] * 5 and len(tokens.seen) == 1


def test_the_claim_of_a_killed_worker_runs_out(make, tokens):
    credential = make("google.oauth")
    Credential.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert access_token(credential) == "hush-token-1"


def test_who_waits_in_vain_is_told(make, tokens, monkeypatch):
    credential = make("google.oauth")
    monkeypatch.setattr("integrations.services.credentials.access.PATIENCE_SECONDS", 0)
    monkeypatch.setattr("integrations.services.credentials.access.PAUSE_SECONDS", 0)
    Credential.objects.update(claimed_until=timezone.now() + timedelta(minutes=1))
    with pytest.raises(CredentialError) as caught:
        access_token(credential)
    assert caught.value.code == "busy" and not caught.value.permanent and tokens.seen == []
