"""Documents over REST: the list, one document, and writing."""

import pytest

from knowledge.models import Document, Revision
from knowledge.search import search
from knowledge.services.revisions import newest_number
from tests.knowledge.api.conftest import ROOT, as_user, one, with_key
from tests.knowledge.conftest import publish

pytestmark = pytest.mark.django_db
LIST = f"{ROOT}/documents"
TEXT = {"title": "Отпуск", "body": "# Отпуск\n\nОтпуск длится двадцать восемь дней.\n", "language": "ru"}


def titles(answer):
    return [document["title"] for document in answer.json()["documents"]]


def test_the_list_is_paged_and_in_the_order_of_the_guide(charlie):
    for number in (3, 1, 2):
        publish(f"d-{number}", title=f"D{number}", position=number)
    client = as_user(charlie)
    assert titles(client.get(LIST)) == ["D1", "D2", "D3"]
    assert titles(client.get(LIST, {"skip": 1, "limit": 1})) == ["D2"]
    assert client.get(LIST, {"skip": 5}).json() == {"documents": [], "total": 3}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"language": "en"}, ["Stew"]),
        ({"tag": "soups"}, ["Борщ"]),
        ({"collection": "other"}, ["Stew"]),
        ({"q": "БОР"}, ["Борщ"]),
        ({"q": "ste"}, ["Stew"]),
        ({"published": "false"}, ["Draft"]),
        ({"published": "true", "state": "ready"}, ["Stew", "Борщ"]),
        ({"state": "failed"}, []),
    ],
)
def test_the_list_is_filtered(clerk, query, found):
    publish(tags=["soups"])
    publish("stew", title="Stew", language="en", source="other/en/stew.md")
    Document.objects.create(slug="d", title="Draft", language="ru", body="x", published=False)
    assert sorted(titles(as_user(clerk).get(LIST, query))) == found


@pytest.mark.parametrize(
    ("query", "field"),
    [({"limit": 201}, "limit"), ({"skip": -1}, "skip"), ({"state": "x"}, "state"), ({"published": "x"}, "published")],
)
def test_nonsense_in_the_address_is_named(charlie, query, field):
    answer = as_user(charlie).get(LIST, query)
    assert answer.status_code == 422 and answer.json()["detail"].startswith(f"{field}: ")


def test_the_list_takes_a_few_queries_and_no_text(charlie, django_assert_num_queries):
    for number in range(8):
        publish(f"d-{number}", tags=["a", "b"], scopes=["assistant"] if number % 2 else [])
    with django_assert_num_queries(4) as queries:
        assert as_user(charlie).get(LIST).json()["total"] == 8
    assert not any('"body"' in query["sql"] for query in queries)


def test_a_document_says_what_it_is_and_where_its_page_is(charlie, borscht):
    body = as_user(charlie).get(one(borscht)).json()
    assert (body["url"], body["collection"], body["version"]) == ("/guide/borscht", "test", 1)
    assert body["updated_at"].endswith("Z") and "body" not in body


def test_a_text_becomes_a_document_that_is_found(staff):
    answer = with_key(staff, "knowledge:write").post(
        LIST, TEXT | {"tags": ["pay", "pay"], "scopes": ["assistant"]}, format="json"
    )
    assert answer.status_code == 201
    body = answer.json()
    assert (body["slug"], body["published"], body["tags"], body["scopes"]) == ("otpusk", True, ["pay"], ["assistant"])
    assert search("сколько длится отпуск", scope="assistant").answered
    assert not search("сколько длится отпуск").answered
    assert Revision.objects.get().author == staff


def test_a_draft_is_kept_and_not_found(staff):
    answer = as_user(staff).post(LIST, TEXT | {"publish": False, "slug": "leave"}, format="json")
    assert (answer.json()["slug"], answer.json()["published"]) == ("leave", False)
    assert not search("сколько длится отпуск").answered


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"body": "  "}, "body"),
        ({"body": "a\x00"}, "body"),
        ({"language": "fr"}, "language"),
        ({"slug": "two words"}, "slug"),
        ({"slug": "borscht"}, "slug"),
        ({"position": -1}, "position"),
        ({"position": 40_000}, "position"),
        ({"tags": ["x" * 51]}, "tags.0"),
        ({"tags": "x"}, "tags"),
        ({"scopes": ["everyone"]}, "scopes"),
        ({"publish": "perhaps"}, "publish"),
    ],
)
def test_a_bad_document_is_refused_and_nothing_is_written(staff, borscht, values, field):
    answer = as_user(staff).post(LIST, TEXT | values, format="json")
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(f"{field}: ")
    assert Document.objects.count() == 1


