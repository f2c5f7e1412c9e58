# ruff: noqa: E501 - paragraphs are lines
"""PDF files."""

import re

import pytest

from knowledge.readers import Place, ReadingError, read
from knowledge.readers.pdf.hyphens import joined, words_of
from tests.knowledge.readers.samples import file

PRICES = """# Price list

All prices are in euros and include delivery within the city limits on working days, and they hold until the end of the month.

| Item | Price | Stock |
| --- | --- | --- |
| Bread | 1.20 | 14 |
| Milk | 0.95 | 8 |
| Goat cheese | 6.40 | 3 |

Orders are taken:

- by phone
- by mail, if the order is sent before noon and the goods are in stock on that day, in which case it is confirmed within an hour
- in person

Thank you."""
COLUMNS = """# Правила магазина

Эти правила действуют во всех магазинах сети с первого января 2026 года.

## 1. Возврат, часть 1

Пункт 1. Товар надлежащего качества можно вернуть в течение четырнадцати дней после покупки, если сохранены упаковка и чек.

Пункт 2. Для этого заполните заявление на сайте или в любом магазине сети. Сотрудник проверит покупку и примет решение в тот же день.
"""


def test_a_page_is_read_with_its_heading_table_and_list():
    reading = read(file("prices.pdf"), name="prices.pdf")
    assert reading.markdown == PRICES
    assert (reading.title, reading.language, reading.notes) == ("Price list", "en", ())
    assert reading.places == (Place(0, "page-1", "1"),)


def test_columns_are_read_one_after_the_other_without_running_heads():
    reading = read(file("columns.pdf"), name="x.pdf")
    assert reading.markdown.startswith(COLUMNS)
    assert "Ромашка" not in reading.markdown
    assert (reading.title, reading.language) == ("Правила магазина", "ru")
    numbers = [int(number) for number in re.findall(r"(?:Пункт|Clause) (\d+)\.", reading.markdown)]
    assert numbers == list(range(1, 33))


def test_words_cut_at_the_ends_of_lines_are_whole():
    markdown = read(file("columns.pdf"), name="x.pdf").markdown
    assert not re.search(r"\w-\s|\xad|\ufffe|\x02", markdown)
    assert markdown.count("unauthorised repairs") == markdown.count("workmanship for twenty-four months") == 8


def test_pages_are_places():
    reading = read(file("columns.pdf"), name="x.pdf")
    lines = reading.markdown.split("\n")
    assert [(place.anchor, place.label) for place in reading.places] == [("page-1", "1"), ("page-2", "2")]
    assert reading.places[0].line == 0
    assert lines[reading.places[1].line].startswith("Clause")


def test_a_paragraph_over_two_pages_is_one_and_the_second_begins_on_a_line_of_its_own():
    reading = read(file("two-pages.pdf"), name="x.pdf")
    paragraphs = reading.markdown.split("\n\n")
    assert len(paragraphs) == 3
    second = reading.markdown.split("\n")[reading.places[1].line]
    assert paragraphs[1].endswith(second)
    assert paragraphs[1].replace("\n", " ").count("goes on and on") == 60


def test_what_may_only_not_be_changed_can_be_read():
    assert read(file("print-only.pdf"), name="x.pdf").markdown == PRICES


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (file("locked.pdf"), "encrypted"),
        (file("scan.pdf"), "no_text"),
        (file("prices.pdf")[:20_000], "broken"),
        (b"%PDF-1.7\nnothing\n%%EOF", "broken"),
        (b"no pdf", "broken"),
    ],
)
def test_what_cannot_be_read_is_an_error(data, code):
    with pytest.raises(ReadingError) as caught:
        read(data, name="x.pdf")
    assert caught.value.code == code


def test_pictures_alone_are_said_to_be_pictures():
    with pytest.raises(ReadingError, match="pictures only"):
        read(file("scan.pdf"), name="scan.pdf")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("воз-", "врат товара", "возврат товара"),
        ("кто-", "то пришёл", "кто-то пришёл"),
        ("из-", "за угла", "из-за угла"),
        ("по-", "русски", "по-русски"),
        ("по-", "купка", "покупка"),
        ("twenty-", "four", "twenty-four"),
        ("pur-", "chase", "purchase"),
        ("Saint-", "Petersburg", "Saint-Petersburg"),
        ("8-800-", "555", "8-800-555"),
        ("one", "two", "one two"),
        ("this -", "that", "this - that"),
    ],
)
def test_hyphens_are_kept_where_they_belong(first, second, expected):
    assert joined(first, second, words_of(["only twenty-four of them"])) == expected
