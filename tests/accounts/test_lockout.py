import base64
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from axes.models import AccessAttempt
from django.db import connections
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import BasicAuthentication
from tests.conftest import PASSWORD

AUTH = "/api/v1/auth/login"
GRANT = "/api/v1/login/access-token"

pytestmark = pytest.mark.django_db


def fail(api, *, times, login="alice", **extra):
    answers = [api.post(AUTH, {"email": login, "password": "wrong"}, format="json", **extra) for _ in range(times)]
    return answers[-1]


def test_five_failures_lock_out_also_with_the_right_password(api, alice):
    fail(api, times=5)
    answer = api.post(AUTH, {"email": "alice", "password": PASSWORD}, format="json")
    assert answer.status_code == 429
    assert isinstance(answer.json()["detail"], str)
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60


def test_four_failures_do_not(api, alice):
    fail(api, times=4)
    assert api.post(AUTH, {"email": "alice", "password": PASSWORD}, format="json").status_code == 200


def test_an_unknown_login_is_locked_out_in_the_same_words(api, alice):
    known, unknown = fail(api, times=6), fail(api, times=6, login="nobody")
    assert known.status_code == unknown.status_code == 429
    assert known.content == unknown.content


def test_case_and_space_do_not_buy_more_attempts(api, alice):
    for login in ("alice", "ALICE", " Alice", "aLICE ", "alicE"):
        fail(api, times=1, login=login)
    assert fail(api, times=1).status_code == 429


def test_the_lock_holds_at_every_door(api, client, alice):
    fail(api, times=5)
    by_form = api.post(GRANT, {"username": "alice", "password": PASSWORD})
    by_admin = client.post("/admin/login/", {"username": "alice", "password": PASSWORD})
    assert (by_form.status_code, by_admin.status_code) == (429, 429)


def test_failures_in_the_admin_lock_out_there_and_on_the_api(api, client, dana):
    for _ in range(5):
        answer = client.post("/admin/login/", {"username": "dana", "password": "wrong"})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert api.post(AUTH, {"email": "dana", "password": PASSWORD}, format="json").status_code == 429


def test_another_address_and_another_user_are_not_locked_out(api, alice, bob):
    fail(api, times=5)
    elsewhere = api.post(AUTH, {"email": "alice", "password": PASSWORD}, format="json", REMOTE_ADDR="203.0.113.9")
    assert elsewhere.status_code == 200
    assert api.post(AUTH, {"email": "bob", "password": PASSWORD}, format="json").status_code == 200


def test_the_lock_ends_and_trying_on_does_not_prolong_it(api, alice):
    fail(api, times=7)
    assert AccessAttempt.objects.get().failures_since_start == 5
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert api.post(AUTH, {"email": "alice", "password": PASSWORD}, format="json").status_code == 200


def test_a_good_login_by_address_clears_the_failures_under_both_names(api, alice):
    fail(api, times=3)
    fail(api, times=3, login="alice@example.com")
    assert api.post(AUTH, {"email": "alice@example.com", "password": PASSWORD}, format="json").status_code == 200
    assert not AccessAttempt.objects.exists()


def test_forged_forwarding_headers_do_not_move_the_caller(api, alice):
    for number in range(5):
        fail(api, times=1, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    assert fail(api, times=1).status_code == 429


def test_what_was_typed_as_password_is_stored_nowhere(api, client, alice):
    client.post("/admin/login/", {"username": "alice", "password": "typed-secret-1"})
    api.post(GRANT, {"username": "alice", "password": "typed-secret-2", "client_secret": "typed-secret-3"})
    api.post(AUTH, {"email": "alice", "password": "typed-secret-4"}, format="json")
    assert "typed-secret" not in str(list(AccessAttempt.objects.values()))


@pytest.mark.django_db(transaction=True)
async def test_the_asynchronous_server_answers_the_same(async_client, db):
    for _ in range(6):
        answer = await async_client.post(AUTH, {"email": "x", "password": "y"}, content_type="application/json")
    assert answer.status_code == 429
    assert set(answer.json()) == {"detail"}
    assert int(answer.headers["Retry-After"]) > 0
    await sync_to_async(connections.close_all)()


def test_basic_credentials_count_too(alice, rf):
    class View(APIView):
        authentication_classes = [BasicAuthentication]

        def get(self, request):
            return Response({"user": request.user.username})

    def call(password):
        encoded = base64.b64encode(f"alice:{password}".encode()).decode()
        return View.as_view()(rf.get("/api/x", HTTP_AUTHORIZATION=f"Basic {encoded}"))

    assert call(PASSWORD).data == {"user": "alice"}
    refused = call("wrong")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Basic")
    for _ in range(4):
        call("wrong")
    assert call(PASSWORD).status_code == 429
