"""The API's description and its viewers, served without help from elsewhere."""

import re

import pytest

PAGES = ["/docs", "/docs/", "/redoc", "/redoc/"]


@pytest.mark.parametrize("path", PAGES)
def test_the_viewers_load_nothing_from_elsewhere_and_run_no_inline_script(client, path):
    answer = client.get(path)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "https://" not in page
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    assert "unsafe-eval" not in answer["Content-Security-Policy"]
    assert "script-src 'self';" in answer["Content-Security-Policy"] + ";"


def test_the_script_of_redoc_names_no_foreign_server_for_its_logo(client):
    answer = client.get("/redoc/redoc.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert b"cdn.redoc.ly" not in answer.content
    assert len(answer.content) > 500_000


def test_only_the_viewers_have_a_policy_of_their_own(client):
    assert "unsafe-inline" not in client.get("/openapi.json")["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/openapi.json", "/openapi.json/", "/api/v1/openapi.json", "/api/v1/openapi.json/"])
def test_the_schema_is_json_whatever_is_accepted_and_names_the_routes(client, path):
    answer = client.get(path, headers={"accept": "text/html"})
    assert "json" in answer["Content-Type"]
    paths = answer.json()["paths"]
    assert {"/api/chat", "/api/v1/chat/stream", "/api/v1/auth/login", "/api/v1/login/access-token"} <= set(paths)
    assert not [name for name in paths if name.startswith(("/docs", "/redoc", "/openapi"))]


def test_the_script_of_the_other_viewer_is_javascript(client):
    answer = client.get("/docs?script=")
    assert answer["Content-Type"].startswith("application/javascript")
    assert b"openapi.json" in answer.content
