"""What goes wrong is said, what was there stays, and the next try comes later each time."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from knowledge.choices import WebSourceState
from knowledge.models import Document, WebPage, WebSource
from knowledge.web.texts import explain
from tests.knowledge.web.conftest import SITE, add, again, document, visit

pytestmark = pytest.mark.django_db


def error_of(source):
    return explain(source.error, source.url)


def test_a_redirect_into_a_private_network_is_refused(site):
    site.redirect("/a", "http://inside.example.net/secrets?token=tidal")
    source = visit(add("/a"))
    assert (source.state, source.error) == ("failed", "internal")
    assert "private network" in error_of(source)
    assert "inside" not in error_of(source) + WebPage.objects.get().error
    assert ("10.0.0.7", 80) not in site.network.connects
    assert not Document.objects.exists()


@pytest.mark.parametrize("target", ["http://127.0.0.1/", "http://169.254.169.254/latest", "file:///etc/passwd"])
def test_a_redirect_to_where_nobody_should_go_is_refused(site, target):
    site.redirect("/a", target)
    source = visit(add("/a"))
    assert source.state == "failed"
    assert {host for host, _ in site.network.connects} == {"93.184.215.14"}


def test_a_page_that_is_too_big_is_not_taken(site):
    site.page("/a", "Apples are red.", Content_Length=str(30 * 1024 * 1024))
    site.policy = {"max_bytes": 20 * 1024 * 1024}
    source = visit(add("/a"))
    assert source.error == "too_large"
    assert error_of(source)


def test_a_page_that_is_no_text_is_not_taken(site):
    site.file("/a.png", b"\x89PNG\r\n\x1a\n" + bytes(100), "image/png")
    source = visit(add("/a.png"))
    assert source.error == "unknown_format"
    assert "cannot be read" in error_of(source)


def test_a_page_that_never_comes_is_given_up(site):
    site.answers["/a"] = lambda: (site.over.wait(30), (200, {}, b"late"))[1]
    site.page("/robots.txt", "")
    site.policy = {"total_seconds": 0.5}
    source = visit(add("/a"))
    assert source.error == "timeout"
    assert error_of(source) == "docs.example.net did not answer in time."


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_other_statuses_are_said_and_the_document_stays(site, status):
    site.page("/a", "Apples are red.", ETag='"one"')
    source = visit(add("/a"))
    site.status("/a", status)
    again(source)
    assert source.state == "failed"
    assert str(status) in error_of(source)
    assert document("/a").published
    site.page("/a", "Apples are red.", ETag='"one"')
    assert again(source).state == "idle"
    assert WebPage.objects.get().error == ""


def test_an_unknown_host_is_said(site):
    source = visit(add(url="https://nowhere.example.net/a", kind="page"))
    assert error_of(source) == "The name nowhere.example.net cannot be found."


def test_one_bad_page_does_not_fail_a_whole_website(site):
    site.page("/a", "Apples are red.")
    site.sitemap(f"{SITE}/a", f"{SITE}/b")
    source = visit(add())
    assert (source.state, source.error) == ("idle", "")
    assert WebPage.objects.get(url=f"{SITE}/b").error == "missing"


def test_a_sitemap_that_cannot_be_had_leaves_all_documents(site):
    site.page("/a", "Apples are red.")
    site.sitemap(f"{SITE}/a")
    source = visit(add())
    for answer in [(404, {}, b""), (500, {}, b""), (200, {}, b"<html>"), (200, {}, b"<urlset></urlset>")]:
        site.answers["/sitemap.xml"] = answer
        again(source)
        assert source.state == "failed"
        assert error_of(source)
        assert document("/a").published
        assert WebPage.objects.count() == 1


def test_a_dead_server_is_not_asked_for_every_page(site):
    paths = [f"/page-{number}" for number in range(20)]
    site.sitemap(*(SITE + path for path in paths))
    for path in paths:
        site.status(path, 503)
    source = visit(add())
    assert (source.state, source.error) == ("failed", "status_503")
    assert len(site.pages_asked()) == 6


def test_a_fault_of_ours_is_said_too(site, monkeypatch):
    monkeypatch.setattr("knowledge.web.visit.list_pages", lambda source: 1 / 0)
    source = visit(add())
    assert (source.state, source.error) == ("failed", "fault")
    assert "our side" in error_of(source)


def test_the_next_try_comes_later_each_time(site):
    source = visit(add("/a", every_hours=2))
    pauses = [source.next_at - source.visited_at]
    for _ in range(4):
        # As if the pause were over just now.
        begun = timezone.now() - pauses[-1]
        WebSource.objects.filter(pk=source.pk).update(visited_at=begun, next_at=begun + pauses[-1])
        visit(source)
        pauses.append(source.next_at - source.visited_at)
    minutes = [pause / timedelta(minutes=1) for pause in pauses]
    assert minutes == [15, 30, 60, 120, 120]


def test_a_success_ends_the_failure(site):
    source = visit(add("/a"))
    assert source.state == WebSourceState.FAILED
    site.page("/a", "Apples are red.")
    again(source)
    assert (source.state, source.error) == ("idle", "")


def test_errors_are_told_in_the_readers_language(site):
    with translation.override("ru"):
        assert explain("too_big", SITE) != "too_big"
    assert explain("", SITE) == ""
