"""What visits make of the pages of a website."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from knowledge.models import Document, Tag, WebPage
from knowledge.search import search
from knowledge.services import delete_document, publish_document, unpublish_document
from knowledge.web.services import change_source, remove_source
from tests.knowledge.web.conftest import SITE, add, again, document, visit

pytestmark = pytest.mark.django_db


def found(words: str, scope: str = "") -> list[str]:
    return [passage.title for passage in search(words, language="en", scope=scope).passages]


def test_a_page_becomes_a_document_with_its_origin(site):
    site.html("/help/refunds.html", "<main><h1>Refunds</h1><p>Refunds take fourteen days.</p></main>")
    source = visit(add("/help/refunds.html"))
    assert (source.state, source.error, source.done, source.total) == ("idle", "", 1, 1)
    kept = Document.objects.get()
    assert (kept.title, kept.slug, kept.language, kept.format) == ("Refunds", "help-refunds", "en", "html")
    assert (kept.address, kept.collection) == (f"{SITE}/help/refunds.html", "docs.example.net")
    assert kept.source.startswith("web:docs.example.net/")
    assert kept.seen_at and kept.published
    assert found("refunds take fourteen days") == ["Refunds"]


def test_all_pages_of_a_sitemap_are_visited_once(site):
    site.page("/a", "Apples are red.")
    site.page("/b", "Bananas are yellow.")
    site.sitemap(f"{SITE}/a", f"{SITE}/b", f"{SITE}/a#part", "https://elsewhere.example.org/c")
    source = visit(add())
    assert site.pages_asked() == ["/sitemap.xml", "/a", "/b"]
    assert source.total == Document.objects.count() == 2
    assert timedelta(hours=23) < source.next_at - timezone.now() < timedelta(hours=26)


def test_an_unchanged_page_is_only_seen(site):
    site.page("/a", "Apples are red.", ETag='"one"')
    source = visit(add("/a"))
    before = document("/a")
    passages = list(before.chunks.values_list("pk", flat=True))
    again(source)
    after = document("/a")
    assert site.headers["/a"]["if-none-match"] == '"one"'
    assert (after.edition, after.updated_at) == (before.edition, before.updated_at)
    assert list(after.chunks.values_list("pk", flat=True)) == passages
    assert after.seen_at > before.seen_at
    page: Any = WebPage.objects.get()
    assert page.changed_at < page.seen_at


def test_a_page_with_the_same_text_is_unchanged_whatever_its_server_says(site):
    site.page("/a", "Apples are red.")
    source = visit(add("/a"))
    edition = document("/a").edition
    site.page("/a", "Apples are red.", ETag='"new"')
    again(source)
    assert document("/a").edition == edition
    assert WebPage.objects.get().etag == '"new"'


def test_a_changed_page_replaces_its_passages(site):
    site.page("/a", "Apples are red.", ETag='"one"')
    source = visit(add("/a"))
    site.page("/a", "Kangaroos are brown.", ETag='"two"')
    again(source)
    assert Document.objects.count() == 1
    assert found("kangaroos") == ["Kangaroos are brown."]
    assert found("red apples") == []


def test_a_page_that_is_missing_twice_leaves_search_and_comes_back(site):
    site.page("/a", "Apples are red.", ETag='"one"')
    source = visit(add("/a"))
    site.status("/a", 404)
    again(source)
    assert found("apples") == ["Apples are red."]
    assert WebPage.objects.get().error == source.error == "missing"
    again(source)
    assert found("apples") == []
    assert WebPage.objects.get().error == "gone"
    site.page("/a", "Apples are red.", ETag='"one"')
    again(source)
    assert found("apples") == ["Apples are red."]
    assert (source.state, WebPage.objects.get().error) == ("idle", "")
    assert Document.objects.count() == 1


def test_one_success_between_two_misses_counts(site):
    site.page("/a", "Apples are red.")
    source = visit(add("/a"))
    site.status("/a", 404)
    again(source)
    site.page("/a", "Apples are red.")
    again(source)
    site.status("/a", 404)
    again(source)
    assert document("/a").published


def test_a_page_that_is_gone_for_good_leaves_at_once(site):
    site.page("/a", "Apples are red.")
    source = visit(add("/a"))
    site.status("/a", 410)
    again(source)
    assert not document("/a").published


def test_what_staff_withdrew_stays_withdrawn(site):
    site.page("/a", "Apples are red.")
    source = visit(add("/a"))
    unpublish_document(document("/a"))
    site.page("/a", "Apples are green.")
    again(source)
    assert not document("/a").published
    assert source.state == "idle"


def test_a_deleted_document_is_made_again(site):
    site.page("/a", "Apples are red.", ETag='"one"')
    source = visit(add("/a"))
    delete_document(document("/a"))
    again(source)
    assert found("apples") == ["Apples are red."]


def test_what_staff_wrote_stays_until_the_page_changes(site):
    site.page("/a", "Apples are red.")
    source = visit(add("/a"))
    kept = document("/a")
    publish_document(slug=kept.slug, title="Apples", language="en", body="Pears, too.", source=kept.source)
    again(source)
    assert document("/a").title == "Apples"
    site.page("/a", "Apples are green.")
    again(source)
    assert document("/a").title == "Apples are green."


def test_documents_have_the_language_tags_and_audience_of_their_website(site):
    site.page("/a", "Apples are red.")
    source = visit(add("/a", language="ru", tags=["Fruit", " fruit salad "], scopes=["desk"]))
    kept = document("/a")
    assert (kept.language, kept.restricted) == ("ru", True)
    assert set(kept.tags.values_list("name", flat=True)) == {"Fruit", "fruit salad"}
    assert (found("apples"), found("apples", "desk")) == ([], ["Apples are red."])
    change_source(source, tags=["Food"], scopes=[])
    assert Tag.objects.filter(documents=kept).get().name == "Food"
    assert found("apples") == ["Apples are red."]


def test_another_language_is_taken_over_by_the_next_visit(site):
    site.page("/a", "Apples are red.", ETag='"one"')
    source = visit(add("/a"))
    change_source(source, language="ru")
    visit(source)
    assert document("/a").language == "ru"
    assert site.headers["/a"]["accept-language"].startswith("ru")


def test_relative_links_lead_to_the_site(site):
    site.html("/docs/a", "<h1>A</h1><p>See <a href='../b?x=1'>the other page</a> and <a href='#top'>above</a>.</p>")
    visit(add("/docs/a"))
    assert f"[the other page]({SITE}/b?x=1)" in document("/docs/a").body


def test_a_page_is_the_document_of_one_website_only(site):
    site.page("/a", "Apples are red.")
    site.sitemap(f"{SITE}/a")
    visit(add("/a"))
    source = visit(add())
    assert Document.objects.count() == 1
    assert (source.state, source.error) == ("failed", "elsewhere")


def test_a_redirect_to_another_listed_page_makes_no_second_document(site):
    site.page("/new", "Apples are red.")
    site.redirect("/old", "/new")
    site.sitemap(f"{SITE}/old", f"{SITE}/new")
    visit(add())
    assert Document.objects.get().address == f"{SITE}/new"
    assert WebPage.objects.get(url=f"{SITE}/old").error == "moved"


def test_a_page_of_a_sitemap_that_leads_to_a_foreign_site_is_not_taken(site):
    site.page("/login", "Log in")
    site.page("/a", "Apples are red.")
    site.redirect("/account", "http://example.org/login")
    site.sitemap(f"{SITE}/account", f"{SITE}/a")
    visit(add())
    assert Document.objects.get().address == f"{SITE}/a"
    assert WebPage.objects.get(url=f"{SITE}/account").error == "left"


def test_a_page_that_leads_elsewhere_for_a_while_keeps_its_document(site):
    site.page("/a", "Apples are red.")
    site.page("/closed", "Closed for today.")
    site.sitemap(f"{SITE}/a")
    source = visit(add())
    site.redirect("/a", "http://example.org/closed")
    again(source)
    assert document("/a").published
    assert source.error == "left"


def test_pages_that_the_sitemap_forgets_live_as_long_as_they_answer(site):
    site.page("/a", "Apples are red.")
    site.page("/b", "Bananas are yellow.")
    site.sitemap(f"{SITE}/a", f"{SITE}/b")
    source = visit(add())
    site.sitemap(f"{SITE}/b")
    again(source)
    assert document("/a").published
    site.status("/a", 410)
    again(source)
    assert not document("/a").published


def test_there_are_never_more_pages_than_wanted(site):
    for name in "abcd":
        site.page(f"/{name}", f"Page {name}.")
    site.sitemap(*(f"{SITE}/{name}" for name in "abc"))
    source = visit(add(most_pages=2))
    assert sorted(WebPage.objects.values_list("url", flat=True)) == [f"{SITE}/a", f"{SITE}/b"]
    site.sitemap(*(f"{SITE}/{name}" for name in "cd"))
    again(source)
    assert sorted(WebPage.objects.values_list("url", flat=True)) == [f"{SITE}/c", f"{SITE}/d"]
    assert not document("/a").published
    assert source.total == 2


def test_pages_that_have_not_changed_by_the_sitemap_are_left_alone(site):
    site.page("/a", "Apples are red.")
    site.sitemap(f"{SITE}/a", changed="2020-01-01")
    source = visit(add())
    again(source)
    assert site.asked.count("/a") == 1
    assert (source.state, source.done, source.total) == ("idle", 1, 1)
    site.sitemap(f"{SITE}/a", changed="2100-01-01T00:00:00Z")
    again(source)
    assert site.asked.count("/a") == 2


def test_a_sitemap_is_not_believed_forever(site):
    site.page("/a", "Apples are red.")
    site.sitemap(f"{SITE}/a", changed="2020-01-01")
    source = visit(add())
    WebPage.objects.update(seen_at=timezone.now() - timedelta(days=8))
    again(source)
    assert site.asked.count("/a") == 2


def test_a_website_that_comes_back_finds_its_documents(site):
    site.page("/a", "Apples are red.")
    source = visit(add("/a"))
    assert remove_source(source, with_documents=False) == 1
    assert document("/a").published
    visit(add("/a"))
    assert Document.objects.count() == 1
    assert WebPage.objects.get().document == document("/a")
