from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services.tokens import issue_user_token


def client_with(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.fixture
def signed_in() -> Callable[[User], APIClient]:
    """A client with a bearer token of its user."""
    return lambda user: client_with(issue_user_token(user))
