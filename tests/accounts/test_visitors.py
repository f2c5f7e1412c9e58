import pytest
from django.conf import settings as django_settings
from django.http import HttpResponse
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts.api.authentication import BearerAuthentication, VisitorCookieAuthentication
from accounts.api.permissions import IsSubscriber
from accounts.models import AccessToken, AnonymousSubscriber
from accounts.services.resolve import authenticate_bearer
from accounts.services.tokens import issue_user_token, issue_visitor_token
from accounts.services.visitors import VISITOR_COOKIE, VisitorsNotAllowed, ensure_visitor_cookie

URL = "/api/v1/login/anonymous-access-token"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def anonymous_use(settings):
    settings.CHAT_ANONYMOUS = True


class View(APIView):
    authentication_classes = [BearerAuthentication, VisitorCookieAuthentication]
    permission_classes = [IsSubscriber]

    def get(self, request):
        return Response({"id": str(request.user.pk)})

    post = get


def call(method, *, cookie, **headers):
    request = getattr(APIRequestFactory(enforce_csrf_checks=True), method)("/api/x", **headers)
    request.COOKIES[VISITOR_COOKIE] = cookie
    request.COOKIES["csrftoken"] = "a" * 32
    return View.as_view()(request)


def test_a_visitor_gets_a_token(api):
    answer = api.post(URL)
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "bearer"
    holder, _token = authenticate_bearer(answer.json()["access_token"])
    assert holder == AnonymousSubscriber.objects.get()


def test_no_visitors_where_anonymous_use_is_off(api, rf, settings):
    settings.CHAT_ANONYMOUS = False
    answer = api.post(URL)
    assert answer.status_code == 403
    assert isinstance(answer.json()["detail"], str)
    with pytest.raises(VisitorsNotAllowed):
        ensure_visitor_cookie(rf.get("/"), HttpResponse())
    assert not AnonymousSubscriber.objects.exists()


def test_a_visitor_can_log_out(api, visitor):
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_visitor_token(visitor)}")
    assert api.post("/api/v1/auth/logout").status_code == 200
    assert api.post("/api/v1/auth/logout").status_code == 401


def test_a_browser_is_given_a_cookie_that_scripts_cannot_read(rf):
    response = HttpResponse()
    visitor = ensure_visitor_cookie(rf.get("/"), response)
    cookie = response.cookies[VISITOR_COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert not cookie["secure"]
    assert cookie["max-age"] == django_settings.ANONYMOUS_TOKEN_MINUTES * 60
    assert authenticate_bearer(cookie.value)[0] == visitor


def test_over_https_the_cookie_is_secure(rf):
    response = HttpResponse()
    ensure_visitor_cookie(rf.get("/", secure=True), response)
    assert response.cookies[VISITOR_COOKIE]["secure"]


def test_a_browser_keeps_its_visitor(rf, visitor):
    request, response = rf.get("/"), HttpResponse()
    request.COOKIES[VISITOR_COOKIE] = issue_visitor_token(visitor)
    assert ensure_visitor_cookie(request, response) == visitor
    assert VISITOR_COOKIE not in response.cookies


def test_a_half_spent_cookie_is_renewed_for_the_same_visitor(rf, visitor, settings):
    request, response = rf.get("/"), HttpResponse()
    request.COOKIES[VISITOR_COOKIE] = issue_visitor_token(visitor)
    settings.ANONYMOUS_TOKEN_MINUTES *= 3
    assert ensure_visitor_cookie(request, response) == visitor
    assert authenticate_bearer(response.cookies[VISITOR_COOKIE].value)[0] == visitor


@pytest.mark.parametrize("kind", ["nonsense", "of a user", "revoked"])
def test_a_cookie_that_is_no_good_is_replaced(rf, visitor, alice, kind):
    raw = {"nonsense": "x", "of a user": issue_user_token(alice), "revoked": issue_visitor_token(visitor)}[kind]
    AccessToken.objects.filter(visitor=visitor).update(revoked_at=visitor.created_at)
    request, response = rf.get("/"), HttpResponse()
    request.COOKIES[VISITOR_COOKIE] = raw
    assert ensure_visitor_cookie(request, response) != visitor
    assert VISITOR_COOKIE in response.cookies


def test_the_cookie_authenticates_reading(visitor):
    assert call("get", cookie=issue_visitor_token(visitor)).data == {"id": str(visitor.pk)}


def test_writing_with_the_cookie_takes_the_csrf_token(visitor):
    raw = issue_visitor_token(visitor)
    assert call("post", cookie=raw).status_code == 403
    assert call("post", cookie=raw, HTTP_X_CSRFTOKEN="a" * 32).status_code == 200


def test_a_bearer_token_comes_before_the_cookie(visitor, alice):
    header = f"Bearer {issue_user_token(alice)}"
    answer = call("post", cookie=issue_visitor_token(visitor), HTTP_AUTHORIZATION=header)
    assert answer.data == {"id": str(alice.pk)}


def test_a_users_token_in_the_cookie_is_nobody(alice):
    assert call("get", cookie=issue_user_token(alice)).status_code == 401
