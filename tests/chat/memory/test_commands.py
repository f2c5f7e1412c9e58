"""Memories from files, into files, and away."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from chat.memory.models import Memory, MemoryAccount
from chat.memory.recall import recall
from tests.chat.memory.conftest import confirmed, texts_of, told

pytestmark = pytest.mark.django_db

LEGACY = [
    {
        "text": "Человека зовут Павел", "embedding": [0.1] * 768, "timestamp": "2025-12-01T10:20:30.123456",
        "importance": 0.9, "category": "fact", "source": "conversation",
    },
    {"text": "Прочитала файл main.py", "embedding": None, "timestamp": "bad", "source": "C:\\Users\\x\\main.py"},
    {"text": "человека зовут ПАВЕЛ.", "importance": 3, "category": "unheard"},
]  # fmt: skip
SECOND = [
    {
        "id": "0123456789ab", "text": "Любит тишину по утрам", "memory_type": "semantic", "category": "preference",
        "timestamp": "2025-12-02T00:00:00", "confidence": 0.7, "validation_status": "user_confirmed",
        "source": "conversation", "related_ids": ["x"], "context_hash": "01234567", "embedding": [1, 2],
        "access_count": 4, "last_accessed": "2025-12-03T00:00:00", "pinned": True, "tags": ["утро", 5],
    },
    {"text": "Заработала миллион", "confidence": 0.9, "validation_status": "pending"},
    {"text": "Отвергнуто", "validation_status": "rejected"},
    {"text": "Пароль от почты: сова42"},
    {"text": "   "},
    {"text": ["x"]},
    "nonsense",
    {"text": "Едва вероятно", "confidence": 0.1},
]  # fmt: skip


def run(name, *args, **options):
    out = io.StringIO()
    call_command(name, *map(str, args), stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "neira_memory.json", tmp_path / "neira_short_term.json"]
    for path, records in zip(paths, (LEGACY, SECOND), strict=True):
        path.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    return paths


def test_both_stores_are_taken_in_with_a_report(alice, files):
    said = run("import_memory", *files, user="alice")
    assert "Memories: 4 taken, 1 known already, 6 refused." in said
    for reason in ("Keys, passwords", "It has no text", "It is no record", "It was rejected", "too uncertain"):
        assert reason in said or reason.replace("It was", "This was") in said
    first, quiet, pending = (
        Memory.objects.get(text=text)
        for text in ("Человека зовут Павел", "Любит тишину по утрам", "Заработала миллион")
    )
    assert (first.importance, first.category, first.memory_type) == (0.9, "fact", "long_term")
    assert (first.created_at.year, first.source, first.encoder) == (2025, "conversation", "")
    assert (quiet.memory_type, quiet.validation, quiet.pinned, quiet.tags) == (
        "semantic",
        "user_confirmed",
        True,
        ["утро"],
    )
    assert (quiet.access_count, str(quiet.last_accessed)[:10]) == (4, "2025-12-03")
    assert (pending.memory_type, pending.validation, pending.confidence) == ("short_term", "pending", 0.3)
    assert Memory.objects.get(text="Прочитала файл main.py").source == "import"
    assert recall(alice, "как меня зовут, Павел?", language="ru").memories


def test_once_more_changes_nothing(alice, files):
    run("import_memory", *files, user="alice")
    before = list(Memory.objects.order_by("pk").values())
    said = run("import_memory", *files, user="alice@example.com")
    assert "Memories: 0 taken, 5 known already" in said
    assert list(Memory.objects.order_by("pk").values()) == before


def test_a_dry_run_writes_nothing(alice, files):
    said = run("import_memory", *files, user="alice", dry_run=True)
    assert "4 taken" in said and "nothing was written" in said
    assert not Memory.objects.exists()
    assert not MemoryAccount.objects.exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'[{"text": "x"', "line 1"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b'{"a": 1}', "a list of memories"),
        (b'"text"', "a list of memories"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_broken_file_is_named_and_nothing_is_half_written(alice, files, tmp_path, content, why):
    broken = tmp_path / "broken.json"
    broken.write_bytes(content)
    with pytest.raises(CommandError, match=why) as caught:
        run("import_memory", files[0], broken, user="alice")
    assert "broken.json" in str(caught.value)
    assert not Memory.objects.exists()


def test_a_file_that_is_not_there_and_a_person_who_is_not(alice, tmp_path, files):
    with pytest.raises(CommandError, match="No such file"):
        run("import_memory", tmp_path / "none.json", user="alice")
    with pytest.raises(CommandError, match="no user 'eve'"):
        run("import_memory", files[0], user="eve")
    with pytest.raises(CommandError, match="no visitor"):
        run("export_memory", visitor="6f0c6b0a-0000-4000-8000-000000000000")
    with pytest.raises(CommandError, match="is no id"):
        run("export_memory", visitor="x")


def test_a_full_kind_takes_no_more_and_says_so(alice, tmp_path, settings):
    settings.MEMORY_LIMITS = settings.MEMORY_LIMITS | {"long_term": 2}
    path = tmp_path / "many.json"
    path.write_text(json.dumps([{"text": f"Has item{n} from place{n}"} for n in range(5)]))
    assert "2 taken, 0 known already, 3 refused" in run("import_memory", path, user="alice")
    assert "0 taken, 2 known already, 3 refused" in run("import_memory", path, user="alice")


def test_odd_numbers_and_times_do_no_harm(alice, tmp_path):
    path = tmp_path / "odd.json"
    path.write_text(
        '[{"text": "One odd thing", "importance": NaN, "confidence": 1e400, "timestamp": "9999-99-99"},'
        '{"text": "Reads books on trains", "importance": -5, "access_count": -1, "timestamp": "2999-01-01T00:00:00"}]'
    )
    assert "2 taken" in run("import_memory", path, user="alice")
    assert set(Memory.objects.values_list("importance", flat=True)) == {0.5, 0.0}


def test_an_export_comes_in_again_for_somebody_else(alice, bob, visitor, tmp_path):
    confirmed(alice, "Любит чай", pinned=True, tags=("чай",))
    told(alice, "Has 3 cats", validation="pending", confidence=0.3)
    path = tmp_path / "alice.json"
    assert "2 exported" in run("export_memory", user="alice", output=path)
    with pytest.raises(CommandError, match="File exists"):
        run("export_memory", user="alice", output=path)
    run("import_memory", path, user="bob")
    mine, theirs = (
        Memory.objects.visible_to(actor).values_list("text", "validation", "pinned", "tags") for actor in (alice, bob)
    )
    assert sorted(mine, key=str) == sorted(theirs, key=str)
    assert json.loads(run("export_memory", visitor=str(visitor.pk)))["memories"] == []


def test_forgetting_asks_first(alice, bob, tea, monkeypatch):
    told(bob, "Has a dog")
    monkeypatch.setattr("builtins.input", lambda prompt: "n")
    with pytest.raises(CommandError, match="Nothing was erased"):
        run("forget", user="alice")
    monkeypatch.setattr("builtins.input", lambda prompt: "y" if "1 memories of alice" in prompt else "n")
    assert "Memories: 1 erased" in run("forget", user="alice")
    assert (texts_of(alice), texts_of(bob)) == ([], ["Has a dog"])


def test_forgetting_by_text_and_time(alice, visitor):
    told(alice, "Likes Tea", "Has a cat")
    told(visitor, "Has a cat")
    assert "1 erased" in run("forget", user="alice", text="TEA", yes=True)
    assert "0 erased" in run("forget", user="alice", before="2020-01-01", yes=True)
    assert texts_of(alice) == ["Has a cat"]
    assert "1 erased" in run("forget", user="alice", before="2999-01-01T10:00", yes=True)
    assert texts_of(visitor) == ["Has a cat"]
    for moment in ("yesterday", "2020-13-01"):
        with pytest.raises(CommandError, match="--before"):
            run("forget", user="alice", before=moment, yes=True)
    run("forget", visitor=str(visitor.pk), yes=True)
    assert not Memory.objects.exists()
