"""Workers die and compete; every visit ends, and no page is fetched twice in one."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from knowledge.indexing.leases import LeaseLost
from knowledge.indexing.work import work_all
from knowledge.models import Document, WebPage, WebSource
from knowledge.services import publish_document
from knowledge.web import keeping, leases, listing
from knowledge.web import visit as visits
from knowledge.web.leases import claim_source, hold, let_go
from knowledge.web.pages import fetch_page
from knowledge.web.services import change_source, remove_source, visit_now
from knowledge.web.visit import visit_next
from tests.knowledge.web.conftest import SITE, add, visit

PAGES = ("/a", "/b", "/c")


class Killed(BaseException):
    """What ends a worker passes every `except Exception`."""


@pytest.fixture
def three_pages(site):
    for path in PAGES:
        site.page(path, f"This is page {path}.")
    site.sitemap(*(SITE + path for path in PAGES))
    return site


def killed(*_, **__):
    raise Killed


def lease_runs_out():
    WebSource.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db
def test_an_interrupted_visit_goes_on_where_it_was(three_pages, monkeypatch):
    source = add()
    with monkeypatch.context() as patch:
        patch.setattr(keeping, "free_slug", _dies_at("b"))
        with pytest.raises(Killed):
            visit(source)
    assert not visit_next()
    source.refresh_from_db()
    assert (source.state, source.done, source.total) == ("fetching", 1, 3)
    lease_runs_out()
    visit(source)
    assert three_pages.pages_asked() == ["/sitemap.xml", "/a", "/b", "/b", "/c"]
    assert (source.state, source.done, Document.objects.count()) == ("idle", 3, 3)


def _dies_at(name):
    def free_slug(words):
        if words == name:
            raise Killed
        return words

    return free_slug


@pytest.mark.django_db
def test_a_worker_that_dies_after_publishing_leaves_no_second_document(three_pages, monkeypatch):
    source = add("/a")

    with monkeypatch.context() as patch:
        patch.setattr(keeping, "note", killed)
        with pytest.raises(Killed):
            visit(source)
    lease_runs_out()
    visit(source)
    assert Document.objects.count() == 1
    assert WebPage.objects.get().document == Document.objects.get()


@pytest.mark.django_db
def test_a_worker_that_dies_while_it_lists_begins_the_list_again(three_pages, monkeypatch):
    source = add()

    with monkeypatch.context() as patch:
        patch.setattr(listing, "addresses", killed)
        with pytest.raises(Killed):
            visit(source)
    lease_runs_out()
    assert visit(source).total == 3


@pytest.mark.django_db
def test_a_page_that_we_cannot_cope_with_does_not_end_the_visit(three_pages, monkeypatch):
    def free_slug(words):
        if words == "b":
            raise RuntimeError
        return words

    monkeypatch.setattr(keeping, "free_slug", free_slug)
    source = visit(add())
    assert source.state == "idle"
    assert dict(WebPage.objects.values_list("url", "error")) == {
        f"{SITE}/a": "",
        f"{SITE}/b": "fault",
        f"{SITE}/c": "",
    }


@pytest.mark.django_db
def test_a_worker_whose_lease_was_taken_changes_nothing_more(site):
    add("/a")
    slow = claim_source()
    lease_runs_out()
    other = claim_source()
    assert other is not None
    for change in (hold, let_go):
        with pytest.raises(LeaseLost):
            change(slow, error="too late")
    hold(other, done=1)
    assert WebSource.objects.get().error == ""


@pytest.mark.django_db
def test_a_website_that_is_removed_during_its_visit_leaves_nothing_behind(three_pages, monkeypatch):
    source = add("/a")

    def removed(*args, **values):
        remove_source(source, with_documents=True)
        return fetch_page(*args, **values)

    monkeypatch.setattr(visits, "fetch_page", removed)
    work_all()
    assert not Document.objects.exists()
    assert not WebSource.objects.exists()


@pytest.mark.django_db
def test_a_website_that_is_switched_off_rests_and_goes_on_later(three_pages):
    source = add()
    assert visit_next()
    change_source(source, enabled=False)
    assert not visit_next()
    change_source(source, enabled=True)
    assert visit(source).state == "idle"


@pytest.mark.django_db
def test_a_visit_can_be_asked_for(three_pages):
    source = visit(add("/a"))
    assert not visit_next()
    visit_now(source)
    assert visit(source).state == "idle"
    assert three_pages.asked.count("/a") == 2


@pytest.mark.django_db
def test_two_workers_never_visit_a_website_at_once(site, monkeypatch):
    source = add("/a")
    quicker, looks = [], []

    def due():
        looks.append(None)
        if len(looks) == 2:
            # Between the look of one worker and its claim comes another one.
            quicker.append(claim_source())
        return original()

    original = leases.due
    monkeypatch.setattr(leases, "due", due)
    assert claim_source() is None
    assert quicker == [source]


@pytest.mark.django_db(transaction=True)
def test_a_host_gets_one_request_at_a_time(site):
    """The server itself is the second worker, while it answers the first one."""
    meanwhile = []

    def answer(path):
        def respond():
            asked = len(site.asked)
            try:
                worked = visit_next()
            finally:
                connection.close()
            meanwhile.append((worked, len(site.asked) - asked))
            return 200, {"Content-Type": "text/markdown"}, f"This is page {path}.".encode()

        return respond

    for path in PAGES:
        site.answers[path] = answer(path)
        add(path)
    while WebSource.objects.exclude(done=1).exists() and len(meanwhile) <= len(PAGES):
        # Nobody waits for the pauses.
        lease_runs_out()
        visit_next()
    assert (True, 0) in meanwhile
    assert {requests for _, requests in meanwhile} == {0}
    assert Document.objects.count() == len(PAGES)


@pytest.mark.django_db
def test_a_host_that_is_busy_is_left_alone_for_a_moment(site):
    site.page("/a", "Apples are red.")
    source, other = add("/a"), add("/b")
    assert leases.take_host(other.url, other)
    WebSource.objects.filter(pk=other.pk).update(enabled=False)
    assert visit_next()
    assert not visit_next()
    assert site.asked == []
    leases.leave_host(other.url, other)
    lease_runs_out()
    assert visit(source).state == "idle"


@pytest.mark.django_db
def test_two_workers_never_write_into_one_document(site, monkeypatch):
    site.page("/a", "Apples are red.")
    other = publish_document(slug="a", title="Other", language="en", body="Something else.")
    slugs = ["a", "a-2"]
    monkeypatch.setattr(keeping, "free_slug", lambda words: slugs.pop(0))
    assert visit(add("/a")).state == "idle"
    other.refresh_from_db()
    assert other.title == "Other"
    assert Document.objects.get(slug="a-2").title == "Apples are red."


@pytest.mark.django_db
def test_an_audience_that_was_narrowed_meanwhile_counts(site, monkeypatch):
    site.page("/a", "Apples are red.")
    source = add("/a")

    def narrowed(*args, **values):
        change_source(source, scopes=["desk"])
        return fetch_page(*args, **values)

    monkeypatch.setattr(visits, "fetch_page", narrowed)
    assert visit_next() and visit_next()
    assert Document.objects.get().restricted
