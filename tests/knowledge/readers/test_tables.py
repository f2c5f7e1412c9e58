"""CSV and TSV files."""

import resource
import subprocess
import sys
import time

import pytest

from knowledge.readers import ReadingError, read
from knowledge.readers.sandbox import ROOT

LARGE = 50 * 1024 * 1024
# Peak memory beyond that of the bare interpreter, as a multiple of the file.
MOST_MEMORY = 8
MOST_SECONDS = 60
MEASURE = """
import re, sys
from pathlib import Path
from knowledge.readers import read
calls = []
reading = read(Path(sys.argv[1]), name="large.csv", progress=lambda done, total: calls.append((done, total)))
assert reading.notes == () and reading.title == "large" and reading.language == "en", reading.notes
assert calls == sorted(calls) and calls[-1] == (int(sys.argv[2]),) * 2 and len(calls) > 20, calls[-1]
# Not getrusage: that begins with the memory of the process that started this one.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024
print(reading.markdown[:70].replace("\\n", "/"), peak, sep="@")
"""


def table(text: str, encoding: str = "utf-8") -> str:
    return read(text.encode(encoding), name="table.csv").markdown


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1251"])
def test_a_small_table_is_a_table_whatever_its_delimiter_and_encoding(delimiter, encoding):
    text = delimiter.join(["Товар", "Цена"]) + "\r\n" + delimiter.join(["Хлеб", "30"]) + "\r\n"
    assert table(text, encoding) == "| Товар | Цена |\n| --- | --- |\n| Хлеб | 30 |"


def test_questions_become_headings_with_their_answers():
    text = 'Тема;ВОПРОС;Ответ\nВход;"Как войти?";"Наберите *100#.\n\n- раз\n- два"\n'
    text += ';Где чек?;В письме\n;;"и в ""Кабинете"""\n'
    assert table(text, "cp1251") == (
        "## Как войти?\n\nНаберите \\*100#.\n\n- раз\n- два\n\n**Тема:** Вход\n\n"
        '## Где чек?\n\nВ письме\n\nи в "Кабинете"'
    )
    assert table("Question,Answer\nWhy?,Because\n") == "## Why?\n\nBecause"


def test_quotes_newlines_ragged_rows_zeros_and_blank_lines():
    text = 'a;b\n1;"x;\ny ""q"" z"\n2;5" disk\n\n;;\n3\n4;5;6\n7\0;8\0\n'
    assert table(text) == (
        '| a | b | Column 3 |\n| --- | --- | --- |\n| 1 | x; y "q" z |  |\n| 2 | 5" disk |  |\n'
        "| 3 |  |  |\n| 4 | 5 | 6 |\n| 7 | 8 |  |"
    )


def test_a_quote_that_is_never_closed_spoils_its_own_row_only():
    rows = "".join(f"{number},word\n" for number in range(20))
    assert table(f'a,b\n1,"open\n{rows}').count("\n") == 22


def test_a_lone_header_names_its_columns():
    assert table("name;city\n") == "| name | city |\n| --- | --- |"


def test_a_table_without_a_header_has_numbered_columns():
    assert table("1,Казань\n2,Москва") == "| Столбец 1 | Столбец 2 |\n| --- | --- |\n| 1 | Казань |\n| 2 | Москва |"


def test_the_line_that_excel_adds_is_no_row():
    assert table("sep=;\na;b\nx;y") == "| a | b |\n| --- | --- |\n| x | y |"


def test_marks_in_cells_are_words():
    assert table("a,b\nx|y,*z*") == "| a | b |\n| --- | --- |\n| x\\|y | \\*z\\* |"


def test_a_long_table_is_read_in_sections_of_rows():
    rows = "".join(f"Анна {number};Казань;\n" for number in range(1, 32))
    markdown = table(f"Имя;Город;Возраст\n{rows}")
    assert markdown.startswith("## Строки 1–20\n\n**Имя:** Анна 1; **Город:** Казань\n\n**Имя:** Анна 2;")
    assert markdown.endswith("## Строки 21–31\n\n" + markdown.rpartition("21–31\n\n")[2])
    assert markdown.count("**Имя:**") == 31
    assert "## Rows 21-31\n\n" in table("Name,City\n" + "Ann,Kazan\n" * 31)


def test_more_columns_than_any_table_has_are_refused():
    with pytest.raises(ReadingError, match="too big"):
        table("," * 2000)


def test_rows_beyond_the_limit_are_left_out(monkeypatch):
    monkeypatch.setattr("knowledge.readers.tables.MAX_TEXT", 2000)
    reading = read(b"Name,City\n" + b"Ann,Kazan\n" * 500, name="a.csv")
    assert reading.notes == ("end_left_out",)
    assert 500 < len(reading.markdown) <= 2000


def test_fifty_megabytes_are_read_in_a_few_times_their_size(tmp_path):
    path = tmp_path / "large.csv"
    row = 'A-{0},"The ""best"" item {0}",{0}.50,' + "words that describe the item " * 12 + "\n"
    with path.open("w") as file:
        file.write("Code,Name,Price,Description\n")
        for number in range(LARGE // len(row.format(100_000)) + 1):
            file.write(row.format(number))
    started = time.monotonic()
    command = [sys.executable, "-c", MEASURE, str(path), str(path.stat().st_size)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    start, _, memory = done.stdout.partition("@")
    assert start.startswith('## Rows 1-20//**Code:** A-0; **Name:** The "best" item 0;'), done.stderr
    assert int(memory) < resource.getpagesize() * 10_000 + MOST_MEMORY * LARGE
    assert time.monotonic() - started < MOST_SECONDS
