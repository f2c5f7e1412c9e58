import uuid
from datetime import timedelta

import jwt
import pytest
from django.utils import timezone

from accounts.models import AccessToken, User
from accounts.services.resolve import InvalidCredential, authenticate_bearer
from accounts.services.tokens import issue_user_token, issue_visitor_token, revoke_all_tokens, revoke_token
from accounts.services.users import deactivate_user
from tests.accounts.conftest import client_with

BY_ID = "/api/v1/auth/me"
BY_UUID = "/api/v1/users/me"
DETAIL = {"detail": "Could not validate credentials."}

pytestmark = pytest.mark.django_db


def forged(user, *, key, algorithm="HS256", **changes):
    now = timezone.now()
    claims = {"sub": str(user.uuid), "typ": "user", "jti": uuid.uuid4().hex, "iat": now}
    return jwt.encode(claims | {"exp": now + timedelta(hours=1)} | changes, key, algorithm=algorithm)


def assert_refused(token):
    by_id, by_uuid = client_with(token).get(BY_ID), client_with(token).get(BY_UUID)
    assert (by_id.status_code, by_uuid.status_code) == (401, 403)
    assert by_id.json() == by_uuid.json() == DETAIL
    assert by_id.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("url", [BY_ID, BY_UUID])
def test_without_a_token_the_answer_is_401_and_names_the_scheme(api, url):
    answer = api.get(url)
    assert answer.status_code == 401
    assert answer.json() == {"detail": "Not authenticated"}
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_one_token_opens_both_wires(alice):
    client = client_with(issue_user_token(alice))
    assert client.get(BY_ID).json()["email"] == client.get(BY_UUID).json()["email"] == alice.email


@pytest.mark.parametrize("raw", ["x", "a.b.c", "", "sbk_", "sbk_no_such", "é", "a b", "x" * 100_000])
def test_what_is_no_token_is_refused(alice, raw):
    assert_refused(raw)


def test_a_changed_token_is_refused(alice):
    head, body, signature = issue_user_token(alice).split(".")
    assert_refused(f"{head}.{body}.{'A' * len(signature)}")
    assert_refused(f"{head}.{body}x.{signature}")


def test_a_token_without_a_signature_is_refused(alice):
    assert_refused(forged(alice, key="", algorithm="none"))


def test_a_token_of_another_key_is_refused(alice):
    assert_refused(forged(alice, key="another key, long enough for the algorithm"))


def test_a_well_signed_token_that_was_never_issued_is_refused(alice, settings):
    assert_refused(forged(alice, key=settings.SECRET_KEY))


def test_a_well_signed_token_does_not_speak_for_another_user(alice, dana, settings):
    issued = jwt.decode(issue_user_token(alice), settings.SECRET_KEY, algorithms=["HS256"])
    assert_refused(forged(dana, key=settings.SECRET_KEY, jti=issued["jti"]))


def test_an_expired_token_is_refused(alice, settings):
    settings.USER_TOKEN_MINUTES = -10
    assert_refused(issue_user_token(alice))


def test_a_token_ends_with_its_row_even_if_the_signature_lasts(alice):
    raw = issue_user_token(alice)
    AccessToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert_refused(raw)


def test_a_token_signed_with_the_previous_key_still_holds(alice, settings):
    raw = issue_user_token(alice)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "the next key, long enough for it"
    assert client_with(raw).get(BY_ID).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert_refused(raw)


def test_the_token_of_a_deactivated_user_ends(alice):
    client = client_with(issue_user_token(alice))
    deactivate_user(alice)
    by_id, by_uuid = client.get(BY_ID), client.get(BY_UUID)
    assert (by_id.status_code, by_uuid.status_code) == (401, 400)
    assert by_uuid.json() == {"detail": "Inactive user."}


def test_a_token_stays_ended_when_the_user_is_activated_again(alice):
    raw = issue_user_token(alice)
    deactivate_user(alice)
    User.objects.update(is_active=True)
    assert_refused(raw)


def test_the_token_of_a_deleted_user_names_nobody(alice):
    client = client_with(issue_user_token(alice))
    alice.delete()
    by_id, by_uuid = client.get(BY_ID), client.get(BY_UUID)
    assert (by_id.status_code, by_uuid.status_code) == (401, 404)
    assert by_uuid.json() == {"detail": "User not found."}


def test_a_visitor_is_no_user(visitor):
    client = client_with(issue_visitor_token(visitor))
    assert client.get(BY_ID).status_code == 403
    answer = client.get(BY_UUID)
    assert (answer.status_code, answer.json()) == (404, {"detail": "User not found."})


def test_logout_ends_this_token_and_no_other(alice):
    first, second = client_with(issue_user_token(alice)), client_with(issue_user_token(alice))
    assert first.post("/api/v1/auth/logout").status_code == 200
    assert first.get(BY_ID).status_code == 401
    assert first.post("/api/v1/auth/logout").status_code == 401
    assert second.get(BY_ID).status_code == 200


def test_refresh_gives_a_new_token_and_ends_the_old_one(alice):
    old = client_with(issue_user_token(alice))
    answer = old.post("/api/v1/auth/refresh")
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "bearer"
    assert client_with(answer.json()["access_token"]).get(BY_ID).status_code == 200
    assert old.get(BY_ID).status_code == 401
    assert old.post("/api/v1/auth/refresh").status_code == 401


def test_refresh_is_for_tokens_alone(api, alice, visitor):
    assert api.post("/api/v1/auth/refresh").status_code == 401
    api.force_login(alice)
    assert api.post("/api/v1/auth/refresh").status_code == 401
    assert client_with(issue_visitor_token(visitor)).post("/api/v1/auth/refresh").status_code == 403


def test_use_is_noted_once_a_minute(alice, django_assert_num_queries):
    raw = issue_user_token(alice)
    authenticate_bearer(raw)
    first = AccessToken.objects.get().last_used_at
    assert first is not None
    with django_assert_num_queries(1):
        authenticate_bearer(raw)
    AccessToken.objects.update(last_used_at=first - timedelta(minutes=2))
    authenticate_bearer(raw)
    assert AccessToken.objects.filter(last_used_at__gte=first).exists()


def test_the_visit_of_a_visitor_is_noted(visitor):
    type(visitor).objects.update(last_seen_at=timezone.now() - timedelta(days=3))
    authenticate_bearer(issue_visitor_token(visitor))
    visitor.refresh_from_db()
    assert timezone.now() - visitor.last_seen_at < timedelta(minutes=1)


def test_all_tokens_but_one_can_be_ended(alice, bob):
    kept_raw, other_raw, bobs_raw = issue_user_token(alice), issue_user_token(alice), issue_user_token(bob)
    _user, kept = authenticate_bearer(kept_raw)
    assert revoke_all_tokens(alice, keep=kept) == 1
    authenticate_bearer(kept_raw)
    authenticate_bearer(bobs_raw)
    with pytest.raises(InvalidCredential):
        authenticate_bearer(other_raw)


def test_a_token_is_revoked_once(alice):
    _user, token = authenticate_bearer(issue_user_token(alice))
    assert revoke_token(token) is True
    assert revoke_token(token) is False
