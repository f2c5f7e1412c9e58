import uuid

import pytest

from accounts.models import User
from tests.canary import MARK
from tests.conftest import PASSWORD

LIST = "/api/v1/users/"
NO_PRIVILEGES = {"detail": "The user doesn't have enough privileges."}
NOT_FOUND = {"detail": "User not found."}
NEW = {"username": "erin", "email": "erin@example.com", "password": f"tidal-Marmot-43-{MARK}"}

pytestmark = pytest.mark.django_db


def test_an_administrator_lists_everybody(signed_in, alice, dana, django_assert_max_num_queries):
    client = signed_in(dana)
    client.get(LIST)
    with django_assert_max_num_queries(2):
        answer = client.get(LIST)
    assert [user["username"] for user in answer.json()] == ["alice", "dana"]
    assert [user["username"] for user in client.get(LIST, {"skip": 1, "limit": 5}).json()] == ["dana"]


def test_an_administrator_makes_a_user_who_can_log_in(api, signed_in, dana):
    answer = signed_in(dana).post(LIST, NEW | {"role": "developer", "type": "user"}, format="json")
    assert answer.status_code == 200
    assert answer.json()["role"] == "DEVELOPER"
    assert "password" not in answer.json()
    form = {"username": "erin", "password": NEW["password"]}
    assert api.post("/api/v1/login/access-token", form).status_code == 200


def test_a_new_administrator_is_staff(signed_in, dana):
    signed_in(dana).post(LIST, NEW | {"role": "ADMIN"}, format="json")
    erin = User.objects.get(username="erin")
    assert (erin.is_staff, erin.is_superuser) == (True, True)


@pytest.mark.parametrize("change", [{"username": "Dana"}, {"email": "DANA@example.com"}])
def test_a_taken_name_or_address_is_400(signed_in, dana, change):
    answer = signed_in(dana).post(LIST, NEW | change, format="json")
    assert answer.status_code == 400
    assert answer.json() == {"detail": "The user with the given email or username already exists."}


@pytest.mark.parametrize("change", [{"password": "short"}, {"role": "KING"}, {"email": "x"}, {"username": "a b"}])
def test_a_user_that_does_not_validate_is_422(signed_in, dana, change):
    answer = signed_in(dana).post(LIST, NEW | change, format="json")
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", next(iter(change))]
    assert not User.objects.filter(email=NEW["email"]).exists()


def test_an_administrator_changes_profile_role_and_state_at_once(signed_in, alice, dana):
    body = {"first_name": "A", "role": "ADMIN", "is_active": False}
    answer = signed_in(dana).patch(f"{LIST}{alice.uuid}", body, format="json")
    assert answer.status_code == 200
    alice.refresh_from_db()
    assert (alice.first_name, alice.role, alice.is_superuser, alice.is_active) == ("A", "ADMIN", True, False)


def test_a_change_that_fails_in_part_changes_nothing(signed_in, dana):
    answer = signed_in(dana).patch(f"{LIST}{dana.uuid}", {"first_name": "D", "role": "USER"}, format="json")
    assert answer.status_code == 409
    dana.refresh_from_db()
    assert dana.first_name == ""


def test_the_password_cannot_be_changed_that_way(signed_in, alice, dana):
    signed_in(dana).patch(f"{LIST}{alice.uuid}", {"password": "quiet-Otter-91"}, format="json")
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_deleting_removes_the_user(signed_in, alice, dana):
    hers = signed_in(alice)
    answer = signed_in(dana).delete(f"{LIST}{alice.uuid}")
    assert (answer.status_code, answer.json()) == (200, {"message": "User deleted successfully."})
    assert not User.objects.filter(pk=alice.pk).exists()
    assert hers.get("/api/v1/users/me").status_code == 404


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
@pytest.mark.parametrize("identifier", ["6d204d6d-d77f-4029-bb3a-38b6b685449a", "nonsense", "1"])
def test_an_unknown_id_is_404_for_an_administrator(signed_in, dana, method, identifier):
    answer = getattr(signed_in(dana), method)(f"{LIST}{identifier}")
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_everybody_reads_herself(signed_in, charlie):
    answer = signed_in(charlie).get(f"{LIST}{charlie.uuid}")
    assert (answer.status_code, answer.json()["username"]) == (200, "charlie")


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_an_outsider_cannot_tell_known_from_unknown(signed_in, alice, charlie, method):
    client = signed_in(charlie)
    answers = [getattr(client, method)(f"{LIST}{identifier}") for identifier in (alice.uuid, uuid.uuid4())]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert [answer.json() for answer in answers] == [NO_PRIVILEGES, NO_PRIVILEGES]
    assert User.objects.filter(pk=alice.pk, is_active=True).exists()


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_changing_oneself_that_way_takes_an_administrator(signed_in, charlie, method):
    answer = getattr(signed_in(charlie), method)(f"{LIST}{charlie.uuid}", {"role": "ADMIN"}, format="json")
    assert (answer.status_code, answer.json()) == (403, NO_PRIVILEGES)


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_collection_is_for_administrators(api, signed_in, charlie, method):
    answer = getattr(signed_in(charlie), method)(LIST)
    assert (answer.status_code, answer.json()) == (403, NO_PRIVILEGES)
    assert getattr(api, method)(LIST).status_code == 401
