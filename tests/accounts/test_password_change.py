import pytest

from accounts.services.tokens import issue_user_token
from tests.accounts.conftest import client_with
from tests.conftest import PASSWORD

NEW = "quiet-Otter-91"
BY_ID = "/api/v1/auth/me/change-password"
ALIAS = "/api/v1/auth/change-password"
BY_UUID = "/api/v1/users/me/password"

pytestmark = pytest.mark.django_db


def change(client, url, *, current=PASSWORD, new=NEW):
    send = client.patch if url == BY_UUID else client.post
    return send(url, {"current_password": current, "new_password": new}, format="json")


@pytest.mark.parametrize("url", [BY_ID, ALIAS, BY_UUID])
def test_the_password_changes_and_the_caller_stays_logged_in(signed_in, alice, url):
    here, elsewhere = signed_in(alice), signed_in(alice)
    answer = change(here, url)
    assert answer.status_code == 200
    assert set(answer.json()) == {"message"}
    alice.refresh_from_db()
    assert alice.check_password(NEW)
    assert here.get("/api/v1/auth/me").status_code == 200
    assert elsewhere.get("/api/v1/auth/me").status_code == 401


@pytest.mark.parametrize("url", [BY_ID, ALIAS, BY_UUID])
def test_a_wrong_current_password_is_400_and_changes_nothing(signed_in, alice, url):
    here, elsewhere = signed_in(alice), signed_in(alice)
    answer = change(here, url, current="wrong")
    assert (answer.status_code, answer.json()) == (400, {"detail": "Incorrect password."})
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
    assert elsewhere.get("/api/v1/auth/me").status_code == 200


@pytest.mark.parametrize("new", ["short", "12345678901", "password1", "alice@example.com"])
def test_a_weak_new_password_is_400_with_the_field_named(signed_in, alice, new):
    answer = change(signed_in(alice), BY_ID, new=new)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("new_password: ")
    assert PASSWORD not in answer.content.decode()


@pytest.mark.parametrize("url", [BY_ID, BY_UUID])
def test_the_same_password_again_is_400(signed_in, alice, url):
    answer = change(signed_in(alice), url, new=PASSWORD)
    assert (answer.status_code, answer.json()) == (400, {"detail": "The new password is the current one."})


def test_on_the_bot_platform_a_weak_password_is_422(signed_in, alice):
    weak = change(signed_in(alice), BY_UUID, new="short")
    assert weak.status_code == 422
    assert weak.json()["detail"][0]["loc"] == ["body", "new_password"]
    assert weak.json()["detail"][0]["input"] is None


@pytest.mark.parametrize("url", [BY_ID, ALIAS, BY_UUID])
def test_both_passwords_are_required(signed_in, alice, url):
    client = signed_in(alice)
    send = client.patch if url == BY_UUID else client.post
    assert send(url, {"new_password": NEW}, format="json").status_code == 422


@pytest.mark.parametrize("url", [BY_ID, ALIAS, BY_UUID])
def test_nobody_else_can(api, charlie, url):
    assert change(api, url).status_code == 401


@pytest.mark.parametrize("url", [BY_ID, BY_UUID])
def test_an_outsider_changes_her_own_password_only(signed_in, alice, charlie, url):
    assert change(signed_in(charlie), url).status_code == 200
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_a_page_stays_logged_in_when_its_user_changes_the_password(api, alice):
    api.force_login(alice)
    token = client_with(issue_user_token(alice))
    assert change(api, BY_ID).status_code == 200
    assert api.get("/api/v1/auth/me").status_code == 200
    assert token.get("/api/v1/auth/me").status_code == 401


def test_other_sessions_of_the_user_end(client, api, alice):
    client.force_login(alice)
    api.force_login(alice)
    change(api, BY_ID)
    assert client.get("/api/v1/auth/me").status_code == 401
