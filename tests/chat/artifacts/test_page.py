"""`/artifacts/{id}.html`: who may open it, and what it may do."""

from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from accounts.services.tokens import issue_visitor_token
from accounts.services.visitors import VISITOR_COOKIE
from chat.artifacts.links import LINK_SECONDS, link_to
from tests.chat.artifacts.conftest import make

pytestmark = pytest.mark.django_db


def test_the_page_is_a_document_in_a_closed_sandbox(client):
    page = make(html="<p>hello</p>", js="let a = 1;", css="p { color: red }", language="ru")
    response = client.get(f"/artifacts/{page.pk}.html")
    body = response.content.decode()
    assert body.startswith('<!doctype html>\n<html lang="ru">')
    assert all(part in body for part in ("<p>hello</p>", "let a = 1;", "p { color: red }"))
    policy = dict(part.partition(" ")[::2] for part in response["Content-Security-Policy"].split("; "))
    assert policy == {
        "sandbox": "allow-scripts",
        "default-src": "'none'",
        "script-src": "'unsafe-inline'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "font-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
    }
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "geolocation=()" in response["Permissions-Policy"]
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies


def test_head_is_answered_and_nothing_else(client):
    page = make()
    head = client.head(f"/artifacts/{page.pk}.html")
    assert (head.status_code, head.content) == (200, b"")
    assert "sandbox" in head["Content-Security-Policy"]
    assert client.post(f"/artifacts/{page.pk}.html").status_code == 405


@pytest.mark.parametrize("who", ["charlie", "dana", None])
def test_a_persons_page_is_opened_by_that_person_alone(client, alice, who, request):
    page = make(owner=alice)
    if who:
        client.force_login(request.getfixturevalue(who))
    assert client.get(f"/artifacts/{page.pk}.html").status_code == 404
    client.force_login(alice)
    assert client.get(f"/artifacts/{page.pk}.html").status_code == 200


def test_a_visitors_page_is_opened_with_the_visitors_cookie(client, visitor):
    page = make(visitor=visitor)
    assert client.get(f"/artifacts/{page.pk}.html").status_code == 404
    client.cookies[VISITOR_COOKIE] = issue_visitor_token(visitor)
    response = client.get(f"/artifacts/{page.pk}.html")
    assert (response.status_code, len(response.cookies)) == (200, 0)


def test_a_signed_link_opens_one_page_for_a_day(client, alice, monkeypatch):
    page, other = make(owner=alice), make(owner=alice)
    link = link_to(page)
    assert client.get(link).status_code == 200
    assert client.get(link.replace(page.pk, other.pk)).status_code == 404
    assert client.get(link[:-1] + ("A" if link[-1] != "A" else "B")).status_code == 404
    later = (timezone.now() + timedelta(seconds=LINK_SECONDS + 60)).timestamp()
    monkeypatch.setattr(signing.time, "time", lambda: later)
    assert client.get(link).status_code == 404


@pytest.mark.parametrize("key", ["", "x", ":", "a:b:c", "%00", "é", "1" * 10_000])
def test_a_forged_key_opens_nothing(client, alice, key):
    assert client.get(f"/artifacts/{make(owner=alice).pk}.html?key={key}").status_code == 404


@pytest.mark.parametrize(
    "path", ["x", "..%2fx", "0" * 11, "0" * 13, "G" * 12, "000000000000", "000000000000%0a", "%D9%A3" * 12]
)
def test_what_is_no_id_is_404(client, path):
    assert client.get(f"/artifacts/{path}.html").status_code == 404


def test_guessing_is_429_and_another_address_is_not_touched(client, alice):
    page, hers = make(), make(owner=alice)
    for number in range(30):
        assert client.get(f"/artifacts/{number:012x}.html").status_code == 404
    refused = client.get(f"/artifacts/{page.pk}.html")
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert Client(REMOTE_ADDR="203.0.113.9").get(f"/artifacts/{page.pk}.html").status_code == 200
    assert client.get(link_to(hers)).status_code == 200
    client.force_login(alice)
    assert client.get(f"/artifacts/{hers.pk}.html").status_code == 200


def test_a_page_at_its_largest_is_served(client):
    page = make(html="<p>ж</p>" * 7000, css="/*" + "x" * 39_000 + "*/", js="//" + "ж" * 79_000)
    response = client.get(f"/artifacts/{page.pk}.html")
    assert response.status_code == 200
    assert len(response.content) > 200_000