def test_only_what_is_named_is_changed(staff, borscht):
    answer = as_user(staff).patch(one(borscht), {"body": "# Борщ\n\nБорщ подают со сметаной.\n"}, format="json")
    assert (answer.status_code, answer.json()["title"], answer.json()["version"]) == (200, "Борщ", 2)
    assert search("борщ со сметаной", language="ru").answered
    assert not search("сколько варить капусту", language="ru").answered
    assert Revision.objects.get(number=2).author == staff


def test_tags_and_audience_are_changed_without_a_new_version(staff, borscht):
    body = as_user(staff).patch(one(borscht), {"tags": ["soups"], "scopes": ["assistant"]}, format="json").json()
    assert (body["tags"], body["scopes"], body["version"]) == (["soups"], ["assistant"], 1)
    assert not search("сколько варить капусту").answered


def test_a_draft_stays_a_draft_when_it_is_changed(staff):
    made = as_user(staff).post(LIST, TEXT | {"publish": False}, format="json").json()
    answer = as_user(staff).patch(f"{LIST}/{made['id']}", {"title": "Каникулы"}, format="json")
    assert (answer.json()["title"], answer.json()["published"], answer.json()["version"]) == ("Каникулы", False, 2)


def test_who_has_seen_an_older_version_is_told_the_present_one(staff, borscht):
    publish(body="# Борщ\n\nДругой.\n")
    answer = as_user(staff).patch(one(borscht), {"body": "Моё.", "version": 1, "tags": ["x"]}, format="json")
    assert answer.status_code == 409 and answer.json()["version"] == 2
    borscht.refresh_from_db()
    assert borscht.body == "# Борщ\n\nДругой.\n" and not borscht.tags.exists()
    assert as_user(staff).patch(one(borscht), {"body": "Моё.", "version": 2}, format="json").status_code == 200
    assert newest_number(borscht) == 3


@pytest.mark.parametrize(
    ("values", "field"),
    [({"title": ""}, "title"), ({"body": ""}, "body"), ({"language": "x"}, "language"), ({"version": -1}, "version"),
     ({"scopes": ["widget:nobody"]}, "scopes")],
)  # fmt: skip
def test_a_bad_change_is_refused(staff, borscht, values, field):
    answer = as_user(staff).patch(one(borscht), values, format="json")
    assert answer.status_code == 422 and answer.json()["detail"].startswith(f"{field}: ")


def test_a_deleted_document_is_gone_from_the_search(staff, borscht):
    assert as_user(staff).delete(one(borscht)).status_code == 204
    assert not search("сколько варить капусту").answered
    assert as_user(staff).get(one(borscht)).status_code == 404


def test_a_document_is_taken_off_the_site_and_put_back(staff, borscht):
    client = as_user(staff)
    assert client.post(one(borscht, "/unpublish")).json()["published"] is False
    assert not search("сколько варить капусту").answered
    assert client.post(one(borscht, "/publish")).json()["published"] is True
    assert search("сколько варить капусту").answered


def test_a_document_without_a_text_is_not_published(staff):
    empty = Document.objects.create(slug="empty", title="Empty", language="en", body="", published=False)
    answer = as_user(staff).post(one(empty, "/publish"))
    assert answer.status_code == 409 and "no text" in answer.json()["detail"]


def test_versions_are_listed_and_one_is_taken_back(staff, borscht, django_assert_num_queries):
    for number in range(4):
        publish(title=f"Щи {number}")
    client = as_user(staff)
    staff.has_perm("knowledge.view_document")
    with django_assert_num_queries(3):
        body = client.get(one(borscht, "/versions"), {"limit": 2}).json()
    assert body["total"] == 5
    assert [row["number"] for row in body["versions"]] == [5, 4]
    answer = client.post(one(borscht, "/versions/1/restore"))
    assert (answer.json()["title"], answer.json()["version"]) == ("Борщ", 6)
    assert client.get(one(borscht, "/versions")).json()["versions"][0]["author"] == "olga"
    assert client.post(one(borscht, "/versions/99/restore")).status_code == 404
