"""Adding, changing and removing websites."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from knowledge.models import Document, WebPage, WebSource
from knowledge.web.services import add_source, change_source, remove_source
from tests.knowledge.web.conftest import SITE, add, document, visit

pytestmark = pytest.mark.django_db


def test_a_new_website_is_due_at_once():
    source = add()
    assert (source.state, source.enabled) == ("idle", True)
    assert abs(timezone.now() - source.next_at) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://127.0.0.1/"),
        ("url", "http://10.0.0.1/a"),
        ("url", "http://localhost/a"),
        ("url", "ftp://example.org/"),
        ("url", "https://me:secret@example.org/"),
        ("url", "nonsense"),
        ("url", ""),
        ("url", "http://example.org:22/"),
        ("name", ""),
        ("kind", "gopher"),
        ("language", "tlh"),
        ("every_hours", 0),
        ("every_hours", 24 * 91),
        ("most_pages", 0),
        ("most_pages", 20_001),
    ],
)
def test_nonsense_is_refused_by_field(field, value):
    with pytest.raises(ValidationError) as refused:
        add_source(**{"name": "Docs", "url": f"{SITE}/a"} | {field: value})
    assert set(refused.value.message_dict) == {field}
    assert not WebSource.objects.exists()


def test_a_bad_change_changes_nothing(site):
    source = add()
    with pytest.raises(ValidationError):
        change_source(source, name="Other", url="http://10.0.0.1/", tags=["x"])
    source.refresh_from_db()
    assert (source.name, source.tags.count()) == ("Docs", 0)


def test_another_page_takes_the_place_of_the_former_one(site):
    site.page("/a", "Apples are red.")
    site.page("/b", "Bananas are yellow.")
    source = visit(add("/a"))
    change_source(source, url=f"{SITE}/b")
    assert not document("/a").published
    visit(source)
    assert list(WebPage.objects.values_list("url", flat=True)) == [f"{SITE}/b"]
    assert document("/b").published


def test_a_page_that_becomes_a_sitemap_keeps_its_document(site):
    site.page("/a", "Apples are red.")
    site.sitemap(f"{SITE}/a")
    source = visit(add("/a"))
    change_source(source, url=f"{SITE}/sitemap.xml", kind="sitemap")
    visit(source)
    assert Document.objects.get().published
    assert source.total == 1


def test_pages_that_are_gone_and_no_longer_named_are_forgotten(site):
    site.page("/a", "Apples are red.")
    site.page("/b", "Bananas are yellow.")
    site.sitemap(f"{SITE}/a", f"{SITE}/b")
    source = visit(add())
    site.status("/a", 410)
    change_source(source, every_hours=12)
    visit(source)
    site.sitemap(f"{SITE}/b")
    change_source(source, every_hours=24)
    visit(source)
    assert list(WebPage.objects.values_list("url", flat=True)) == [f"{SITE}/b"]
    site.page("/a", "Apples are back.")
    site.sitemap(f"{SITE}/a", f"{SITE}/b")
    change_source(source, every_hours=12)
    visit(source)
    assert document("/a").published
    assert Document.objects.count() == 2


def test_removing_a_website_with_its_documents_removes_them(site):
    site.page("/a", "Apples are red.")
    source = visit(add("/a"))
    assert remove_source(source, with_documents=True) == 1
    assert not Document.objects.exists()
    assert not WebPage.objects.exists()
