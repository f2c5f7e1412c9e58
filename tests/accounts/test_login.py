import json

import jwt
import pytest
from django.conf import settings as django_settings

from accounts.models import AccessToken, User
from accounts.services.users import deactivate_user
from tests.conftest import PASSWORD, make_user

AUTH = "/api/v1/auth/login"
GRANT = "/api/v1/login/access-token"

pytestmark = pytest.mark.django_db


def post(api, url, *, login, password):
    """The same attempt in the form that the route takes."""
    field = "email" if url == AUTH else "username"
    return api.post(url, {field: login, "password": password}, format="json" if url == AUTH else "multipart")


@pytest.mark.parametrize("login", ["alice", "ALICE", "alice@example.com", "Alice@Example.COM", " alice "])
def test_user_name_and_address_log_in_at_both_routes(api, alice, login):
    by_json = api.post(AUTH, {"email": login, "password": PASSWORD}, format="json")
    by_form = api.post(GRANT, {"username": login, "password": PASSWORD, "grant_type": "password"})
    assert (by_json.status_code, by_form.status_code) == (200, 200)
    assert by_json.json()["user"]["id"] == alice.pk
    assert set(by_form.json()) == {"access_token", "token_type"}


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_the_password_grant_takes_both_form_encodings(client, alice, content_type):
    fields = {"username": "alice", "password": PASSWORD}
    multipart = "".join(f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items())
    urlencoded = f"username=alice&password={PASSWORD}"
    body = f"{multipart}--b--\r\n" if "multipart" in content_type else urlencoded
    assert client.post(GRANT, body, content_type=content_type).status_code == 200


def test_the_token_carries_what_both_wires_read(api, alice):
    raw = api.post(AUTH, {"email": "alice", "password": PASSWORD}, format="json").json()["access_token"]
    claims = jwt.decode(raw, django_settings.SECRET_KEY, algorithms=["HS256"])
    assert claims["sub"] == str(alice.uuid)
    assert (claims["user_id"], claims["email"], claims["typ"]) == (alice.pk, alice.email, "user")
    assert claims["exp"] - claims["iat"] == pytest.approx(django_settings.USER_TOKEN_MINUTES * 60, abs=1)
    assert raw not in str(AccessToken.objects.values().get())


def test_the_answer_may_not_be_cached(api, alice):
    answer = api.post(AUTH, {"email": "alice", "password": PASSWORD}, format="json")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("url", [AUTH, GRANT])
def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(api, alice, url):
    wrong, unknown = (post(api, url, login=login, password="no") for login in ("alice", "nobody"))
    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)
    assert wrong.status_code == 401
    assert wrong.headers["WWW-Authenticate"] == "Bearer"


def test_an_unknown_user_costs_a_hash_too(api, alice, monkeypatch):
    hashed = []
    monkeypatch.setattr(User, "set_password", lambda self, raw: hashed.append(raw))
    api.post(AUTH, {"email": "nobody", "password": "some-thing"}, format="json")
    assert hashed == ["some-thing"]


@pytest.mark.parametrize(("password", "detail"), [(PASSWORD, "Inactive user."), ("no", "Incorrect email or password.")])
@pytest.mark.parametrize("url", [AUTH, GRANT])
def test_that_a_user_is_inactive_is_told_after_the_right_password_only(api, alice, url, password, detail):
    deactivate_user(alice)
    answer = post(api, url, login="alice", password=password)
    assert answer.status_code == 401
    assert answer.json() == {"detail": detail}


def test_an_address_wins_over_a_user_name_that_looks_like_it(api, alice):
    impostor = make_user("mallory")
    User.objects.filter(pk=impostor.pk).update(username="alice@example.com")
    impostor.refresh_from_db()
    impostor.set_password("another-Marmot-44")
    impostor.save()
    good = api.post(AUTH, {"email": "alice@example.com", "password": PASSWORD}, format="json")
    bad = api.post(AUTH, {"email": "alice@example.com", "password": "another-Marmot-44"}, format="json")
    assert good.json()["user"]["id"] == alice.pk
    assert bad.status_code == 401


@pytest.mark.parametrize("login", ["a\0b", "\ud800", "x" * 255, "", None, ["alice"], {"a": 1}, "%", "' or 1=1 --"])
def test_a_strange_login_is_refused_and_never_breaks(api, alice, login):
    body = json.dumps({"email": login, "password": PASSWORD})
    assert api.post(AUTH, body, content_type="application/json").status_code in {401, 422}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_object_is_422(client, db, body):
    for content_type in ("application/json", "text/plain", "application/octet-stream"):
        answer = client.post(AUTH, body, content_type=content_type)
        assert answer.status_code == 422
        assert isinstance(answer.json()["detail"], str)


def test_a_password_grant_without_fields_lists_them(api, db):
    answer = api.post(GRANT, {})
    assert answer.status_code == 422
    assert [item["loc"] for item in answer.json()["detail"]] == [["body", "username"], ["body", "password"]]
    assert {item["type"] for item in answer.json()["detail"]} == {"missing"}


def test_logging_in_is_noted(api, alice):
    api.post(AUTH, {"email": "alice", "password": PASSWORD}, format="json")
    alice.refresh_from_db()
    assert alice.last_login is not None


def test_the_admin_takes_the_address_as_well(client, dana):
    answer = client.post("/admin/login/?next=/admin/", {"username": "dana@example.com", "password": PASSWORD})
    assert answer.status_code == 302
