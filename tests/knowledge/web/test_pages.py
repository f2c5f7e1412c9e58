"""One page, fetched and read: what its type decides, and what is never taken."""

import pytest

from knowledge.web.links import absolute
from knowledge.web.pages import Page, State, fetch_page
from tests.knowledge.web.conftest import SITE


def text_of(page: Page) -> str:
    return page.reading.markdown if page.reading else ""


@pytest.mark.parametrize(
    ("path", "kind", "content", "expected"),
    [
        ("/a", "text/html", b"<h1>Apples</h1><p>Red.</p>", "html"),
        ("/a.md", "text/html", b"<h1>Apples</h1><p>Red.</p>", "html"),
        ("/a.php", "", b"<!doctype html><h1>Apples</h1><p>Red.</p>", "html"),
        ("/a.md", "text/plain; charset=utf-8", b"# Apples\n\nRed.", "markdown"),
        ("/a.md", "application/octet-stream", b"# Apples\n\nRed.", "markdown"),
        ("/a", "text/markdown", b"# Apples\n\nRed.", "markdown"),
        ("/a.txt", "text/plain", b"Apples\n\nRed.", "text"),
        ("/a", "text/plain", b"Apples\n\nRed.", "text"),
        ("/a.csv", "text/csv", b"name,colour\nApple,red\nPear,green\n", "csv"),
    ],
)
def test_the_type_decides_how_a_page_is_read(site, path, kind, content, expected):
    site.file(path, content, kind)
    found = fetch_page(SITE + path)
    assert (found.state, found.format) == (State.READ, expected)
    assert "red" in text_of(found).lower()
    assert found.reading and found.reading.title


@pytest.mark.parametrize(
    ("path", "kind", "content"),
    [
        ("/a.png", "image/png", b"\x89PNG"),
        ("/a.json", "application/json", b'{"a": 1}'),
        ("/a.js", "text/javascript", b"let a = 1"),
        ("/a.zip", "application/zip", b"PK\x03\x04"),
        ("/a", "", bytes(100)),
        ("/a", "text/html", b""),
        ("/a.pdf", "application/pdf", b"%PDF-1.7 cut off"),
    ],
)
def test_what_holds_no_text_is_refused_with_a_reason(site, path, kind, content):
    site.file(path, content, kind)
    found = fetch_page(SITE + path)
    assert found.state == State.FAILED
    assert found.error


def test_the_state_is_asked_for_and_told(site):
    site.page("/a", "Apples.", ETag='"one"', Last_Modified="Sun, 06 Nov 1994 08:49:37 GMT")
    first = fetch_page(f"{SITE}/a")
    assert (first.etag, first.last_modified) == ('"one"', "Sun, 06 Nov 1994 08:49:37 GMT")
    again = fetch_page(f"{SITE}/a", etag=first.etag, last_modified=first.last_modified)
    assert again.state == State.UNCHANGED
    assert site.headers["/a"]["if-modified-since"] == first.last_modified


def test_a_state_that_is_too_long_to_keep_is_not_kept(site):
    site.page("/a", "Apples.", ETag='"' + "x" * 400 + '"')
    assert fetch_page(f"{SITE}/a").etag == ""


@pytest.mark.parametrize(("status", "state"), [(404, State.MISSING), (410, State.GONE), (500, State.FAILED)])
def test_statuses_are_told_apart(site, status, state):
    site.status("/a", status)
    assert fetch_page(f"{SITE}/a").state == state


def test_links_are_relative_to_where_the_page_came_from(site):
    site.redirect("/start", "/docs/page")
    site.html("/docs/page", "<h1>A</h1><p>A <a href='next'>link</a> of ours.</p>")
    site.file("/based", b"<base href='/deep/down/'><h1>A</h1><p>A <a href='next'>link</a> of ours.</p>", "text/html")
    assert f"[link]({SITE}/docs/next)" in text_of(fetch_page(f"{SITE}/start"))
    assert f"[link]({SITE}/deep/down/next)" in text_of(fetch_page(f"{SITE}/based"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a](b)", "[a](http://x.org/docs/b)"),
        ("[a](/b)", "[a](http://x.org/b)"),
        ("[a](//y.org/b)", "[a](http://y.org/b)"),
        ("[a](?p=2)", "[a](http://x.org/docs/page?p=2)"),
        ("![a](<b.png>)", "![a](<http://x.org/docs/b.png>)"),
        ("[a](#b)", "[a](#b)"),
        ("[a](https://y.org)", "[a](https://y.org)"),
        ("[a](mailto:x@y.org)", "[a](mailto:x@y.org)"),
        ("`[a](b)`", "`[a](b)`"),
        ("```\n[a](b)\n```\n[c](d)", "```\n[a](b)\n```\n[c](http://x.org/docs/d)"),
        ("~~~\n[a](b)\n", "~~~\n[a](b)\n"),
        ("`open [a](b)", "`open [a](http://x.org/docs/b)"),
        ("[a](http://[bad)", "[a](http://[bad)"),
    ],
)
def test_relative_links_are_made_whole(text, expected):
    assert absolute(text, "http://x.org/docs/page") == expected
