import pytest
from django.db import IntegrityError, transaction

from accounts.choices import Role
from accounts.models import User
from accounts.services.users import LastAdministrator, deactivate_user, delete_user, set_role
from tests.conftest import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(db):
    return make_user("second", role=Role.ADMIN, is_staff=True, is_superuser=True)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("delete", "/api/v1/auth/users/{user.pk}", None),
        ("delete", "/api/v1/users/{user.uuid}", None),
        ("patch", "/api/v1/users/{user.uuid}", {"role": "DEVELOPER"}),
        ("patch", "/api/v1/users/{user.uuid}", {"is_active": False}),
    ],
)
def test_the_last_one_cannot_be_removed_by_any_route(signed_in, dana, method, path, body):
    answer = getattr(signed_in(dana), method)(path.format(user=dana), body, format="json")
    assert answer.status_code == 409
    assert isinstance(answer.json()["detail"], str)
    dana.refresh_from_db()
    assert (dana.role, dana.is_active, dana.is_superuser) == ("ADMIN", True, True)


@pytest.mark.parametrize("change", [deactivate_user, delete_user, lambda user: set_role(user, Role.USER)])
def test_one_of_two_can_be_removed_and_then_no_more(dana, second, change):
    change(dana)
    with pytest.raises(LastAdministrator):
        change(second)


def test_an_inactive_administrator_does_not_count(dana, second):
    deactivate_user(second)
    with pytest.raises(LastAdministrator):
        set_role(dana, Role.USER)


def test_giving_up_the_role_gives_up_the_back_office(dana, second):
    set_role(dana, Role.DEVELOPER)
    dana.refresh_from_db()
    assert (dana.role, dana.is_staff, dana.is_superuser) == ("DEVELOPER", False, False)


def test_staff_without_the_role_stay_staff_when_their_role_changes(bob):
    bob.is_staff = True
    bob.save()
    set_role(bob, Role.DEVELOPER)
    bob.refresh_from_db()
    assert (bob.role, bob.is_staff) == ("DEVELOPER", True)


@pytest.mark.parametrize("change", [{"is_superuser": True}, {"role": "ADMIN"}, {"role": "ADMIN", "is_staff": True}])
def test_the_database_refuses_a_role_that_disagrees_with_the_flags(alice, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=alice.pk).update(**change)


def test_superusers_of_the_command_line_are_administrators(db):
    assert User.objects.create_superuser("root", "root@example.com", "x").role == "ADMIN"
