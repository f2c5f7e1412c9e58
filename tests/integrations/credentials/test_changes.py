"""Credentials are made, changed, made the default and deleted; each leaves a line of history and no value."""

import json
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, close_old_connections, connection, transaction

from integrations.credentials import catalog
from integrations.credentials.catalog import KINDS, provider_of
from integrations.credentials.models import Credential, CredentialEvent
from integrations.sealing import open_sealed
from integrations.services.credentials.audit import reveal
from integrations.services.credentials.changes import (
    create_credential,
    delete_credential,
    make_default,
    merge_payload,
    update_credential,
)
from integrations.services.credentials.owners import Owner

pytestmark = pytest.mark.django_db


def actions(credential):
    rows = CredentialEvent.objects.filter(credential_id=credential.pk).order_by("pk")
    return list(rows.values_list("action", flat=True))


@pytest.mark.parametrize("kind", [kind.key for kind in KINDS])
def test_each_kind_is_stored_sealed_and_comes_back(make, payloads, kind):
    credential = make(kind)
    stored = json.dumps(list(Credential.objects.values()), default=str)
    secrets = [value for name, value in payloads[kind].items() if catalog.BY_KEY[kind].field(name) is not None]
    assert not [value for value in secrets if len(value) > 12 and value in stored and value != credential.hint
                and value not in credential.allowed_hosts]  # fmt: skip
    revealed = reveal(credential, purpose="test")
    assert set(revealed.values()) == {value.strip() for value in secrets}
    assert "hush" not in repr(credential) + str(credential) + credential.hint.replace("…hush", "")


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        ("google.service_account", {"private_key": "nonsense"}, "payload.private_key"),
        ("google.service_account", {"client_email": ""}, "payload.client_email"),
        ("google.oauth", {"refresh_token": None}, "payload.refresh_token"),
        ("google.oauth", {"refresh_token": 5}, "payload.refresh_token"),
        ("google.oauth", {"refresh_tokn": "x"}, "payload.refresh_tokn"),
        ("amocrm.oauth", {"base_domain": "company.amocrm.ru.evil.example"}, "payload.base_domain"),
        ("amocrm.oauth", {"base_domain": "https://company.amocrm.ru"}, "payload.base_domain"),
        ("amocrm.oauth", {"base_domain": "evilamocrm.ru"}, "payload.base_domain"),
        ("yandex_cloud.service_account", {"id": ""}, "payload.oauth_token"),
        ("yandex_id.oauth", {"client_id": ""}, "payload.access_token"),
        ("telegram.api_key", {"bot_token": "a\r\nb"}, "payload.bot_token"),
        ("openai.api_key", {"api_key": "ключ"}, "payload.api_key"),
        ("other.api_key", {"header": "Host"}, "payload.header"),
        ("other.api_key", {"header": "X-Forwarded-For"}, "payload.header"),
        ("other.oauth", {"token_url": "http://169.254.169.254/"}, "payload.token_url"),
        ("other.service_account", {"token_uri": "http://localhost/"}, "payload.token_uri"),
        ("other.basic", {"password": "x" * 20_001}, "payload.password"),
    ],
)
def test_a_wrong_payload_names_the_field(make, payloads, kind, change, field):
    with pytest.raises(ValidationError) as caught:
        make(kind, payload={**payloads[kind], **change})
    assert list(caught.value.message_dict) == [field]
    assert not Credential.objects.exists()


@pytest.mark.parametrize("payload", [None, [], "text", 5])
def test_a_payload_is_an_object(make, payload):
    with pytest.raises(ValidationError) as caught:
        make("telegram.api_key", payload=payload)
    assert list(caught.value.message_dict) == ["payload"]


@pytest.mark.parametrize(("provider", "strategy", "field"), [
    ("telegram", "oauth", "strategy"), ("google", "api_key", "strategy"), ("x", "oauth", "provider"),
    ("google", "x", "strategy"),
])  # fmt: skip
def test_pairs_that_do_not_exist(dana, provider, strategy, field):
    with pytest.raises(ValidationError) as caught:
        create_credential(name="x", provider=provider, strategy=strategy, payload={}, actor=dana)
    assert list(caught.value.message_dict) == [field]


@pytest.mark.parametrize(
    "host",
    ["*.example.org", "https://example.org", "example.org/path", "10.0.0.1", "localhost", "a b", "10.0.0.0/8", 5],
)
def test_hosts_are_exact_names_that_may_be_called(make, host):
    with pytest.raises(ValidationError) as caught:
        make("other.api_key", allowed_hosts=[host])
    assert list(caught.value.message_dict) == ["allowed_hosts"]


