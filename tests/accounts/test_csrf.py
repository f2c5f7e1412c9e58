import pytest
from rest_framework.test import APIClient

from accounts.services.tokens import issue_user_token

URL = "/api/v1/auth/me"

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(alice):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(alice)
    client.cookies["csrftoken"] = "a" * 32
    return client


def test_a_session_may_read(page):
    assert page.get(URL).status_code == 200


def test_a_session_writes_with_the_csrf_token_only(page):
    body = {"email": "new@example.com"}
    refused = page.put(URL, body, format="json")
    assert refused.status_code == 403
    assert isinstance(refused.json()["detail"], str)
    assert page.put(URL, body, format="json", HTTP_X_CSRFTOKEN="b" * 32).status_code == 403
    assert page.put(URL, body, format="json", HTTP_X_CSRFTOKEN="a" * 32).status_code == 200


def test_another_content_type_is_no_way_around(page):
    assert page.put(URL, '{"email": "new@example.com"}', content_type="text/plain").status_code == 403


def test_a_bearer_token_needs_none(alice):
    client = APIClient(enforce_csrf_checks=True)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_user_token(alice)}")
    assert client.put(URL, {"email": "new@example.com"}, format="json").status_code == 200
