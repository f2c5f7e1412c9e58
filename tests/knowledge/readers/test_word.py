"""Word documents."""

import pytest

from knowledge.readers import ReadingError, read
from tests.knowledge.readers.samples import WORD, archive, file, paragraph, word

RULES = """# Правила возврата

Товар можно вернуть в течение **14 дней**, если он не был в употреблении.

# Что взять с собой

- Чек
- Паспорт
  - серия и номер
- Заявление

## Как вернуть

1. Заполните заявление.
2. Отдайте товар продавцу.

Подробности — на [нашем сайте](https://example.com/returns).

# Сроки

| Товар | Срок дней | Срок часов |
| --- | --- | --- |
| Обувь | 14 | 1 |
| Обувь | 30 | 2 |"""
OUTLINE = '<w:outlineLvl w:val="1"/>'
ITEM = '<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>'
LEVEL = '<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{form}"/></w:lvl>'
BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'


def markdown(data: bytes) -> str:
    return read(data, name="a.docx").markdown


def test_a_document_is_read_with_its_headings_lists_links_and_merged_cells():
    reading = read(file("rules.docx"), name="x.docx")
    assert reading.markdown == RULES
    assert (reading.title, reading.language, reading.notes) == ("Правила возврата", "ru", ())


def test_numbers_go_on_after_an_interruption_and_levels_nest():
    levels = LEVEL.format(level=0, form="decimal") + LEVEL.format(level=1, form="bullet")
    numbering = (
        f'<w:numbering xmlns:w="{WORD}"><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )
    items = [("one", 0), ("inner", 1), ("two", 0)]
    body = "".join(paragraph(text, ITEM.format(level=level)) for text, level in items)
    body += paragraph("between") + paragraph("three", ITEM.format(level=0))
    assert markdown(word(body, numbering=numbering)) == "1. one\n   - inner\n2. two\n\nbetween\n\n3. three"


def test_footnotes_stand_below_their_paragraph():
    body = '<w:p><w:r><w:t>Text</w:t><w:footnoteReference w:id="2"/></w:r></w:p>' + paragraph("Next.")
    notes = f'<w:footnotes xmlns:w="{WORD}"><w:footnote w:id="2">{paragraph("The note.")}</w:footnote></w:footnotes>'
    assert markdown(word(body, footnotes=notes)) == "Text[1]\n\n[1] The note.\n\nNext."


def test_what_was_deleted_or_hidden_is_not_read():
    body = (
        "<w:p><w:r><w:t>Kept</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t> added</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r></w:p>"
    )
    assert markdown(word(body)) == "Kept added"


def test_a_bold_word_in_several_runs_is_one():
    runs = "".join(f"<w:r><w:rPr><w:b/></w:rPr><w:t>{part}</w:t></w:r>" for part in ("Switch", "board"))
    assert markdown(word(f"<w:p>{runs}</w:p>")) == "**Switchboard**"


def test_outline_levels_are_headings_without_styles():
    assert markdown(word(paragraph("Part", OUTLINE) + paragraph("# text"))) == "## Part\n\n\\# text"


def test_entities_are_harmless():
    body = "<w:p><w:r><w:t>one &b; two &c;</w:t></w:r></w:p>"
    text = markdown(word(body, BOMB))
    assert "root" not in text
    assert "hahaha" not in text


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"no archive", "broken"),
        (file("rules.docx")[:5000], "broken"),
        (archive({"readme.txt": "x"}), "broken"),
        (archive({"word/document.xml": "<w:document"}), "broken"),
        (word(""), "empty"),
        (word("<w:p><w:r><w:drawing><pic/></w:drawing></w:r></w:p>"), "no_text"),
        (word("<w:p>" * 5000 + "</w:p>" * 5000), "broken"),
        (word("<w:tbl><w:tr><w:tc>" * 70 + "</w:tc></w:tr></w:tbl>" * 70), "broken"),
        (archive({"word/document.xml": b" " * 20_000_000}), "too_big"),
    ],
)
def test_what_is_no_whole_document_is_an_error(data, code):
    with pytest.raises(ReadingError) as caught:
        markdown(data)
    assert caught.value.code == code
