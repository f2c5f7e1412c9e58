"""Files made to do harm: whatever is in them, the answer is a Reading or a ReadingError."""

import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from knowledge.readers import FORMATS, Reading, ReadingError, child, read, sandbox
from tests.knowledge.readers.samples import PAGE, file

SAMPLES = {
    "a.pdf": file("prices.pdf"),
    "b.pdf": file("columns.pdf"),
    "a.docx": file("rules.docx"),
    "a.html": PAGE.format(charset="utf-8").encode(),
    "a.csv": 'Вопрос;Ответ\n"Как ""войти""?";"a\nb"\nx;1\n'.encode(),
    "a.md": "---\ntitle: x\n---\n# Заголовок\n\n| a |\n| - |\n".encode(),
    "a.txt": "Первый\n======\n\n• раз\n".encode("cp1251"),
}
LIGHT = [name for name in SAMPLES if name.endswith((".csv", ".md", ".txt"))]
HEAVY = [name for name in SAMPLES if name not in LIGHT]


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The data with some bytes changed, taken out, repeated or cut off."""
    changed = bytearray(data)
    for _ in range(rng.choice([1, 3, 20, 200])):
        start = rng.randrange(len(changed) + 1)
        length = rng.choice([1, 1, 4, 100])
        piece = rng.choice([rng.randbytes(length), b"", bytes(changed[start : start + length]) * 3, b"\0" * length])
        changed[start : start + length] = piece
    return bytes(changed[: rng.randrange(len(changed) + 1)] if rng.random() < 0.1 else changed)


def outcome(data: bytes, name: str) -> str:
    try:
        reading = read(data, name=name)
    except ReadingError as error:
        return error.message
    assert isinstance(reading, Reading)
    assert reading.title and reading.markdown.strip() and reading.language in {"ru", "en"}
    lines = reading.markdown.count("\n")
    assert all(0 <= place.line <= lines for place in reading.places)
    return "read"


@pytest.mark.parametrize("name", LIGHT)
def test_damaged_texts_and_tables(name):
    rng = random.Random(name)
    for _ in range(200):
        outcome(mutated(SAMPLES[name], rng), name)


@pytest.mark.parametrize("name", HEAVY)
def test_damaged_documents_in_the_process_that_reads_them(name, monkeypatch):
    """Without the process around: what is no ReadingError would be a crash there."""
    monkeypatch.setattr(
        "knowledge.readers.reader.read_apart",
        lambda kind, data, content_type, **_limits: child.reader_of(kind)(data, content_type),
    )
    rng = random.Random(name)
    for _ in range(60):
        outcome(mutated(SAMPLES[name], rng), name)


def test_damaged_documents_in_a_process_of_their_own():
    rng = random.Random(1)
    cases = [(mutated(SAMPLES[name], rng), name) for name in HEAVY for _ in range(3)]
    with ThreadPoolExecutor(2) as pool:
        assert len(list(pool.map(lambda case: outcome(*case), cases))) == len(cases)


@pytest.mark.parametrize("name", [f"a{suffixes[0]}" for suffixes in FORMATS.values()])
def test_random_bytes(name):
    rng = random.Random(name)
    for size in (1, 10, 1000):
        outcome(rng.randbytes(size), name)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b'"open,5","\n' * 100_000),
        ("a.csv", b'"\n' + b'""\n' * 100_000),
        ("a.csv", b" " * 300_000 + b"x,1\n"),
        ("a.csv", b"1 " * 300_000 + b"x,1\n"),
        ("a.csv", b"," * 900 + b"\n" + (b",,,,,\n" * 100_000) + b"x"),
        ("a.txt", b"[" * 1_000_000),
        ("a.txt", b"[a" * 500_000 + b"]("),
        ("a.txt", b"&" * 1_000_000),
        ("a.txt", b"\n " * 500_000 + b"x"),
        ("a.txt", b"-" * 1_000_000 + b"x"),
        ("a.md", b"---\n" * 300_000 + b"x"),
        ("a.md", b"# " * 500_000),
        ("page", b"<!---->" * 500 + b"text"),
    ],
)
def test_texts_made_to_be_slow(name, data):
    started = time.process_time()
    outcome(data, name)
    assert time.process_time() - started < 5


def behaving(monkeypatch, code: str, seconds: float = 20) -> None:
    """Lets the process run this code in the place of the readers, with the limits that are set for them."""
    script = f"from knowledge.readers import child; child._limit(); {code}"
    monkeypatch.setattr(sandbox, "SECONDS", seconds)
    run = sandbox.subprocess.run
    monkeypatch.setattr(sandbox.subprocess, "run", lambda _, **kw: run([sys.executable, "-c", script], **kw))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import time; time.sleep(60)", "too_long"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "too_long"),
        ("import os; os.abort()", "too_big"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "broken"),
        ("raise SystemExit(3)", "broken"),
        ("print('no json')", "broken"),
    ],
)
def test_a_process_that_goes_wrong_is_an_error(monkeypatch, code, expected):
    behaving(monkeypatch, code, seconds=2)
    with pytest.raises(ReadingError) as caught:
        read(b"<p>x", name="a.html")
    assert caught.value.code == expected


def test_the_process_has_no_more_memory_than_its_share(monkeypatch):
    behaving(
        monkeypatch,
        "import sys; child.reader_of = lambda kind: lambda *_: bytes(2**31); sys.argv[1:] = 'x', ''; child.main()",
    )
    with pytest.raises(ReadingError, match="too big"):
        read(b"<p>x", name="a.html")


def test_the_process_knows_no_secrets(monkeypatch):
    code = "import json, os; print(json.dumps({'markdown': ' '.join(os.environ), 'places': [], 'notes': []}))"
    behaving(monkeypatch, code)
    assert "SECRET" not in read(b"<p>x", name="a.html").markdown
