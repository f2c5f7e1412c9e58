"""Every registered admin is closed to who has no business there."""

from collections.abc import Callable
from typing import Any

from django.test import Client

from accounts.models import User
from tests.admin.conftest import logged_in
from tests.admin.test_every_page import EVERY_ADMIN, address, one_of

Staff = Callable[..., Client]
LOGIN = "/admin/login/"


@EVERY_ADMIN
def test_an_outsider_is_sent_to_the_login_page(charlie: User, rows: None, model: Any) -> None:
    client = logged_in(charlie)
    for url in (address(model, "changelist"), address(model, "change", one_of(model).pk)):
        response = client.get(url)
        assert response.status_code == 302
        assert response.headers["Location"].startswith(LOGIN)


@EVERY_ADMIN
def test_staff_without_permission_are_refused(staff: Staff, rows: None, model: Any) -> None:
    client = staff()
    row = one_of(model).pk
    for page, args in (("changelist", ()), ("add", ()), ("change", (row,)), ("delete", (row,)), ("history", (row,))):
        assert client.get(address(model, page, *args)).status_code == 403
