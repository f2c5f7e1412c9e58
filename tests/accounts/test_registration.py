import pytest
from django.db import connection

from accounts.models import User
from accounts.services import users
from tests.canary import MARK

URL = "/api/v1/auth/register"
GOOD = {"email": "erin@example.com", "password": f"tidal-Marmot-43-{MARK}"}

pytestmark = pytest.mark.django_db


def test_a_newcomer_registers_and_can_log_in(api):
    answer = api.post(URL, GOOD, format="json")
    assert answer.status_code == 201
    assert set(answer.json()) == {"email", "id", "created_at", "updated_at"}
    assert answer.json()["created_at"].endswith("Z")
    assert api.post("/api/v1/auth/login", GOOD, format="json").status_code == 200


def test_a_newcomer_has_no_rights(api):
    api.post(URL, GOOD | {"role": "ADMIN", "is_staff": True, "is_superuser": True}, format="json")
    erin = User.objects.get()
    assert (erin.role, erin.is_staff, erin.is_superuser) == ("USER", False, False)


@pytest.mark.parametrize("email", ["alice@example.com", "ALICE@EXAMPLE.COM"])
def test_an_address_is_registered_once_whatever_its_case(api, alice, email):
    answer = api.post(URL, GOOD | {"email": email}, format="json")
    assert answer.status_code == 400
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": None}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "12345678901"}, "password"),
        ({"password": "password1"}, "password"),
        ({"password": "erin@example.com"}, "password"),
    ],
)
def test_what_does_not_validate_is_422_with_the_field_named(api, change, field):
    answer = api.post(URL, GOOD | change, format="json")
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(f"{field}: ")
    assert answer.json()["errors"][0]["loc"] == ["body", field]


def test_a_refused_password_is_not_echoed(api):
    answer = api.post(URL, GOOD | {"password": "tiny-77"}, format="json")
    assert answer.status_code == 422
    assert "tiny-77" not in answer.content.decode()


def test_registration_can_be_closed(api, settings):
    settings.REGISTRATION_OPEN = False
    assert api.post(URL, GOOD, format="json").status_code == 403
    assert not User.objects.exists()


def test_user_names_made_from_equal_local_parts_differ(api):
    for domain in ("example.com", "example.org", "example.net"):
        assert api.post(URL, GOOD | {"email": f"erin@{domain}"}, format="json").status_code == 201
    names = set(User.objects.values_list("username", flat=True))
    assert len(names) == 3
    assert "erin" in names


def test_a_name_taken_between_look_and_insert_is_no_failure(api, alice, monkeypatch):
    monkeypatch.setattr(users, "_name_from", lambda email: "alice")
    assert api.post(URL, GOOD, format="json").status_code == 201
    assert User.objects.get(email=GOOD["email"]).username.startswith("alice-")


def test_the_password_is_stored_hashed(api):
    api.post(URL, GOOD, format="json")
    with connection.cursor() as cursor:
        cursor.execute("select password from accounts_user")
        assert GOOD["password"] not in cursor.fetchone()[0]
