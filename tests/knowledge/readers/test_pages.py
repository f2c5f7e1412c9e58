"""Web pages."""

import pytest

from knowledge.readers import ReadingError, read
from tests.knowledge.readers.samples import PAGE, PAGE_MARKDOWN


def page(html: str, **options: str) -> str:
    return read(html.encode(), name="page.html", **options).markdown


@pytest.mark.parametrize("charset", ["utf-8", "windows-1251", "koi8-r"])
def test_a_page_is_what_its_main_part_says(charset):
    reading = read(PAGE.format(charset=charset).encode(charset, "xmlcharrefreplace"), name="return.html")
    assert reading.markdown == PAGE_MARKDOWN
    assert (reading.title, reading.language, reading.notes) == ("Возврат товара", "ru", ("pictures_left_out",))


def test_the_encoding_is_found_when_it_is_not_declared_or_declared_wrongly():
    html = "<title>Цены</title><p>Цены на хлеб выросли.</p>"
    assert read(html.encode("koi8-r"), name="a.html").markdown == "Цены на хлеб выросли."
    assert read(html.encode("cp1251"), name="a", content_type="text/html; charset=windows-1251").title == "Цены"
    assert page(f'<meta charset="windows-1251">{html}') == "Цены на хлеб выросли."


def test_a_page_without_a_main_part_is_cleared_of_what_surrounds_it():
    html = (
        "<title>Guide — Site</title><div id=top-menu><a href=/>Home</a></div>"
        "<div class='cookieConsent'>We use cookies</div>"
        "<div class='content-with-sidebar'><p>The words.</p><div class='sidebar'>Links</div> after <p>More.</p></div>"
        "<div role=contentinfo>© Site</div><div style='display: none'>hidden</div>"
    )
    reading = read(html.encode(), name="a.html")
    assert (reading.title, reading.markdown) == ("Guide — Site", "The words.\n\nafter\n\nMore.")


def test_headers_of_articles_stay_and_those_of_pages_go():
    html = "<header>Shop</header><article><header><h1>Title</h1></header><p>Text.</p></article>"
    assert page(html) == "# Title\n\nText."


def test_tables_for_layout_are_read_as_text():
    html = "<table><tr><td><p>One.</p><table><tr><th>a<th>b<tr><td>1<td>2</table></table>"
    assert page(html) == "One.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |"


def test_names_down_the_left_side_of_a_table_are_cells():
    html = "<table><tr><th>Name<td>Ann<tr><th>Cities<td><ul><li>Kazan<li>Moscow</ul></table>"
    assert page(html) == "|  |  |\n| --- | --- |\n| Name | Ann |\n| Cities | Kazan; Moscow |"


def test_links_without_a_place_to_go_are_words():
    html = "<p><a href='javascript:alert(1)'>a</a> <a href='#b'>b</a> <a name=c>c</a> <a href='/d e'>d</a>"
    html += " <a href=f.html>f</a></p>"
    assert page(html) == "a b c d [f](f.html)"


def test_blocks_within_links_and_words_between_blocks_are_kept():
    assert (
        page("<a href=/x><div>Card</div><p>text</p></a> tail <section>end</section>") == "Card\n\ntext\n\ntail\n\nend"
    )


def test_definitions_and_details_keep_their_names():
    html = "<dl><dt>Term<dd>Meaning</dl><details><summary>Why?</summary>Because.</details>"
    assert page(html) == "**Term**\n\nMeaning\n\n**Why?**\n\nBecause."


@pytest.mark.parametrize(
    ("html", "code"),
    [
        ("<html><script>x</script></html>", "empty"),
        ("<p><img src=a.png></p>", "no_text"),
        ("<div>" * 100_000 + "x", "broken"),
        ("<table><tr><td>" * 5_000 + "x", "broken"),
        ("<!-- nothing -->", "empty"),
    ],
)
def test_pages_without_words_are_errors(html, code):
    with pytest.raises(ReadingError) as caught:
        page(html)
    assert caught.value.code == code


@pytest.mark.parametrize("tag", ["div", "b", "blockquote", "ul><li", "span"])
def test_deep_nesting_is_read_as_words(tag):
    assert "x" in page(f"<{tag}>" * 800 + "x")


def test_characters_that_no_document_may_hold_are_dropped():
    assert page("<p>a&#1;b&#31;c<script>x</script>d&#2;e</p><pre>f&#3;g</pre>") == "abcde\n\n```\nfg\n```"


def test_huge_spans_make_no_huge_tables():
    markdown = page("<table><tr><td colspan=99999999 rowspan=99999999>a<td>b" + "<tr><td>c" * 20 + "</table>")
    assert len(markdown) < 100_000
