"""Who finds what: audiences, filters, and links that open what was cited."""

import pytest
from django.test import Client

from knowledge.citing import link_to, opens
from knowledge.indexing.work import work_all
from knowledge.models import Document
from knowledge.scopes import EVERYBODY, STAFF
from knowledge.search import Filters, search
from knowledge.services.documents import describe, publish_document

pytestmark = pytest.mark.django_db

SCOPES = {"open": [], "team": ["assistant"], "shop": ["widget:7"], "sites": ["widget"], "both": ["assistant", "desk"]}


@pytest.fixture
def base(db):
    for slug, scopes in SCOPES.items():
        body = f"The kettle of {slug} boils water."
        publish_document(slug=slug, title=slug.title(), language="en", body=body, source="", scopes=scopes)
    work_all()


def found(scope: str = EVERYBODY, **filters: object) -> set[str]:
    result = search("kettle", scope=scope, language="en", limit=20, everything=True, filters=Filters(**filters))
    return {passage.document for passage in result.passages}


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (EVERYBODY, {"open"}),
        ("assistant", {"open", "team", "both"}),
        ("desk", {"open", "both"}),
        ("desk:5", {"open", "both"}),
        ("widget:7", {"open", "shop", "sites"}),
        ("widget:8", {"open", "sites"}),
        ("widget", {"open", "sites"}),
        ("nonsense", {"open"}),
        (STAFF, set(SCOPES)),
    ],
)
def test_each_scope_finds_what_is_for_it(base, scope, seen):
    assert found(scope) == seen


def test_a_changed_audience_holds_at_once(base):
    describe(Document.objects.get(slug="open"), scopes=["desk"])
    assert found() == set()
    assert "open" in found("desk")
    describe(Document.objects.get(slug="team"), scopes=[])
    assert found() == {"team"}


def test_filters_narrow(base):
    publish_document(
        slug="russian",
        title="Чайник",
        language="ru",
        body="Kettle по-русски.",
        source="shop/ru/a.md",
        tags=["tea", "new"],
    )
    work_all()
    assert found(language="ru") == {"russian"}
    assert found(tags=("tea",)) == found(tags=("tea", "new")) == found(collection="shop") == {"russian"}
    assert found(tags=("tea", "old")) == set()
    assert found(document="open") == {"open"}
    assert found(without="shop") == {"open"}


def test_a_scope_that_sees_little_finds_it_among_much_that_is_nearer(db):
    for number in range(70):
        body = f"The copper kettle number {number} boils water."
        publish_document(slug=f"k{number}", title="Kettle", language="en", body=body, source="", scopes=["desk"])
    body = "A teapot is warmed first."
    publish_document(slug="mine", title="Tea", language="en", body=body, source="", scopes=["assistant"])
    work_all()
    result = search("boiling kettles", scope="assistant", language="en", everything=True)
    assert [passage.document for passage in result.passages] == ["mine"]


def test_what_a_restricted_citation_links_to_opens_for_whoever_has_the_link(base):
    passage = next(
        passage
        for passage in search("kettle shop", scope="widget:7", language="en").passages
        if passage.document == "shop"
    )
    client = Client()
    path = passage.url.partition("#")[0]
    assert client.get(path).status_code == 200
    assert client.get("/guide/shop").status_code == 404
    assert client.get(path + "x").status_code == 404
    describe(Document.objects.get(slug="shop"), scopes=["desk"])
    assert client.get(path).status_code == 404


def test_a_link_of_one_document_opens_no_other(base):
    team, shop = Document.objects.get(slug="team"), Document.objects.get(slug="shop")
    key = link_to(shop, scope="widget:7").partition("key=")[2]
    assert not opens(key, team)
    assert "key" not in link_to(shop, scope=STAFF)
    assert "key" not in link_to(Document.objects.get(slug="open"), scope="widget:7")


def test_a_document_for_some_is_at_no_moment_for_all(base, monkeypatch):
    seen: list[set[str]] = []
    describe_later = publish_document.__globals__["describe"]

    def looking(document, **values):
        seen.append(found())
        describe_later(document, **values)

    monkeypatch.setitem(publish_document.__globals__, "describe", looking)
    body = "The kettle of the desk boils water."
    publish_document(slug="new", title="New", language="en", body=body, source="", scopes=["desk"])
    assert seen == [{"open"}]
    assert "new" in found("desk")
