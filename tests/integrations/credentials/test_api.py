"""`/api/v1/credentials/`: the catalogue for everybody, credentials for those who keep them, payloads for nobody."""

import json

import pytest

from integrations.credentials.models import Credential
from integrations.services.credentials.owners import Owner
from tests.canary import MARK

pytestmark = pytest.mark.django_db
URL = "/api/v1/credentials/"
BODY = {
    "name": "Key",
    "provider": "openai",
    "strategy": "api_key",
    "payload": {"api_key": f"sk-hush-{MARK}-0123456789"},
}


@pytest.fixture
def as_dana(api, dana):
    api.force_authenticate(dana)
    return api


def post(client, **changes):
    return client.post(URL, {**BODY, **changes}, format="json")


@pytest.mark.parametrize("path", ["providers", "providers/", "strategies", "strategies/"])
def test_the_catalogue_is_open_to_everybody(api, path):
    assert api.get(f"{URL}{path}").status_code == 200


def test_providers(api):
    providers = {item["value"]: item for item in api.get(f"{URL}providers").json()["providers"]}
    supported = {name: set(item["supported_strategies"]) for name, item in providers.items()}
    assert supported == {
        "google": {"service_account", "oauth"},
        "amocrm": {"oauth"},
        "yandex_cloud": {"service_account"},
        "yandex_id": {"oauth"},
        "telegram": {"api_key"},
        "discord": {"api_key", "oauth"},
        "openai": {"api_key"},
        "other": {"api_key", "oauth", "basic", "service_account"},
    }
    assert set(providers["google"]) == {"value", "label", "description", "supported_strategies", "payload_examples"}
    assert set(providers["amocrm"]["payload_examples"]["oauth"]) == {
        "base_domain", "client_id", "client_secret", "redirect_uri", "refresh_token",
    }  # fmt: skip


def test_strategies(api):
    every = [item["value"] for item in api.get(f"{URL}strategies").json()["strategies"]]
    assert every == ["service_account", "oauth", "api_key", "basic", "other"]
    google = api.get(f"{URL}strategies", {"provider": "google"}).json()["strategies"]
    assert [item["value"] for item in google] == ["service_account", "oauth"]
    assert set(google[0]) == {"value", "label", "description"}
    assert api.get(f"{URL}strategies", {"provider": "nobody"}).status_code == 422


def test_a_credential_is_stored_and_its_payload_never_comes_back(as_dana):
    answer = post(as_dana, is_default=True)
    assert answer.status_code == 201
    created = answer.json()
    assert created["payload"] == {"set": True, "hint": "…6789", "updated_at": created["payload"]["updated_at"]}
    assert created["payload"]["updated_at"].endswith("Z") and created["allowed_hosts"] == ["api.openai.com"]
    one, listed = as_dana.get(f"{URL}{created['id']}").json(), as_dana.get(URL).json()
    assert listed == [one] and "sk-hush" not in json.dumps([created, one, listed])


def test_a_second_default_takes_over(as_dana):
    first = post(as_dana, is_default=True).json()["id"]
    second = post(as_dana, is_default=True).json()["id"]
    assert as_dana.get(f"{URL}{first}").json()["is_default"] is False
    answer = as_dana.post(f"{URL}{first}/make-default")
    assert answer.status_code == 200 and answer.json()["is_default"] is True
    assert as_dana.get(f"{URL}{second}").json()["is_default"] is False


def test_only_what_is_named_changes(as_dana):
    made = post(as_dana, scopes=["a"]).json()
    url = f"{URL}{made['id']}"
    changed = as_dana.patch(url, {"name": "Other"}, format="json").json()
    assert (changed["name"], changed["scopes"], changed["payload"]) == ("Other", ["a"], made["payload"])
    changed = as_dana.patch(url, {"payload": {"api_key": "sk-hush-abcdefghij"}}, format="json").json()
    assert changed["payload"]["hint"] == "…ghij"


def test_deletion(as_dana):
    url = f"{URL}{post(as_dana).json()['id']}"
    assert as_dana.delete(url).json() == {"message": "Credential deleted successfully."}
    missing = as_dana.get(url)
    assert (missing.status_code, missing.json()) == (404, {"detail": "Credential not found."})


@pytest.mark.parametrize(
    ("changes", "loc"),
    [
        ({"payload": {"api_key": ""}}, ["body", "payload", "api_key"]),
        ({"payload": {"api_key": "sk-hush-0123456789", "extra": "hush"}}, ["body", "payload", "extra"]),
        ({"payload": "hush"}, ["body", "payload"]),
        ({"payload": {"api_key": {"a": "hush"}}}, ["body", "payload", "api_key"]),
        ({"strategy": "oauth"}, ["body", "strategy"]),
        ({"provider": "nobody"}, ["body", "provider"]),
        ({"name": ""}, ["body", "name"]),
        ({"name": "x" * 256}, ["body", "name"]),
        ({"allowed_hosts": ["*"]}, ["body", "allowed_hosts"]),
        ({"scopes": ["a b"]}, ["body", "scopes"]),
        ({"scopes": "a"}, ["body", "scopes"]),
    ],
)
def test_errors_name_the_field_and_repeat_no_secret(as_dana, changes, loc):
    answer = post(as_dana, **changes)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == loc
    assert "hush" not in answer.content.decode()
    assert not Credential.objects.exists()


@pytest.mark.parametrize("data", ["[]", "null", "5", '"x"', "{", ""])
def test_bodies_that_are_no_object(as_dana, data):
    assert as_dana.post(URL, data, content_type="application/json").status_code == 422


def test_outsiders(api, alice, charlie, dana, make):
    credential = make("openai.api_key")
    calls = [("get", URL), ("post", URL), ("get", f"{URL}{credential.pk}"), ("patch", f"{URL}{credential.pk}"),
             ("delete", f"{URL}{credential.pk}"), ("post", f"{URL}{credential.pk}/make-default")]  # fmt: skip
    for user, expected in ((None, 401), (charlie, 403), (alice, 403)):
        api.force_authenticate(user)
        for method, url in calls:
            assert getattr(api, method)(url, BODY, format="json").status_code == expected, (user, method, url)
    assert Credential.objects.count() == 1


def test_a_bots_credential_is_not_the_companys(as_dana, make):
    foreign = make("openai.api_key", owner=Owner.bot("b1"))
    assert as_dana.get(URL).json() == []
    assert as_dana.get(f"{URL}{foreign.pk}").status_code == 404
    assert as_dana.delete(f"{URL}{foreign.pk}").status_code == 404


def test_staff_with_the_right_to_change_may_keep_them(api, make):
    from django.contrib.auth.models import Permission

    from tests.conftest import make_user

    clerk = make_user("clerk", is_staff=True)
    api.force_authenticate(clerk)
    assert api.get(URL).status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="change_credential"))
    api.force_authenticate(type(clerk).objects.get(pk=clerk.pk))
    assert api.get(URL).status_code == 200


def test_a_list_takes_the_same_queries_for_few_and_for_many(as_dana, make, django_assert_num_queries):
    for _ in range(5):
        make("openai.api_key")
    with django_assert_num_queries(1):
        assert len(as_dana.get(URL).json()) == 5
