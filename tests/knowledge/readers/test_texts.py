"""Plain text and Markdown: their encodings, and what stays of their form."""

import pytest

from knowledge.readers import ReadingError, read
from knowledge.readers.encoding import encoding_of

RUSSIAN = "Съешь ещё этих мягких французских булок, да выпей чаю."


def text_of(data: bytes, name: str = "note.txt") -> str:
    return read(data, name=name).markdown


WORDS = ["Да", "Привет", "Где чек?", "Вопрос;Ответ", "Ещё не всё", "№ 5 — «Мёд»", "Цена: 100 руб.", RUSSIAN]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251", "koi8-r", "cp866"]


def has(encoding: str, text: str) -> bool:
    return text.encode(encoding, "ignore").decode(encoding) == text


@pytest.mark.parametrize(
    ("text", "encoding"), [(text, encoding) for encoding in ENCODINGS for text in WORDS if has(encoding, text)]
)
def test_russian_is_read_in_any_encoding(text, encoding):
    assert text_of(text.encode(encoding)) == text


@pytest.mark.parametrize("text", ["café", "Größe", "El Niño", "it’s “quoted”", "£5 each", "Über alles", "résumé"])
def test_western_text_stays_western(text):
    assert text_of(text.encode("cp1252")) == text


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866"])
def test_a_long_latin_start_does_not_hide_the_russian(encoding):
    text = "Some log lines in English. " * 5000 + RUSSIAN
    assert text_of(text.encode(encoding)) == text


def test_damaged_utf8_is_utf8_with_a_note():
    reading = read((RUSSIAN * 10).encode()[:-1] + b"\xff", name="a.txt")
    assert reading.markdown.startswith(RUSSIAN)
    assert reading.notes == ("characters_lost",)


def test_codecs_that_are_no_texts_are_not_believed():
    assert encoding_of(RUSSIAN.encode("koi8-r"), declared="rot13") == "koi8-r"
    assert encoding_of(RUSSIAN.encode("koi8-r"), declared="no such thing") == "koi8-r"


def test_plain_text_keeps_its_paragraphs_lists_and_underlined_headings():
    text = "Правила\n=======\n\n   Первый абзац\nиз двух строк.\n\n• чек\n• паспорт\n1) раз\n\nСроки\n-----\n\nСкоро."
    assert text_of(text.replace("\n", "\r\n").encode("cp1251")) == (
        "# Правила\n\nПервый абзац\nиз двух строк.\n\n- чек\n- паспорт\n1) раз\n\n## Сроки\n\nСкоро."
    )


def test_what_only_looks_like_marks_stays_as_it_is_read():
    text = "# not a heading\n\n> no quote\n\n*100*1# and 2 * 2, `code`, snake_case, [a](b) &amp; _x_\n\n-----\n\nend"
    assert text_of(text.encode()) == (
        "\\# not a heading\n\n\\> no quote\n\n"
        "\\*100\\*1# and 2 * 2, \\`code\\`, snake_case, \\[a](b) \\&amp; \\_x\\_\n\nend"
    )


def test_the_title_is_that_of_the_front_matter_the_first_heading_or_the_file():
    assert (
        read(b'---\ntitle: "The guide: part 1"\ntags: [a]\n---\n\n# Other\n\ntext', name="a.md").title
        == "The guide: part 1"
    )
    assert read(b"intro\n\n# The *guide* #\n\ntext", name="a.md").title == "The *guide*"
    assert read(b"text", name="folder/First steps.md").title == "First steps"
    assert read(b"# Guide", name="a.md", title=" My\ntitle ").title == "My title"


def test_markdown_stays_as_it_was_written():
    text = "# Guide\n\n* one\n* two\n\n```py\nx = 1\n```\n\n| a |\n| --- |\n| b |"
    assert text_of(f"---\ntitle: x\n---\n{text}\n".encode(), "a.md") == text
    assert text_of(b"text\n\n---\n\nmore", "a.md") == "text\n\n---\n\nmore"


def test_the_language_is_that_of_the_letters():
    assert read("Настройте POST /api/chat через curl.".encode(), name="a.txt").language == "ru"
    assert read("See the page «Настройки» of the Switchboard documentation.".encode(), name="a.txt").language == "en"
    assert read(b"---\nlang: ru\n---\ncurl -X POST", name="a.md").language == "ru"


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\0\0\0\0"])
def test_nothing_is_an_error(data):
    with pytest.raises(ReadingError) as caught:
        read(data, name="a.txt")
    assert (caught.value.code, str(caught.value)) == ("empty", "There is no text in the file.")


def test_bytes_that_are_no_text_are_an_error():
    with pytest.raises(ReadingError, match="damaged"):
        read(bytes(range(256)) * 50, name="a.txt")
