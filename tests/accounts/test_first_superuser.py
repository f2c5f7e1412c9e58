import pytest
from django.contrib.auth import authenticate

from accounts.models import User
from accounts.services.bootstrap import ensure_first_superuser
from accounts.services.resolve import InvalidCredential, authenticate_bearer
from accounts.services.tokens import issue_user_token
from tests.conftest import PASSWORD, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def unnamed(settings):
    settings.FIRST_SUPERUSER = settings.FIRST_SUPERUSER_PASSWORD = ""


def test_a_new_installation_gets_an_administrator_whose_password_is_shown_once(rf):
    made = ensure_first_superuser()
    assert made is not None and made.username == "admin"
    user = authenticate(rf.get("/"), username="admin", password=made.password)
    assert user is not None
    assert (user.role, user.is_staff, user.is_superuser) == ("ADMIN", True, True)
    assert ensure_first_superuser() is None
    assert User.objects.count() == 1


def test_passwords_are_generated_anew_each_time():
    first = ensure_first_superuser()
    User.objects.all().delete()
    assert ensure_first_superuser() != first


def test_with_an_administrator_nothing_happens(dana):
    assert ensure_first_superuser() is None
    assert User.objects.count() == 1


def test_a_user_who_took_the_name_is_not_promoted(db):
    taken = make_user("admin")
    made = ensure_first_superuser()
    taken.refresh_from_db()
    assert made is not None and made.username.startswith("admin-")
    assert taken.role == "USER"


def test_the_named_one_is_made_with_the_password_given(settings):
    settings.FIRST_SUPERUSER, settings.FIRST_SUPERUSER_PASSWORD = "boss@example.com", PASSWORD
    assert ensure_first_superuser() is None
    boss = User.objects.get()
    assert (boss.username, boss.email, boss.role) == ("boss@example.com", "boss@example.com", "ADMIN")
    assert boss.check_password(PASSWORD)


@pytest.mark.parametrize("name", ["test", "Иван", "a b"])
def test_a_name_that_is_no_address_gets_a_valid_one(settings, name):
    settings.FIRST_SUPERUSER, settings.FIRST_SUPERUSER_PASSWORD = name, PASSWORD
    ensure_first_superuser()
    boss = User.objects.get(username=name)
    assert boss.email.endswith("@localhost.localdomain")
    boss.clean_fields(exclude=["username", "last_login", "first_name", "last_name"])


def test_a_named_one_without_password_gets_one_on_creation_only(settings):
    settings.FIRST_SUPERUSER = "boss"
    made = ensure_first_superuser()
    assert made is not None and User.objects.get().check_password(made.password)
    assert ensure_first_superuser() is None
    assert User.objects.get().check_password(made.password)


def test_a_password_alone_names_admin(settings):
    settings.FIRST_SUPERUSER_PASSWORD = PASSWORD
    assert ensure_first_superuser() is None
    assert User.objects.get(username="admin").check_password(PASSWORD)


def test_an_unchanged_password_is_not_hashed_again(settings):
    settings.FIRST_SUPERUSER, settings.FIRST_SUPERUSER_PASSWORD = "boss", PASSWORD
    ensure_first_superuser()
    stored = User.objects.get().password
    ensure_first_superuser()
    assert User.objects.get().password == stored


def test_a_changed_password_is_applied_and_ends_the_tokens(settings, dana):
    raw = issue_user_token(dana)
    settings.FIRST_SUPERUSER, settings.FIRST_SUPERUSER_PASSWORD = "dana", "quiet-Otter-91"
    ensure_first_superuser()
    dana.refresh_from_db()
    assert dana.check_password("quiet-Otter-91")
    with pytest.raises(InvalidCredential):
        authenticate_bearer(raw)


def test_an_existing_user_who_is_named_becomes_an_active_administrator(settings, alice):
    User.objects.update(is_active=False)
    settings.FIRST_SUPERUSER = "alice@example.com"
    assert ensure_first_superuser() is None
    alice.refresh_from_db()
    assert (alice.role, alice.is_active, alice.is_superuser) == ("ADMIN", True, True)
    assert alice.check_password(PASSWORD)
