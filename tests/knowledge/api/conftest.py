"""Who calls in these tests, and where."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services.keys import create_api_key
from knowledge.models import Document
from knowledge.services.documents import describe
from tests.conftest import make_user
from tests.knowledge.conftest import publish

ROOT = "/api/v1/knowledge"


@pytest.fixture(autouse=True)
def files_of_its_own(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def staff(db: None) -> User:
    """Writes documents in the back office, and may do nothing else there."""
    user = make_user("olga", is_staff=True)
    names = [f"{verb}_document" for verb in ("view", "add", "change", "delete")]
    names += ["view_openquestion", "change_openquestion"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names, content_type__app_label="knowledge"))
    return user


@pytest.fixture
def clerk(db: None) -> User:
    """May look at documents, and change none."""
    user = make_user("clerk", is_staff=True)
    names = ["view_document", "view_openquestion"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names, content_type__app_label="knowledge"))
    return user


def as_user(user: User | None) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def with_key(user: User, *scopes: str) -> APIClient:
    raw, _ = create_api_key(user, name="test", scopes=scopes)
    client = APIClient()
    client.credentials(HTTP_X_API_KEY=raw)
    return client


def restricted(slug: str, scope: str, **values: Any) -> Document:
    document = publish(slug, **values)
    describe(document, scopes=[scope])
    return document


def one(document: Document, rest: str = "") -> str:
    return f"{ROOT}/documents/{document.pk}{rest}"
