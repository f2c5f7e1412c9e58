"""Commands are run as people run them, and what they print is looked at."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

PAGES = {
    "en/holidays.md": "# Holidays\n\nAsk your manager. See [pay](pay.md#when) and [rules](../rules.md).\n",
    "en/pay.md": "---\ntitle: Your pay\nposition: 5\ntags: [money, people]\n---\n# Pay\n\nSalaries are paid monthly.\n",
    "ru/отпуск.md": "# Отпуск\n\nОтпуск длится двадцать восемь дней.\n",
    "rules.md": "# Rules\n\nPlease lock the door.\n",
}


@pytest.fixture(autouse=True)
def files_of_its_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "stored"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "handbook"
    for name, text in PAGES.items():
        write(root / name, text)
    return root


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def run(command: str, *args: object, **options: Any) -> str:
    out = io.StringIO()
    call_command(command, *map(str, args), stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def imported(*args: object, **options: Any) -> str:
    """The summary of an import, without its duration."""
    return run("import_knowledge", *args, **options).splitlines()[-1].rpartition(". ")[0].removeprefix("Documents: ")
