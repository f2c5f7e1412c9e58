"""People: adding, roles kept in step with rights, passwords, tokens, deleting."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.choices import Role
from accounts.models import AccessToken, User
from accounts.services.tokens import issue_user_token
from chat.models import Conversation
from tests.conftest import PASSWORD, make_user

Staff = Callable[..., Client]
LIST = "/admin/accounts/user/"
CLERK = ("accounts.view_user", "accounts.add_user", "accounts.change_user", "accounts.delete_user")


def page_url(user: User, page: str = "change") -> str:
    return f"{LIST}{user.pk}/{page}/"


def save(client: Client, user: User, **changes: Any) -> Any:
    form: dict[str, Any] = {"username": user.username, "email": user.email, "role": user.role, "is_active": "on"}
    form |= {"is_staff": "on"} if user.is_staff else {}
    form = {name: value for name, value in (form | changes).items() if value is not None}
    response = client.post(page_url(user), form)
    user.refresh_from_db()
    return response


def add(client: Client, **fields: str) -> Any:
    form = {"username": "erin", "email": "Erin@EXAMPLE.com", "role": "USER"}
    passwords = {"password1": PASSWORD, "password2": PASSWORD}
    return client.post(f"{LIST}add/", {**form, **passwords, **fields})


def usable_tokens(user: User) -> int:
    return AccessToken.objects.filter(user=user, revoked_at=None).count()


def test_a_row_says_who_it_is_and_how_active(admin: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(first_name="Alice", last_name="Liddell")
    Conversation.objects.create(owner=alice)
    page = admin.get(LIST, {"q": "alice"}).content.decode()
    for text in ("Alice Liddell", "AL", "alice@example.com", "User"):
        assert text in page
    assert admin.get(LIST, {"q": "alice"}).context["cl"].result_list[0].conversation_count == 1


def test_a_user_is_added_with_password_and_role(admin: Client) -> None:
    response = add(admin, role="ADMIN")
    erin = User.objects.get(username="erin")
    assert response.headers["Location"] == page_url(erin)
    assert erin.check_password(PASSWORD)
    assert (erin.email, erin.role, erin.is_staff, erin.is_superuser) == ("Erin@example.com", "ADMIN", True, True)


def test_weak_passwords_and_taken_names_are_refused(admin: Client, alice: User) -> None:
    assert "too common" in add(admin, password1="password", password2="password").content.decode()
    assert "exists already" in add(admin, username="ALICE").content.decode()
    assert "exists already" in add(admin, email="Alice@example.com").content.decode()
    assert add(admin, password1="", password2="").status_code == 200
    assert not User.objects.filter(username__iexact="erin").exists()


def test_the_role_moves_the_rights(admin: Client, alice: User) -> None:
    assert save(admin, alice, role="ADMIN").status_code == 302
    assert (alice.is_staff, alice.is_superuser) == (True, True)
    assert save(admin, alice, role="USER", is_staff=None).status_code == 302
    assert (alice.is_staff, alice.is_superuser) == (False, False)


def test_staff_status_is_given_without_the_role(admin: Client, alice: User) -> None:
    support = Group.objects.create(name="Support")
    save(admin, alice, is_staff="on", groups=[str(support.pk)])
    assert (alice.is_staff, alice.is_superuser, alice.role) == (True, False, Role.USER)
    assert list(alice.groups.all()) == [support]


def test_the_last_administrator_stays(admin: Client, dana: User) -> None:
    for changes in ({"role": "USER"}, {"is_active": None}):
        response = save(admin, dana, **changes)
        assert "last administrator" in response.content.decode()
    assert dana.is_administrator and dana.is_active


def test_one_of_two_administrators_may_go(admin: Client, dana: User) -> None:
    erin = make_user("erin", role=Role.ADMIN, is_staff=True, is_superuser=True)
    assert save(admin, erin, role="USER", is_staff=None).status_code == 302
    assert not erin.is_administrator


def test_deactivating_ends_all_tokens(admin: Client, alice: User) -> None:
    issue_user_token(alice)
    save(admin, alice, is_active=None)
    assert (alice.is_active, usable_tokens(alice)) == (False, 0)


def test_a_new_password_ends_all_tokens(admin: Client, alice: User) -> None:
    issue_user_token(alice)
    form = {"password1": "brisk-Walrus-91", "password2": "brisk-Walrus-91", "usable_password": "true"}
    assert admin.post(page_url(alice, "password"), {**form, "set-password": "1"}).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password("brisk-Walrus-91")
    assert usable_tokens(alice) == 0


def test_no_part_of_a_password_hash_is_shown(admin: Client, alice: User) -> None:
    page = admin.get(page_url(alice)).content.decode()
    salt, digest = alice.password.split("$")[1:]
    assert salt[:6] not in page
    assert digest[:6] not in page
    assert "A password is set." in page


def test_all_tokens_are_revoked_after_a_question(admin: Client, alice: User) -> None:
    issue_user_token(alice)
    url = reverse("admin:accounts_user_revoke_tokens", args=[alice.pk])
    assert "cannot be undone" in admin.get(url).content.decode()
    assert usable_tokens(alice) == 1
    assert admin.post(url, {"_form_submitted": "True"}).headers["HX-Redirect"] == page_url(alice)
    assert usable_tokens(alice) == 0


def test_tokens_of_several_users_are_revoked_after_a_question(admin: Client, alice: User, bob: User) -> None:
    for user in (alice, bob):
        issue_user_token(user)
    chosen = {"action": "revoke_tokens_of_selected", "_selected_action": [alice.pk, bob.pk]}
    assert "bob" in admin.post(LIST, chosen).content.decode()
    assert usable_tokens(bob) == 1
    admin.post(LIST, {**chosen, "post": "yes"})
    assert usable_tokens(alice) == usable_tokens(bob) == 0


def test_deleting_counts_what_goes(admin: Client, alice: User) -> None:
    for _ in range(3):
        Conversation.objects.create(owner=alice)
    question = admin.get(page_url(alice, "delete")).content.decode()
    assert "3 conversations" in question
    admin.post(page_url(alice, "delete"), {"post": "yes"})
    assert not User.objects.filter(username="alice").exists()
    assert not Conversation.objects.exists()


def test_the_last_administrator_is_not_deleted(admin: Client, dana: User, alice: User) -> None:
    assert "dana" in admin.get(page_url(dana, "delete")).content.decode()
    admin.post(page_url(dana, "delete"), {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [dana.pk, alice.pk], "post": "yes"}
    admin.post(LIST, chosen)
    assert User.objects.filter(username="dana").exists()
    assert User.objects.filter(username="alice").exists()


def test_clerks_do_not_raise_anybody(staff: Staff, alice: User) -> None:
    client = staff(*CLERK)
    assert save(client, alice, role="ADMIN", is_staff="on", first_name="Alicia").status_code == 302
    assert (alice.first_name, alice.role, alice.is_staff, alice.is_superuser) == ("Alicia", "USER", False, False)
    add(client, role="ADMIN")
    assert User.objects.get(username="erin").role == Role.USER


def test_clerks_do_not_touch_administrators(staff: Staff, dana: User) -> None:
    make_user("erin", role=Role.ADMIN, is_staff=True, is_superuser=True)
    client = staff(*CLERK)
    assert save(client, dana, email="mine@example.com").status_code == 403
    form = {"password1": "brisk-Walrus-91", "password2": "brisk-Walrus-91", "usable_password": "true"}
    assert client.post(page_url(dana, "password"), {**form, "set-password": "1"}).status_code == 403
    assert client.post(page_url(dana, "delete"), {"post": "yes"}).status_code == 403
    client.post(LIST, {"action": "delete_selected", "_selected_action": [dana.pk], "post": "yes"})
    dana.refresh_from_db()
    assert dana.email == "dana@example.com"
    assert dana.check_password(PASSWORD)


def test_groups_grant_permissions(admin: Client) -> None:
    assert admin.post("/admin/auth/group/add/", {"name": "Support"}).status_code == 302
    assert Group.objects.filter(name="Support").exists()
