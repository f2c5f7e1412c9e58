"""Locked log-ins are seen and unlocked."""

from collections.abc import Callable
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.test import Client

from accounts.models import User
from tests.conftest import PASSWORD

Staff = Callable[..., Client]
LIST = "/admin/axes/accessattempt/"
LOGIN = "/admin/login/"


@pytest.fixture
def locked(dana: User, settings: Any) -> Client:
    """Somebody has tried dana's password too often from here."""
    settings.AXES_FAILURE_LIMIT = 3
    client = Client()
    for _ in range(3):
        client.post(LOGIN, {"username": "dana", "password": "wrong-Guess-1"})
    return client


def unlock(client: Client, **extra: str) -> Any:
    keys = [str(pk) for pk in AccessAttempt.objects.values_list("pk", flat=True)]
    return client.post(LIST, {"action": "unlock", "_selected_action": keys, **extra})


def test_a_locked_login_is_marked(admin: Client, locked: Client) -> None:
    page = admin.get(LIST, {"locked": "yes"}).content.decode()
    assert "dana" in page
    assert "Locked out" in page
    assert admin.get(LIST, {"locked": "no"}).context["cl"].result_count == 0


def test_unlocking_lets_in_again_after_a_question(admin: Client, locked: Client) -> None:
    good = {"username": "dana", "password": PASSWORD}
    assert locked.post(LOGIN, good).status_code == 429
    assert "counting begins anew" in unlock(admin).content.decode()
    assert locked.post(LOGIN, good).status_code == 429
    unlock(admin, post="yes")
    assert locked.post(LOGIN, good).status_code == 302


def test_unlocking_leaves_the_others_locked(admin: Client, locked: Client) -> None:
    other = AccessAttempt.objects.create(
        username="bob", ip_address="203.0.113.8", user_agent="x", failures_since_start=9
    )
    chosen = AccessAttempt.objects.exclude(pk=other.pk).values_list("pk", flat=True)
    form = {"action": "unlock", "_selected_action": [str(pk) for pk in chosen], "post": "yes"}
    admin.post(LIST, form)
    assert list(AccessAttempt.objects.all()) == [other]


def test_what_was_typed_is_never_shown(admin: Client, locked: Client) -> None:
    row = AccessAttempt.objects.get()
    page = admin.get(LIST).content.decode() + admin.get(f"{LIST}{row.pk}/change/").content.decode()
    assert "wrong-Guess-1" not in page
    assert "csrf_token" not in page


def test_unlocking_needs_the_permission(staff: Staff, locked: Client) -> None:
    client = staff("axes.view_accessattempt")
    unlock(client, post="yes")
    assert AccessAttempt.objects.exists()
