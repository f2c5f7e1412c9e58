import pytest

from accounts.api.throttling import AddressRateThrottle
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def two_a_minute(monkeypatch):
    rates = dict.fromkeys(("login", "register", "anonymous_token"), "2/min")
    monkeypatch.setattr(AddressRateThrottle, "THROTTLE_RATES", rates)


@pytest.mark.parametrize("path", ["auth/login", "auth/register", "login/access-token", "login/anonymous-access-token"])
def test_the_third_call_from_one_address_has_to_wait(api, path):
    answers = [api.post(f"/api/v1/{path}", {}) for _ in range(3)]
    assert all(answer.status_code != 429 for answer in answers[:2])
    assert answers[2].status_code == 429
    assert isinstance(answers[2].json()["detail"], str)
    assert 0 < int(answers[2].headers["Retry-After"]) <= 60


def test_both_forms_of_a_route_share_one_count(api):
    for path in ("auth/login", "auth/login/"):
        api.post(f"/api/v1/{path}", {})
    assert api.post("/api/v1/auth/login", {}).status_code == 429


def test_other_addresses_are_not_affected(api):
    for _ in range(3):
        api.post("/api/v1/auth/login", {})
    assert api.post("/api/v1/auth/login", {}, REMOTE_ADDR="203.0.113.9").status_code == 422


def test_guessing_the_current_password_is_slowed_down(signed_in, alice):
    client = signed_in(alice)
    body = {"current_password": "wrong", "new_password": "quiet-Otter-91"}
    statuses = [client.post("/api/v1/auth/me/change-password", body, format="json").status_code for _ in range(3)]
    assert statuses == [400, 400, 429]


def test_being_logged_in_does_not_give_a_second_count(api, signed_in, alice):
    signed_in(alice).post("/api/v1/auth/login", {})
    api.post("/api/v1/auth/login", {})
    assert api.post("/api/v1/auth/login", {"email": "alice", "password": PASSWORD}).status_code == 429
