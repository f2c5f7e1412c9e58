"""Which pages a sitemap names, in all its forms, and what is refused."""

import gzip
import tracemalloc
from datetime import UTC, datetime

import pytest

from integrations.http import OutgoingError
from knowledge.web import sitemap
from knowledge.web.locations import plain
from knowledge.web.sitemap import SitemapError, addresses, entries_of, unpacked
from tests.knowledge.web.conftest import SITE

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def index(*urls):
    rows = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f'<?xml version="1.0"?><sitemapindex xmlns="{NAMESPACE}">{rows}</sitemapindex>'


def urlset(*urls):
    rows = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return f'<urlset xmlns="{NAMESPACE}">{rows}</urlset>'


def urls(path="/sitemap.xml", most=100):
    return [url.removeprefix(SITE) for url, _ in addresses(SITE + path, most=most)]


def test_an_index_leads_to_packed_sitemaps_and_plain_lists(site):
    names = ["/one.xml.gz", "/two.txt", "/broken.xml", "/nowhere.xml"]
    site.file("/sitemap.xml", index(*(SITE + name for name in names)))
    site.file("/one.xml.gz", gzip.compress(urlset(f"{SITE}/a", f" {SITE}/b?x=1&amp;y=2#part ").encode()))
    site.file("/two.txt", f"{SITE}/c\r\nnonsense\r\n{SITE}/a\r\n")
    site.file("/broken.xml", "<urlset><url>")
    assert urls() == ["/a", "/b?x=1&y=2", "/c"]


def test_the_time_of_the_last_change_is_read(site):
    times = ["2026-03-01", "2026-03-01T10:00:00+03:00", "2026-03-01T10:00Z", "yesterday", "2026-99-99", ""]
    rows = "".join(f"<url><loc>{SITE}/{n}</loc><lastmod>{time}</lastmod></url>" for n, time in enumerate(times))
    found = [entry.changed for entry in entries_of(f"<urlset>{rows}</urlset>".encode())]
    assert found[:3] == [
        datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 3, 1, 7, tzinfo=UTC),
        datetime(2026, 3, 1, 10, tzinfo=UTC),
    ]
    assert found[3:] == [None, None, None]


def test_the_root_of_a_site_is_asked_for_its_sitemaps(site):
    site.file("/robots.txt", f"User-agent: *\nSitemap: {SITE}/deep/map.xml\n", "text/plain")
    site.file("/deep/map.xml", urlset(f"{SITE}/a"))
    assert urls("") == urls("/") == ["/a"]


def test_a_site_that_names_no_sitemap_has_it_in_the_usual_place(site):
    site.file("/sitemap.xml", urlset(f"{SITE}/a"))
    assert urls("/") == ["/a"]


def test_only_pages_of_the_site_are_taken(site):
    own = ["http://docs.example.net/a", "https://www.docs.example.net/b", "http://new.docs.example.net/c"]
    foreign = [
        "http://example.net/d",
        "http://docs.example.net.evil.org/e",
        "ftp://docs.example.net/f",
        "/g",
        "mailto:h",
    ]
    site.file("/sitemap.xml", urlset(*own, *foreign))
    assert [url for url, _ in addresses(f"{SITE}/sitemap.xml", most=100)] == own


def test_sitemaps_of_other_sites_are_not_fetched(site):
    site.file("/sitemap.xml", index("http://inside.example.net/map.xml", f"{SITE}/own.xml"))
    site.file("/own.xml", urlset(f"{SITE}/a"))
    assert urls() == ["/a"]
    assert site.names.asked.count("inside.example.net") == 0


def test_a_sitemap_that_leads_into_a_private_network_is_refused(site):
    site.redirect("/sitemap.xml", "http://inside.example.net/map.xml")
    with pytest.raises(OutgoingError) as refused:
        urls()
    assert refused.value.code == "internal"


def test_no_more_than_wanted_is_read(site):
    site.file("/sitemap.xml", index(f"{SITE}/one.xml", f"{SITE}/two.xml"))
    site.file("/one.xml", urlset(*(f"{SITE}/{n}" for n in range(50))))
    assert urls(most=3) == ["/0", "/1", "/2"]
    assert "/two.xml" not in site.asked


def test_indexes_may_go_round_in_circles_and_deep(site):
    site.file("/sitemap.xml", index(f"{SITE}/sitemap.xml", f"{SITE}/2.xml"))
    site.file("/2.xml", index(f"{SITE}/3.xml"))
    site.file("/3.xml", index(f"{SITE}/4.xml"))
    site.file("/4.xml", urlset(f"{SITE}/too-deep"))
    with pytest.raises(SitemapError, match="no_pages"):
        urls()
    assert site.asked == ["/sitemap.xml", "/2.xml", "/3.xml"]


def test_the_number_of_files_is_bounded(site, monkeypatch):
    monkeypatch.setattr(sitemap, "MOST_FILES", 5)
    site.file("/sitemap.xml", index(*(f"{SITE}/{n}.xml" for n in range(50))))
    for number in range(50):
        site.file(f"/{number}.xml", urlset(f"{SITE}/page-{number}"))
    assert len(urls()) == 4


@pytest.mark.parametrize("declared", ["", f' xmlns="{NAMESPACE}"'])
def test_entities_are_refused(declared, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("http://docs.example.net/secret")
    for entity in (f'SYSTEM "file://{secret}"', '"http://docs.example.net/x"', f'SYSTEM "{SITE}/x"'):
        text = f"<!DOCTYPE r [<!ENTITY x {entity}>]><urlset{declared}><url><loc>&x;</loc></url></urlset>"
        with pytest.raises(SitemapError, match="bad_sitemap"):
            entries_of(text.encode())


def test_a_bomb_of_entities_does_not_go_off():
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]><urlset><url><loc>&l9;</loc></url></urlset>'
    tracemalloc.start()
    with pytest.raises(SitemapError):
        entries_of(text.encode())
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_a_packed_bomb_does_not_go_off(monkeypatch):
    monkeypatch.setattr(sitemap, "MOST_BYTES", 100_000)
    with pytest.raises(SitemapError, match="big_sitemap"):
        unpacked(gzip.compress(bytes(1_000_000)))
    assert len(unpacked(gzip.compress(bytes(100_000)))) == 100_000


@pytest.mark.parametrize(
    "content",
    [b"", b"\x1f\x8bnonsense", gzip.compress(b"<urlset></urlset>", mtime=0)[:-9],
     b"<html><body>Not found</body></html>", b"just words", b"<urlset>", b"\x00\x01\x02", b"<rss/>"],
)  # fmt: skip
def test_what_is_no_sitemap_is_said_to_be_none(content):
    with pytest.raises(SitemapError, match="bad_sitemap"):
        entries_of(content)


def test_a_sitemap_in_another_encoding_is_read():
    text = f'<?xml version="1.0" encoding="windows-1251"?><urlset><url><loc>{SITE}/страница</loc></url></urlset>'
    assert [entry.url for entry in entries_of(text.encode("windows-1251"))] == [plain(f"{SITE}/страница")]
