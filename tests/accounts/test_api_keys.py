from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import ApiKey
from accounts.services.keys import create_api_key
from accounts.services.users import deactivate_user
from tests.accounts.conftest import client_with

URL = "/api/v1/auth/api-keys"

pytestmark = pytest.mark.django_db


def client_with_key(raw):
    client = APIClient()
    client.credentials(HTTP_X_API_KEY=raw)
    return client


def key_of(user, *scopes, **options):
    raw, _row = create_api_key(user, name="ci", scopes=scopes or ["users:read"], **options)
    return raw


def test_a_key_is_shown_once_and_stored_hashed(signed_in, alice):
    client = signed_in(alice)
    made = client.post(URL, {"name": "ci", "scopes": ["chat:read", "chat:write"]}, format="json")
    assert made.status_code == 201
    raw = made.json()["key"]
    assert raw.startswith(made.json()["prefix"]) and raw.startswith("sbk_")
    listed = client.get(URL)
    assert listed.json()[0]["scopes"] == ["chat:read", "chat:write"]
    assert raw not in listed.content.decode()
    assert raw not in str(list(ApiKey.objects.values()))


@pytest.mark.parametrize("client", [client_with_key, client_with])
def test_a_key_works_in_either_header_and_its_use_is_noted(alice, client):
    answer = client(key_of(alice)).get("/api/v1/users/me")
    assert (answer.status_code, answer.json()["username"]) == (200, "alice")
    assert ApiKey.objects.get().last_used_at is not None


def test_a_key_does_only_what_its_scopes_name(alice):
    client = client_with_key(key_of(alice, "users:read"))
    assert client.get("/api/v1/auth/me").status_code == 200
    refused = client.put("/api/v1/auth/me", {"email": "x@example.com"}, format="json")
    assert refused.status_code == 403
    assert "users:write" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "auth/api-keys"),
        ("post", "auth/api-keys"),
        ("post", "auth/change-password"),
        ("patch", "users/me/password"),
    ],
)
def test_a_key_neither_makes_keys_nor_changes_passwords(alice, method, path):
    client = client_with_key(key_of(alice, "users:read", "users:write"))
    assert getattr(client, method)(f"/api/v1/{path}", {}, format="json").status_code == 403


def test_a_key_has_no_more_rights_than_its_user(alice, dana):
    assert client_with_key(key_of(alice)).get("/api/v1/users/").status_code == 403
    assert client_with_key(key_of(dana)).get("/api/v1/users/").status_code == 200


def test_a_revoked_key_is_refused(signed_in, alice):
    raw = key_of(alice)
    key = ApiKey.objects.get()
    for _ in range(2):
        assert signed_in(alice).delete(f"{URL}/{key.pk}").status_code == 200
    answer = client_with_key(raw).get("/api/v1/auth/me")
    assert (answer.status_code, answer.json()) == (401, {"detail": "Could not validate credentials."})


def test_a_key_of_a_deactivated_user_is_refused(alice):
    raw = key_of(alice)
    deactivate_user(alice)
    assert client_with_key(raw).get("/api/v1/auth/me").status_code == 401


def test_a_key_ends_when_it_should(alice):
    raw = key_of(alice, expires_at=timezone.now() + timedelta(hours=1))
    assert client_with_key(raw).get("/api/v1/auth/me").status_code == 200
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client_with_key(raw).get("/api/v1/auth/me").status_code == 401


@pytest.mark.parametrize("raw", ["x", "sbk_", "sbk_00000000_x", "sbk_\ud7ff", "Bearer x"])
def test_an_unknown_key_is_refused(db, raw):
    assert client_with_key(raw).get("/api/v1/auth/me").status_code == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["world:rule"]}, "scopes"),
        ({"scopes": None}, "scopes"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
    ],
)
def test_a_key_that_makes_no_sense_is_422(signed_in, alice, change, field):
    body = {"name": "ci", "scopes": ["chat:read"]} | change
    answer = signed_in(alice).post(URL, body, format="json")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"][1] == field
    assert not ApiKey.objects.exists()


def test_an_outsider_neither_sees_nor_revokes_them(signed_in, api, alice, charlie):
    raw = key_of(alice)
    key = ApiKey.objects.get()
    assert signed_in(charlie).get(URL).json() == []
    assert signed_in(charlie).delete(f"{URL}/{key.pk}").status_code == 404
    assert api.get(URL).status_code == 401
    assert client_with_key(raw).get("/api/v1/auth/me").status_code == 200
