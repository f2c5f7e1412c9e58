"""Every route answers in both forms, and is documented in one."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.urls import reverse

from accounts.api.urls import urlpatterns
from config.api import utc_z

ROUTES = [str(pattern.pattern) for pattern in urlpatterns]
NAMED = [pattern.name for pattern in urlpatterns if pattern.name]


def concrete(route):
    return "/api/v1/" + route.replace("<int:user_id>", "1").replace("<int:key_id>", "1").replace("<str:user_id>", "x")


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_exists_with_and_without_a_slash(client, db, route):
    for form in {concrete(route).rstrip("/"), concrete(route).rstrip("/") + "/"}:
        assert client.generic("TRACE", form).status_code in {401, 405}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_no_form_redirects(client, db, method):
    for route in ROUTES:
        assert client.generic(method, concrete(route)).status_code not in {301, 302, 307, 308, 404}


def test_names_lead_to_the_documented_form():
    assert reverse("auth-login") == "/api/v1/auth/login"
    assert reverse("users") == "/api/v1/users/"
    assert len(NAMED) == len(set(NAMED)) == len(ROUTES) / 2


def test_the_schema_has_each_route_once_and_names_its_credentials(db):
    from drf_spectacular.generators import SchemaGenerator

    schema = SchemaGenerator().get_schema(request=None, public=True)
    paths = [path for path in schema["paths"] if path.startswith(("/api/v1/auth", "/api/v1/users", "/api/v1/login"))]
    assert sorted(paths) == sorted({path.rstrip("/") if "users/" != path[8:] else path for path in paths})
    assert schema["paths"]["/api/v1/auth/me"]["get"]["security"] == [{"bearer": []}, {"apiKey": []}, {"session": []}]
    assert "security" not in schema["paths"]["/api/v1/auth/login"]["post"]


def test_times_are_written_in_utc_with_a_z():
    moscow = timezone(timedelta(hours=3))
    assert utc_z(datetime(2026, 11, 21, 3, 0, tzinfo=moscow)) == "2026-11-21T00:00:00.000000Z"
    assert utc_z(datetime(2026, 11, 21, 2, 49, 58, 364096, tzinfo=UTC)) == "2026-11-21T02:49:58.364096Z"
    assert utc_z(datetime(2026, 11, 21)) == "2026-11-21T00:00:00.000000Z"  # noqa: DTZ001
