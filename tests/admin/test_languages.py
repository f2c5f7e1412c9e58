"""No page mixes languages: what has a Russian text is never shown in English."""

import html
import re
from functools import cache
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from config.settings.env import BASE_DIR
from tests.admin.test_every_page import EVERY_ADMIN, address, can_add, one_of

MSGID = re.compile(r'^msgid ((?:"(?:[^"\\]|\\.)*"\n)+)', re.MULTILINE)
TEXT = re.compile(r">([^<>]+)<|(?:title|aria-label|placeholder)=\"([^\"]+)\"")
# Scripts, and the names of icons: text of the icon font.
# And keys, which are the same in all languages.
SKIPPED = re.compile(
    r"(?s)<script.*?</script>|<span[^>]*material-symbols-outlined[^>]*>.*?</span>|<code[^>]*>[\w-]*</code>"
)
# A language is listed under its own name; the others stand in the texts of these tests.
NAMES = {"English", "Title", "Providers"}


@cache
def english() -> frozenset[str]:
    """Texts of our catalogues that read differently in Russian."""
    found = set()
    for path in BASE_DIR.glob("**/locale/ru/LC_MESSAGES/django.po"):
        if ".venv" in path.parts:
            continue
        for match in MSGID.finditer(path.read_text(encoding="utf-8")):
            found.add("".join(re.findall(r'"((?:[^"\\]|\\.)*)"', match[1])).replace('\\"', '"'))
    with translation.override("ru"):
        different = {text for text in found if text and "%(" not in text and translation.gettext(text) != text}
    return frozenset(text.casefold() for text in different - NAMES)


def foreign(page: str) -> set[str]:
    texts = {html.unescape(a or b).strip() for a, b in TEXT.findall(SKIPPED.sub("", page))}
    return {text for text in texts if text.casefold() in english()} - NAMES


def test_the_catalogues_are_read() -> None:
    assert len(english()) > 300
    assert foreign("<p>Conversations</p>") == {"Conversations"}


@EVERY_ADMIN
def test_pages_are_russian_throughout(admin: Client, rows: None, model: Any) -> None:
    row = one_of(model).pk
    pages = [address(model, "changelist"), address(model, "change", row), address(model, "history", row)]
    pages += [address(model, "add")] if can_add(model) else []
    pages += [f"{address(model, 'changelist')}?q=nothing-like-this"]
    for url in pages:
        response = admin.get(url, headers={"accept-language": "ru"})
        assert response.status_code == 200, url
        page = response.content.decode()
        assert 'lang="ru"' in page, url
        assert foreign(page) == set(), url


# The names of icons are text nodes of the icon font.
ICONS = frozenset(
    {"add", "search", "filter", "close", "history", "delete", "key", "refresh", "token", "group", "person"}
)


@pytest.mark.parametrize("path", ["/admin/", "/admin/chat/", "/admin/password_change/", "/admin/login/"])
def test_so_are_the_pages_of_the_site(admin: Client, rows: None, path: str) -> None:
    client = Client() if "login" in path else admin
    assert foreign(client.get(path, headers={"accept-language": "ru"}).content.decode()) == set()


def test_the_language_is_kept_after_switching(admin: Client) -> None:
    response = admin.post("/language/", {"language": "ru"}, headers={"referer": "http://testserver/admin/"})
    assert response.headers["Location"].endswith("/admin/")
    assert "Что требует внимания" in admin.get("/admin/").content.decode()
