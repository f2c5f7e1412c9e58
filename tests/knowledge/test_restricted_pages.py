"""Who opens the page of a document that is not for everybody."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from knowledge.citing import key_for, link_to
from knowledge.models import Document
from knowledge.services import unpublish_document
from knowledge.services.documents import describe
from tests.conftest import make_user
from tests.knowledge.conftest import publish

pytestmark = pytest.mark.django_db
PAGE = "/guide/borscht"


def opens(path: str, user=None) -> bool:
    client = Client()
    if user:
        client.force_login(user)
    return client.get(path).status_code == 200


@pytest.fixture
def clerk(db):
    person = make_user("clerk", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_document"))
    return person


@pytest.mark.parametrize(
    ("scopes", "anonymous", "logged_in", "staff"),
    [
        ([], True, True, True),
        (["assistant"], False, True, True),
        (["widget"], False, False, True),
        (["widget:7", "assistant"], False, True, True),
        (["desk"], False, False, True),
    ],
)
def test_the_audience_decides(borscht, charlie, clerk, scopes, anonymous, logged_in, staff):
    describe(borscht, scopes=scopes)
    assert (opens(PAGE), opens(PAGE, charlie), opens(PAGE, clerk)) == (anonymous, logged_in, staff)


def test_staff_without_the_right_to_view_are_readers(borscht):
    describe(borscht, scopes=["desk"])
    assert not opens(PAGE, make_user("porter", is_staff=True))


def test_the_link_of_a_citation_opens_it_for_anybody(borscht):
    describe(borscht, scopes=["widget:7"])
    borscht.refresh_from_db()
    link = link_to(borscht, scope="widget:7")
    assert "key=" in link
    assert opens(link)


def test_a_key_opens_nothing_else(borscht):
    other = publish("shchi", title="Щи", scopes=["widget:7"])
    describe(borscht, scopes=["widget:7"])
    key = key_for(borscht, "widget:7")
    assert opens(f"{PAGE}?key={key}")
    assert not opens(f"/guide/{other.slug}?key={key}")
    for wrong in ("", "nonsense", "widget:7~forged", key.replace("widget:7", "widget:8"), f"{key}x"):
        assert not opens(f"{PAGE}?key={wrong}")


def test_a_key_ends_with_its_audience_and_with_the_publication(borscht):
    describe(borscht, scopes=["widget:7"])
    key = key_for(borscht, "widget:7")
    describe(borscht, scopes=["widget:8"])
    assert not opens(f"{PAGE}?key={key}")
    describe(borscht, scopes=["widget:7"])
    unpublish_document(Document.objects.get(pk=borscht.pk))
    assert not opens(f"{PAGE}?key={key}")


def test_it_is_never_listed(client, borscht, charlie, dana):
    describe(borscht, scopes=["assistant"])
    publish("stew", title="Рагу", body="Рагу.")
    for user in (None, charlie, dana):
        if user:
            client.force_login(user)
        page = client.get("/guide/", headers={"accept-language": "ru"}).content.decode()
        assert "Рагу" in page
        assert "Борщ" not in page


def test_it_is_nobodys_neighbour_or_twin(client):
    publish("a", title="А", position=1, source="x/ru/a.md", scopes=["assistant"])
    publish("b", title="Б", position=2, source="x/ru/b.md")
    publish("b-en", title="B", language="en", source="x/en/b.md", scopes=["assistant"])
    page = client.get("/guide/b").content.decode()
    assert "/guide/a" not in page
    assert "/guide/b-en" not in page


def test_it_is_kept_by_no_cache_and_no_search_engine(client, borscht, charlie):
    describe(borscht, scopes=["assistant"])
    client.force_login(charlie)
    response = client.get(PAGE)
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
    assert response["X-Robots-Tag"] == "noindex"
    assert "not for everybody" in response.content.decode()
    open_page = client.get(f"/guide/{publish('open', title='Щи').slug}")
    assert "X-Robots-Tag" not in open_page
