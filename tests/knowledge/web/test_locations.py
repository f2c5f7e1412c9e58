"""Addresses have one spelling, and sites have borders."""

import pytest

from knowledge.models import Document
from knowledge.web.locations import host_of, plain, same_site, words_of
from tests.knowledge.web.conftest import SITE, add, visit


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (" HTTP://Example.ORG ", "http://example.org/"),
        ("https://example.org/a#part", "https://example.org/a"),
        ("https://example.org/a?b=1&c=2#", "https://example.org/a?b=1&c=2"),
        ("http://пример.рф/а б", "http://xn--e1afmkfd.xn--p1ai/%D0%B0%20%D0%B1"),
        ("http://example.org/%7Ea", "http://example.org/%7Ea"),
        ("ftp://example.org/", ""),
        ("/a", ""),
        ("", ""),
        ("nonsense", ""),
        ("http://\x00", ""),
        ("http://example.org/" + "a" * 2000, ""),
    ],
)
def test_an_address_has_one_spelling(url, expected):
    assert plain(url) == expected
    assert plain(expected) == expected


def test_hosts_are_read_in_their_own_letters():
    assert host_of("http://xn--e1afmkfd.xn--p1ai/") == host_of("http://Пример.рф") == "пример.рф"
    assert host_of("http://xn--0000000/") == host_of("/a") == ""


@pytest.mark.parametrize(
    ("url", "other", "expected"),
    [
        ("http://example.org/a", "https://www.example.org/sitemap.xml", True),
        ("http://docs.example.org/a", "https://www.example.org/", True),
        ("http://example.org/a", "https://docs.example.org/", False),
        ("http://example.org.evil.net/", "http://example.org/", False),
        ("http://notexample.org/", "http://example.org/", False),
        ("nonsense", "nonsense", False),
        ("http://xn--e1afmkfd.xn--p1ai/", "http://пример.рф/", True),
    ],
)
def test_a_site_is_a_host_and_what_is_below_it(url, other, expected):
    assert same_site(url, other) is expected


def test_the_path_makes_the_slug():
    assert words_of(f"{SITE}/docs/refunds.html?x=1") == "docs refunds"
    assert words_of(f"{SITE}/%D0%BE%20%D0%BD%D0%B0%D1%81/") == "о нас"
    assert words_of(SITE) == ""


@pytest.mark.django_db
def test_russian_addresses_are_visited_like_others(site):
    site.names.table["xn--e1afmkfd.xn--p1ai"] = site.names.table["docs.example.net"]
    site.page("/%D0%BE-%D0%BD%D0%B0%D1%81", "Мы печём пироги.")
    site.sitemap("http://пример.рф/о-нас", "http://xn--e1afmkfd.xn--p1ai/%D0%BE-%D0%BD%D0%B0%D1%81")
    source = visit(add(url="http://пример.рф/sitemap.xml"))
    assert (source.state, source.total) == ("idle", 1)
    kept = Document.objects.get()
    assert (kept.slug, kept.collection, kept.language) == ("o-nas", "пример.рф", "ru")
