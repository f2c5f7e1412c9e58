"""What a site asks of us is done."""

import pytest
from django.utils import timezone

from knowledge.models import Document, WebPage, WebSource
from knowledge.tasks import work
from knowledge.web.pages import State, fetch_page
from knowledge.web.robots import LONGEST_PAUSE, Rules, rules_for
from knowledge.web.visit import visit_next
from tests.knowledge.web.conftest import SITE, add, visit


def robots(site, text):
    site.file("/robots.txt", text, "text/plain")


@pytest.mark.django_db
def test_a_forbidden_page_is_not_fetched(site):
    robots(site, "User-agent: *\nDisallow: /private\n")
    site.page("/private/a", "Secret.")
    site.page("/b", "Bananas.")
    site.sitemap(f"{SITE}/private/a", f"{SITE}/b")
    visit(add())
    assert site.pages_asked() == ["/sitemap.xml", "/b"]
    assert WebPage.objects.get(url=f"{SITE}/private/a").error == "robots"
    assert Document.objects.count() == 1


def test_rules_for_us_count_for_more_than_those_for_all(site):
    robots(site, "User-agent: Switchboard\nDisallow: /a\n\nUser-agent: *\nDisallow: /\n")
    site.page("/b", "Bananas.")
    assert fetch_page(f"{SITE}/a").error == "robots"
    assert fetch_page(f"{SITE}/b").state == State.READ


def test_a_redirect_does_not_lead_past_the_rules(site):
    robots(site, "User-agent: *\nDisallow: /private\n")
    site.page("/private", "Secret.")
    site.redirect("/a", "/private")
    found = fetch_page(f"{SITE}/a")
    assert (found.error, found.reading) == ("robots", None)


@pytest.mark.parametrize("status", [404, 403, 401])
def test_a_site_without_rules_allows_everything(site, status):
    site.status("/robots.txt", status)
    site.page("/a", "Apples.")
    assert fetch_page(f"{SITE}/a").state == State.READ


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_site_that_cannot_say_its_rules_is_left_alone(site, status):
    site.status("/robots.txt", status)
    site.page("/a", "Apples.")
    assert fetch_page(f"{SITE}/a").error == f"status_{status}"
    assert "/a" not in site.asked


@pytest.mark.parametrize("text", ["<html>Not found</html>", "\x00\x01", "User-agent", "Disallow: /\n" * 10])
def test_nonsense_forbids_nothing(site, text):
    robots(site, text)
    site.page("/a", "Apples.")
    assert fetch_page(f"{SITE}/a").state == State.READ


def test_rules_are_asked_for_once(site):
    site.page("/a", "Apples.")
    for _ in range(3):
        fetch_page(f"{SITE}/a")
    assert site.asked.count("/robots.txt") == 1


def test_pauses_are_kept_within_reason(site):
    robots(site, "User-agent: *\nCrawl-delay: 2.5\n")
    assert rules_for(SITE).pause == 2.5
    assert Rules("User-agent: *\nCrawl-delay: 86400\n").pause == LONGEST_PAUSE
    assert Rules("User-agent: *\nCrawl-delay: soon\n").pause == Rules("").pause == 0


@pytest.mark.django_db
def test_a_pause_is_made_after_each_page_and_somebody_is_woken_then(site, monkeypatch):
    woken = []
    monkeypatch.setattr(work, "apply_async", lambda **options: woken.append(options["countdown"]))
    robots(site, "User-agent: *\nCrawl-delay: 10\n")
    for path in "ab":
        site.page(f"/{path}", f"Page {path}.")
    site.sitemap(f"{SITE}/a", f"{SITE}/b")
    source = add()
    rules_for(SITE)
    assert visit_next() and not visit_next()
    source.refresh_from_db()
    assert 8 < (source.lease_until - timezone.now()).total_seconds() <= 10
    assert woken == [10.0]
    # Another website of the same host waits, too.
    other = add("/b")
    assert visit_next()
    other.refresh_from_db()
    assert other.done == 0 and WebSource.objects.get(pk=other.pk).lease_until
    assert site.pages_asked() == ["/sitemap.xml"]
