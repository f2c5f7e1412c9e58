import pytest

from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def test_what_people_read_is_russian_for_russians(api, signed_in, alice):
    body = {"current_password": PASSWORD, "new_password": PASSWORD}
    answer = signed_in(alice).post("/api/v1/auth/change-password", body, format="json", HTTP_ACCEPT_LANGUAGE="ru")
    assert answer.json() == {"detail": "Новый пароль совпадает с нынешним."}


def test_what_programs_read_stays_as_it_is(api, alice):
    wrong = {"username": "alice", "password": "no"}
    answer = api.post("/api/v1/login/access-token", wrong, HTTP_ACCEPT_LANGUAGE="ru")
    assert answer.json() == {"detail": "Incorrect email or password."}
    assert api.get("/api/v1/users/me", HTTP_ACCEPT_LANGUAGE="ru").json() == {"detail": "Not authenticated"}
