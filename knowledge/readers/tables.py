"""CSV and TSV files: questions with answers, small tables, and long ones as sections of rows."""

import io
import re
from collections.abc import Iterator
from itertools import chain, islice

from knowledge.readers import escaping
from knowledge.readers.encoding import encoding_of
from knowledge.readers.language import language_of
from knowledge.readers.plain import from_plain
from knowledge.readers.reading import CHARACTERS_LOST, END_LEFT_OUT, MAX_TEXT, Draft, Progress, ReadingError
from knowledge.readers.records import SAMPLE_ROWS, Row, delimiter_of, records

SMALL_TABLE = 30
# A table with more text than this is no longer read at a glance.
SMALL_TABLE_TEXT = 10_000
SECTION_ROWS = 20
PROGRESS_STEP = 1 << 20
QUESTIONS = {"question", "questions", "q", "faq", "вопрос", "вопросы", "текст вопроса"}
ANSWERS = {"answer", "answers", "a", "response", "reply", "ответ", "ответы", "текст ответа"}
VALUE = re.compile(r"[-+]?[\d\s.,:/%$€₽-]*\d[\d\s.,:/%$€₽-]*|\S+@\S+\.\S+|https?://\S+")
WORDS = {
    "en": {"rows": "Rows", "column": "Column", "dash": "-"},
    "ru": {"rows": "Строки", "column": "Столбец", "dash": "–"},
}
LONGEST_VALUE = 300
# What may be a mark, or more than a blank.
UNUSUAL = re.compile(r"[`\\*_\[&\t\n\r\f\v\xa0\u2000-\u200a\u2028\u2029\u3000]|  ")
# Excel writes the delimiter into the first line for itself.
SEPARATOR_LINE = re.compile(r"sep=.\s*", re.I)


class Columns:
    """The names of a table's columns in the words of its language."""

    def __init__(self, names: Row, language: str) -> None:
        self.names = names
        self.language = language
        self._shown = [escaping.cell(escaping.inline(name)) or self._unnamed(index) for index, name in enumerate(names)]

    def name(self, index: int) -> str:
        return self._shown[index] if index < len(self._shown) else self._unnamed(index)

    def fields(self, row: Row, *, without: tuple[int, ...] = ()) -> str:
        """The cells of a row with the names of their columns: "**City:** Kazan; **Year:** 1005"."""
        return "; ".join(
            f"**{self.name(index)}:** {_words(value)}"
            for index, value in enumerate(row)
            if value and index not in without
        )

    def _unnamed(self, index: int) -> str:
        return f"{WORDS[self.language]['column']} {index + 1}"


def read_table(data: bytes, progress: Progress | None = None) -> Draft:
    """The table as Markdown; `progress` is told of the bytes read so far and of all."""
    markdown, language, is_whole = _markdown(_rows(data, progress))
    lost = CHARACTERS_LOST if "\ufffd" in markdown else ""
    return Draft(markdown, language=language, notes=tuple(filter(None, (lost, "" if is_whole else END_LEFT_OUT))))


def questions_of(data: bytes) -> Iterator[tuple[str, str]]:
    """The questions of a table with their answers as Markdown; a ReadingError when it is no such table."""
    rows = _rows(data)
    names = next(rows, [])
    if (pair := _question_and_answer(names)) is None:
        raise ReadingError("no_questions")
    columns = Columns(names, "en")
    for row in rows:
        question, answer = (row[index] if index < len(row) else "" for index in pair)
        if question and answer:
            yield question, "\n\n".join(filter(None, (from_plain(answer), columns.fields(row, without=pair))))


def _rows(data: bytes, progress: Progress | None = None) -> Iterator[Row]:
    encoding = encoding_of(data)
    raw = io.BytesIO(data)
    # Kept until the end: it closes `raw` when it goes.
    text = io.TextIOWrapper(raw, encoding=encoding, errors="replace")
    lines = (line.replace("\0", "") for line in text)
    sample = list(islice(lines, SAMPLE_ROWS))
    if sample and SEPARATOR_LINE.fullmatch(sample[0]):
        sample.pop(0)
    yield from records(_watched(chain(sample, lines), raw, len(data), progress), delimiter_of(sample))


def _watched(lines: Iterator[str], raw: io.BytesIO, total: int, progress: Progress | None) -> Iterator[str]:
    reported = 0
    for line in lines:
        if progress and raw.tell() - reported >= PROGRESS_STEP:
            reported = raw.tell()
            progress(reported, total)
        yield line


def _markdown(rows: Iterator[Row]) -> tuple[str, str, bool]:
    """The Markdown, its language, and whether all rows are in it."""
    head = list(islice(rows, SMALL_TABLE + 2))
    if not head:
        raise ReadingError("empty")
    language = language_of("\n".join(" ".join(row) for row in head))
    names, body = (head[0], head[1:]) if _is_header(head) else ([], head)
    columns = Columns(names, language)
    if pair := _question_and_answer(names):
        return _joined(_questions(chain(body, rows), columns, pair), language)
    if len(body) <= SMALL_TABLE and sum(len(cell) for row in body for cell in row) <= SMALL_TABLE_TEXT:
        return _small(columns, body), language, True
    return _joined(_sections(chain(body, rows), columns), language)


def _is_header(head: list[Row]) -> bool:
    """Names of columns are words; numbers, dates and addresses are values."""
    return not any(VALUE.fullmatch(cell) for cell in head[0] if len(cell) <= LONGEST_VALUE)


def _question_and_answer(names: Row) -> tuple[int, int] | None:
    words = [re.sub(r"[\W_]+", " ", name).strip().lower() for name in names]
    question = next((index for index, word in enumerate(words) if word in QUESTIONS), None)
    answer = next((index for index, word in enumerate(words) if word in ANSWERS), None)
    return None if question is None or answer is None else (question, answer)


def _questions(rows: Iterator[Row], columns: Columns, pair: tuple[int, int]) -> Iterator[str]:
    """A heading for each question; a row without one goes on with the answer before it."""
    for row in rows:
        question, answer = (row[index] if index < len(row) else "" for index in pair)
        parts = (
            f"## {_words(question)}" if question else "",
            from_plain(answer),
            columns.fields(row, without=pair),
        )
        yield "\n\n".join(filter(None, parts))


def _small(columns: Columns, body: list[Row]) -> str:
    width = max(len(columns.names), *(len(row) for row in body), 1)
    names = [columns.name(index) for index in range(width)]
    return escaping.table([names, *([escaping.inline(cell) for cell in row] for row in body)])


def _sections(rows: Iterator[Row], columns: Columns) -> Iterator[str]:
    words = WORDS[columns.language]
    first = 1
    while section := list(islice(rows, SECTION_ROWS)):
        last = first + len(section) - 1
        numbers = f"{first}{words['dash']}{last}" if last > first else str(first)
        paragraphs = (columns.fields(row) for row in section)
        yield "\n\n".join([f"## {words['rows']} {numbers}", *paragraphs])
        first = last + 1


def _words(value: str) -> str:
    # Most cells of a large table need nothing done; to see that is five times as fast as to do it.
    return escaping.inline(" ".join(value.split())) if UNUSUAL.search(value) else value


def _joined(parts: Iterator[str], language: str) -> tuple[str, str, bool]:
    """The parts with blank lines between them, as many as there is room for."""
    kept: list[str] = []
    room = MAX_TEXT
    for part in parts:
        room -= len(part) + 2
        if room < 0:
            break
        kept.append(part)
    return "\n\n".join(kept), language, room >= 0
