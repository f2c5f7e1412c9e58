"""Who is let in, at every route."""

import pytest

from knowledge.models import Document, OpenQuestion
from knowledge.services import unpublish_document
from knowledge.services.questions import note_unanswered
from tests.knowledge.api.conftest import ROOT, as_user, one, with_key

pytestmark = pytest.mark.django_db

TEXT = {"title": "Pay", "body": "Monthly.", "language": "en"}


@pytest.fixture
def routes(borscht):
    """Method, address, body, what somebody who is just logged in gets, and the key's scope that is needed."""
    note_unanswered("Где мой велосипед?", language="ru")
    question = OpenQuestion.objects.get()
    return [
        ("get", f"{ROOT}/search?q=борщ", None, 200, "knowledge:read"),
        ("post", f"{ROOT}/search", {"query": "борщ"}, 200, "knowledge:read"),
        ("post", f"{ROOT}/feedback", {"query": "x", "document": "borscht", "helpful": True}, 201, "knowledge:read"),
        ("get", f"{ROOT}/status", None, 403, "knowledge:read"),
        ("get", f"{ROOT}/questions", None, 403, "knowledge:read"),
        ("post", f"{ROOT}/questions/{question.pk}/dismiss", None, 403, "knowledge:write"),
        ("post", f"{ROOT}/questions/{question.pk}/answer", {"document": str(borscht.pk)}, 403, "knowledge:write"),
        ("get", f"{ROOT}/documents", None, 200, "knowledge:read"),
        ("post", f"{ROOT}/documents", TEXT, 403, "knowledge:write"),
        ("post", f"{ROOT}/documents/upload", None, 403, "knowledge:write"),
        ("get", one(borscht), None, 200, "knowledge:read"),
        ("get", one(borscht, "/status"), None, 200, "knowledge:read"),
        ("get", one(borscht, "/text"), None, 200, "knowledge:read"),
        ("get", one(borscht, "/original"), None, 404, "knowledge:read"),
        ("get", one(borscht, "/chunks"), None, 200, "knowledge:read"),
        ("get", one(borscht, "/versions"), None, 403, "knowledge:read"),
        ("patch", one(borscht), {"title": "Mine"}, 403, "knowledge:write"),
        ("post", one(borscht, "/publish"), None, 403, "knowledge:write"),
        ("post", one(borscht, "/unpublish"), None, 403, "knowledge:write"),
        ("post", one(borscht, "/versions/1/restore"), None, 403, "knowledge:write"),
        ("delete", one(borscht), None, 403, "knowledge:write"),
    ]


def status_of(client, method, url, body):
    form = "multipart" if url.endswith("/upload") else "json"
    if method == "get":
        return client.get(url).status_code
    return getattr(client, method)(url, body, format=form).status_code


def test_nobody_in_particular_is_refused(routes):
    for method, url, body, _expected, _scope in routes:
        for address in (url, url if "?" in url else f"{url}/"):
            assert status_of(as_user(None), method, address, body) == 401, url


def test_an_outsider_reads_what_is_published_and_changes_nothing(routes, charlie, borscht):
    before = Document.objects.values().get()
    for method, url, body, expected, _scope in routes:
        assert status_of(as_user(charlie), method, url, body) == expected, (method, url)
    assert Document.objects.values().get() == before
    assert OpenQuestion.objects.get().state == "open"


def test_visitors_are_refused(routes, visitor):
    for method, url, body, _expected, _scope in routes:
        assert status_of(as_user(visitor), method, url, body) == 403, url


def test_a_key_needs_the_scope_of_the_route(routes, dana):
    other = {"knowledge:read": "knowledge:write", "knowledge:write": "knowledge:read"}
    clients = {scope: with_key(dana, scope) for scope in other}
    for method, url, body, _expected, scope in routes:
        assert status_of(clients[other[scope]], method, url, body) == 403, (method, url)
        assert status_of(clients[scope], method, url, body) in {200, 201, 204, 404, 422}, (method, url)


def test_a_key_may_no_more_than_its_user(routes, charlie):
    client = with_key(charlie, "knowledge:read", "knowledge:write")
    for method, url, body, expected, _scope in routes:
        assert status_of(client, method, url, body) == expected, (method, url)


def test_staff_without_the_right_to_change_only_look(routes, clerk):
    for method, url, body, _expected, scope in routes:
        status = status_of(as_user(clerk), method, url, body)
        assert status == 403 if scope == "knowledge:write" else status in {200, 201, 404}, (method, url)


def test_what_is_not_published_is_not_there_for_ordinary_people(borscht, charlie, clerk):
    unpublish_document(borscht)
    for rest in ("", "/status", "/text", "/original", "/chunks"):
        assert as_user(charlie).get(one(borscht, rest)).status_code == 404, rest
        assert as_user(clerk).get(one(borscht, rest)).status_code == (404 if rest == "/original" else 200), rest
    assert as_user(charlie).get(f"{ROOT}/documents").json() == {"documents": [], "total": 0}
