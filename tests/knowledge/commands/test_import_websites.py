"""Pages and sitemaps, imported once."""

import pytest
from django.core.management import CommandError

from knowledge.models import Document
from tests.knowledge.commands.conftest import imported
from tests.knowledge.web.conftest import SITE, site  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture
def docs(site):  # noqa: F811
    site.page("/help/returns", "Returns take two weeks.", title="Returns")
    site.page("/ru/delivery", "Доставка занимает три дня.", title="Доставка")
    site.sitemap(f"{SITE}/help/returns", f"{SITE}/ru/delivery")
    return site


def test_the_pages_of_a_sitemap_are_imported(docs):
    assert imported(f"{SITE}/sitemap.xml") == "2 new, 0 changed, 0 unchanged, 0 failed, 0 removed"
    returns = Document.objects.get(title="Returns")
    assert (returns.address, returns.source) == (f"{SITE}/help/returns", "docs.example.net/help/returns")
    assert Document.objects.get(title="Доставка").language == "ru"
    assert imported(f"{SITE}/sitemap.xml") == "0 new, 0 changed, 2 unchanged, 0 failed, 0 removed"


def test_the_root_of_a_site_stands_for_its_sitemap(docs):
    assert imported(SITE).startswith("2 new")


def test_changed_pages_are_replaced_and_missing_ones_taken_out_when_asked(docs):
    imported(SITE)
    docs.page("/help/returns", "Returns take three weeks.", title="Returns")
    docs.sitemap(f"{SITE}/help/returns")
    assert imported(SITE, "--prune") == "0 new, 1 changed, 0 unchanged, 0 failed, 1 removed"
    assert not Document.objects.get(title="Доставка").published


def test_one_page_says_nothing_about_the_others(docs):
    imported(SITE)
    assert imported(f"{SITE}/help/returns", "--prune").startswith("0 new, 0 changed, 1 unchanged, 0 failed, 0 removed")
    assert imported(f"{SITE}/help/returns", "--collection", "shop", "--tag", "x").startswith("1 new")


def test_a_page_that_is_not_there_is_reported_and_its_document_stays(docs):
    imported(SITE)
    docs.status("/help/returns", 500)
    with pytest.raises(CommandError, match="imported: 1"):
        imported(SITE, "--prune")
    assert Document.objects.filter(published=True).count() == 2


@pytest.mark.parametrize("url", ["http://", "http://inside.example.net/page", "http://nowhere.example.net/sitemap.xml"])
def test_an_address_that_leads_nowhere_or_inside_is_refused(docs, url):
    with pytest.raises(CommandError, match="imported: 1"):
        imported(url)
    assert not Document.objects.exists()
