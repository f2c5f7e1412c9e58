"""Logging in, registering and logging out in a browser."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def log_in(client: Client, username: str, password: str, **extra: str) -> Any:
    return client.post("/login/", {"username": username, "password": password, **extra})


@pytest.mark.parametrize("name", ["alice", "alice@example.com", "ALICE@example.com", " alice "])
def test_user_name_and_address_log_in(client: Client, alice: User, name: str) -> None:
    response = log_in(client, name, PASSWORD)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(alice.pk)


@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_a_wrong_password_and_an_unknown_name_look_the_same(client: Client, alice: User, name: str) -> None:
    response = log_in(client, name, "wrong")
    assert response.status_code == 401
    assert "The name or the password is wrong." in response.content.decode()
    assert "wrong" not in response.content.decode().split('id="password"')[1][:200]


def test_a_deactivated_user_does_not_get_in(client: Client, alice: User) -> None:
    alice.is_active = False
    alice.save()
    assert log_in(client, "alice", PASSWORD).status_code == 401


@pytest.mark.parametrize("fields", [{}, {"username": "alice"}, {"username": "a" * 300, "password": "x"}])
def test_incomplete_forms_are_refused(client: Client, fields: dict[str, str]) -> None:
    assert client.post("/login/", fields).status_code == 401


@pytest.mark.parametrize(
    ("target", "lands"),
    [
        ("/c/0f3f1c1e-6d1a-4c59-9b0e-7f3a0a3f2b11", "/c/0f3f1c1e-6d1a-4c59-9b0e-7f3a0a3f2b11"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\\evil.example", "/"),
        ("", "/"),
    ],
)
def test_next_stays_on_this_site(client: Client, alice: User, target: str, lands: str) -> None:
    assert log_in(client, "alice", PASSWORD, next=target)["Location"] == lands


def test_guessing_is_locked_out_kindly(client: Client, alice: User, settings: Any) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        response = log_in(client, "alice", "wrong")
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 15 * 60
    assert "Try again in 15 minutes." in response.content.decode()
    assert log_in(client, "alice", PASSWORD).status_code == 429


def test_the_session_key_changes_at_log_in(client: Client, alice: User) -> None:
    client.get("/login/")
    log_in(client, "alice", PASSWORD)
    before = client.session.session_key
    client.post("/logout/")
    log_in(client, "alice", PASSWORD)
    assert client.session.session_key != before


def test_whoever_is_logged_in_goes_on(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/login/?next=/guide/")["Location"] == "/guide/"
    assert client.get("/register/")["Location"] == "/"


def test_logging_out_needs_a_post(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_forms_need_the_csrf_token(alice: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = log_in(strict, "alice", PASSWORD)
    assert response.status_code == 403
    assert "The page was open for too long" in response.content.decode()


def test_registering_makes_an_account_and_logs_in(client: Client) -> None:
    response = client.post("/register/", {"email": "new@example.com", "password": "tidal-Marmot-42"})
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(User.objects.get(email="new@example.com").pk)


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("new@example.com", "12345678", "This password is"),
        ("no address", "tidal-Marmot-42", "Enter a valid email address."),
        ("alice@example.com", "tidal-Marmot-42", "This address cannot be registered."),
        ("ALICE@example.com", "tidal-Marmot-42", "This address cannot be registered."),
    ],
)
def test_registration_says_what_is_wrong(client: Client, alice: User, email: str, password: str, said: str) -> None:
    response = client.post("/register/", {"email": email, "password": password})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert password not in response.content.decode()
    assert User.objects.count() == 1


def test_closed_registration_is_not_there(client: Client, settings: Any) -> None:
    settings.REGISTRATION_OPEN = False
    assert client.get("/register/").status_code == 404
    assert client.post("/register/", {"email": "new@example.com", "password": "tidal-Marmot-42"}).status_code == 404
    assert "/register/" not in client.get("/login/").content.decode()


@pytest.mark.parametrize("path", ["/login/", "/register/"])
def test_pages_are_russian_on_request(client: Client, path: str) -> None:
    html = client.get(path, headers={"accept-language": "ru"}).content.decode()
    assert '<html lang="ru"' in html
    assert "Пароль" in html
    assert "Password" not in html


def test_the_language_switch_is_remembered(client: Client) -> None:
    client.post("/language/", {"language": "ru", "next": "/login/"})
    assert '<html lang="ru"' in client.get("/login/").content.decode()