def test_a_file_with_escaped_line_ends_is_understood(make, payloads):
    escaped = payloads["google.service_account"]["private_key"].replace("\n", "\\n")
    make("google.service_account", payload={**payloads["google.service_account"], "private_key": escaped})


def test_a_new_credential_may_go_to_the_hosts_of_its_provider(make):
    assert make("amocrm.oauth").allowed_hosts == ["company.amocrm.ru"]
    assert "sheets.googleapis.com" in make("google.oauth").allowed_hosts
    assert make("other.api_key").allowed_hosts == []


def test_changes_are_applied_and_written_down(make, dana):
    credential = make("openai.api_key")
    update_credential(credential, {"name": "New", "scopes": ["a", "a", "b"]}, actor=dana)
    update_credential(credential, {"payload": {"api_key": "sk-second-0123456789"}}, actor=dana)
    credential.refresh_from_db()
    assert (credential.name, credential.scopes, credential.hint) == ("New", ["a", "b"], "…6789")
    assert json.loads(open_sealed(credential, "sealed_payload")) == {"api_key": "sk-second-0123456789"}
    assert actions(credential) == ["created", "changed", "secret"]
    assert set(CredentialEvent.objects.values_list("actor", flat=True)) == {dana.pk}


def test_a_form_keeps_what_was_not_entered(make):
    assert merge_payload(make("google.oauth"), {"client_id": "id-2", "client_secret": ""}) == {
        "client_id": "id-2",
        "client_secret": "hush-secret-1",
        "refresh_token": "hush-refresh-1",
    }


def test_a_new_default_takes_the_place_of_the_former_one(make, dana):
    first = make("openai.api_key", is_default=True)
    second = make("openai.api_key", is_default=True)
    third = make("openai.api_key")
    update_credential(third, {"is_default": True}, actor=dana)
    make_default(third, actor=dana)
    defaults = list(Credential.objects.filter(is_default=True))
    assert defaults == [third]
    assert "default" in actions(first) and "default" in actions(second)


def test_defaults_of_other_owners_providers_and_strategies_stay(make):
    kept = [
        make("openai.api_key", is_default=True, owner=Owner.bot("b1")),
        make("discord.api_key", is_default=True),
        make("discord.oauth", is_default=True),
    ]
    make("openai.api_key", is_default=True)
    assert Credential.objects.filter(pk__in=[row.pk for row in kept], is_default=True).count() == 3


def test_the_database_allows_one_default_and_whole_owners_only(make):
    make("openai.api_key", is_default=True)
    second = make("openai.api_key")
    for wrong in ({"is_default": True}, {"owner_id": "b1"}, {"owner_kind": "bot"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Credential.objects.filter(pk=second.pk).update(**wrong)


def test_history_outlives_the_credential(make, dana):
    credential = make("openai.api_key")
    key = credential.pk
    delete_credential(credential, actor=dana)
    assert not Credential.objects.exists()
    assert list(CredentialEvent.objects.filter(credential_id=key).values_list("action", flat=True)) == [
        "deleted",
        "created",
    ]


@pytest.mark.parametrize(("host", "provider"), [
    ("sheets.googleapis.com", "google"), ("googleapis.com.evil.tld", None), ("evilgoogleapis.com", None),
    ("company.amocrm.ru", "amocrm"), ("amocrm.ru.evil.tld", None), ("storage.yandexcloud.net", "yandex_cloud"),
    ("llm.api.cloud.yandex.net", "yandex_cloud"), ("yandexcloud.net.evil.tld", None),
    ("api-metrika.yandex.net", "yandex_id"),
    ("api-metrika.yandex.evil.tld", None),
])  # fmt: skip
def test_a_provider_is_known_by_whole_labels_of_the_host(host, provider):
    assert provider_of(host) == provider


@pytest.mark.django_db(transaction=True)
def test_two_who_make_defaults_at_once_end_with_one(make, dana):
    rows = [make("openai.api_key") for _ in range(4)]
    failures = []

    def choose(row):
        try:
            make_default(row, actor=dana)
        except Exception as error:  # noqa: BLE001 - the test fails with it below
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=choose, args=(row,)) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    close_old_connections()
    assert failures == [] and Credential.objects.filter(is_default=True).count() == 1
