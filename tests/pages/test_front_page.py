"""What stands at `/`: the chat page for browsers, a JSON line for everything else."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import AnonymousSubscriber, User
from config import VERSION

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"}
CONVERSATION = "/c/0f3f1c1e-6d1a-4c59-9b0e-7f3a0a3f2b11"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def open_to_visitors(settings: Any) -> None:
    settings.CHAT_ANONYMOUS = True


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/plain", "application/json, text/html;q=0.5", ""])
def test_programs_get_the_service_line(client: Client, accept: str) -> None:
    response = client.get("/", headers={"accept": accept})
    body = response.json()
    assert (body["status"], body["service"], body["version"]) == ("ok", "Neira API", VERSION)
    assert body["timestamp"].endswith("+00:00")
    assert "Accept" in response["Vary"]
    assert AnonymousSubscriber.objects.count() == 0


@pytest.mark.parametrize("accept", [BROWSER["accept"], "text/html", "text/html;q=0.9, application/json;q=0.1"])
def test_browsers_get_the_page(client: Client, accept: str) -> None:
    response = client.get("/", headers={"accept": accept})
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/html")
    assert "Accept" in response["Vary"]
    assert "no-cache" in response["Cache-Control"]


def test_a_visitor_gets_one_identity_and_keeps_it(client: Client) -> None:
    client.get("/", headers=BROWSER)
    client.get(CONVERSATION, headers=BROWSER)
    assert AnonymousSubscriber.objects.count() == 1


def test_a_logged_in_person_is_no_visitor(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/", headers=BROWSER).status_code == 200
    assert AnonymousSubscriber.objects.count() == 0


@pytest.mark.parametrize("path", ["/", CONVERSATION])
def test_without_anonymous_chat_strangers_are_sent_to_the_log_in_page(client: Client, settings: Any, path: str) -> None:
    settings.CHAT_ANONYMOUS = False
    response = client.get(path, headers=BROWSER)
    assert response.status_code == 302
    assert response["Location"] == f"/login/?next={path}"
    assert client.get("/", headers={"accept": "*/*"}).status_code == 200


def test_a_conversation_that_is_no_uuid_is_not_found(client: Client) -> None:
    response = client.get("/c/nonsense", headers=BROWSER)
    assert response.status_code == 404
    assert "There is nothing at this address" in response.content.decode()


def test_only_reading_is_allowed(client: Client) -> None:
    assert client.post("/", headers=BROWSER).status_code == 405
    assert client.head("/", headers=BROWSER).status_code == 200


def test_the_page_carries_neither_inline_styles_nor_handlers(client: Client) -> None:
    html = client.get("/", headers=BROWSER).content.decode()
    assert not re.search(r"<[^>]+\s(style|on[a-z]+)\s*=", html)
    assert not re.search(r"<script(?![^>]*(src=|application/json))", html)


def test_strings_are_valid_json_in_both_languages_with_all_plural_forms(client: Client) -> None:
    texts = {}
    for language in ("en", "ru"):
        html = client.get("/", headers=BROWSER | {"accept-language": language}).content.decode()
        found = re.search(r'id="page-strings">(.*?)</script>', html, re.DOTALL)
        assert found is not None
        texts[language] = json.loads(found[1])
    assert texts["en"].keys() == texts["ru"].keys()
    assert texts["ru"]["tokens"] == {
        "one": "{n} токен",
        "few": "{n} токена",
        "many": "{n} токенов",
        "other": "{n} токенов",
    }
    same = {key for key, text in texts["en"].items() if text == texts["ru"][key]}
    assert same == {"about", "step"}


def test_only_staff_sees_the_way_to_the_admin(client: Client, alice: User, dana: User) -> None:
    client.force_login(alice)
    assert 'class="menu-item" href="/admin/"' not in client.get("/", headers=BROWSER).content.decode()
    client.force_login(dana)
    assert 'class="menu-item" href="/admin/"' in client.get("/", headers=BROWSER).content.decode()
