import pytest

from accounts.models import User

BY_ID = "/api/v1/auth/me"
BY_UUID = "/api/v1/users/me"
TAKEN = {"detail": "The user with the given email or username already exists."}

pytestmark = pytest.mark.django_db


def test_the_account_by_id(signed_in, alice):
    body = signed_in(alice).get(BY_ID).json()
    assert set(body) == {"email", "id", "created_at", "updated_at"}
    assert (body["id"], body["email"]) == (alice.pk, "alice@example.com")
    assert body["created_at"].endswith("Z")
    assert body["updated_at"].endswith("Z")


def test_the_account_by_uuid(signed_in, alice):
    assert signed_in(alice).get(BY_UUID).json() == {
        "type": "user",
        "username": "alice",
        "email": "alice@example.com",
        "first_name": None,
        "last_name": None,
        "role": "USER",
        "is_active": True,
        "id": str(alice.uuid),
    }


def test_the_address_can_be_changed(signed_in, alice):
    answer = signed_in(alice).put(BY_ID, {"email": "alice@example.org"}, format="json")
    assert answer.status_code == 200
    assert User.objects.get(pk=alice.pk).email == "alice@example.org"
    assert answer.json()["updated_at"] > answer.json()["created_at"]


def test_a_change_of_nothing_changes_nothing(signed_in, alice):
    assert signed_in(alice).put(BY_ID, {}, format="json").json()["email"] == "alice@example.com"


@pytest.mark.parametrize("email", ["bob@example.com", "BOB@example.com"])
def test_an_address_of_somebody_else_is_400(signed_in, alice, bob, email):
    by_id = signed_in(alice).put(BY_ID, {"email": email}, format="json")
    by_uuid = signed_in(alice).patch(BY_UUID, {"email": email}, format="json")
    assert (by_id.status_code, by_uuid.status_code) == (400, 400)
    assert by_id.json() == by_uuid.json() == TAKEN


def test_a_user_name_of_somebody_else_is_400(signed_in, alice, bob):
    answer = signed_in(alice).patch(BY_UUID, {"username": "Bob"}, format="json")
    assert (answer.status_code, answer.json()) == (400, TAKEN)


def test_the_profile_can_be_changed_and_names_emptied(signed_in, alice):
    client = signed_in(alice)
    full = client.patch(BY_UUID, {"first_name": "Alice", "last_name": "Ivanova", "username": "al"}, format="json")
    assert (full.json()["first_name"], full.json()["last_name"]) == ("Alice", "Ivanova")
    assert full.json()["username"] == "al"
    assert client.patch(BY_UUID, {"last_name": None}, format="json").json()["last_name"] is None
    assert client.get(BY_UUID).json()["first_name"] == "Alice"


def test_rights_are_no_part_of_the_profile(signed_in, alice):
    signed_in(alice).patch(BY_UUID, {"role": "ADMIN", "is_superuser": True, "is_active": False}, format="json")
    alice.refresh_from_db()
    assert (alice.role, alice.is_superuser, alice.is_active) == ("USER", False, True)


@pytest.mark.parametrize(
    "body", [{"email": "x"}, {"email": None}, {"username": ""}, {"username": "a b"}, {"first_name": "x" * 151}, [1]]
)
def test_a_profile_that_does_not_validate_is_422_with_a_list(signed_in, alice, body):
    answer = signed_in(alice).patch(BY_UUID, body, format="json")
    assert answer.status_code == 422
    assert set(answer.json()["detail"][0]) == {"type", "loc", "msg", "input"}


def test_an_outsider_sees_and_changes_her_own_account_only(signed_in, alice, charlie):
    client = signed_in(charlie)
    assert client.get(BY_ID).json()["id"] == charlie.pk
    client.put(BY_ID, {"email": "c@example.org"}, format="json")
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"


@pytest.mark.parametrize(("method", "url"), [("get", BY_ID), ("put", BY_ID), ("get", BY_UUID), ("patch", BY_UUID)])
def test_nobody_is_401(api, db, method, url):
    assert getattr(api, method)(url).status_code == 401
