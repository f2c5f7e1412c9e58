"""Hashed names: modules import each other by the names that `collectstatic` gave them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.templatetags.static import static

from chat.page import MODULES
from config.storage import StaticStorage

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def collected(settings: Any, tmp_path: Path) -> Path:
    settings.STATIC_ROOT = tmp_path
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def imports(source: str) -> list[str]:
    return re.findall(r"""(?:from\s*|import\(|import\s*)["'](\.[^"']+)["']""", source)


def test_every_import_leads_to_a_hashed_file(collected: Path) -> None:
    paths = json.loads((collected / "staticfiles.json").read_text())["paths"]
    modules = [collected / hashed for name, hashed in paths.items() if name.startswith("js/")]
    assert len(modules) > 20
    for module in modules:
        for target in imports(module.read_text()):
            assert re.search(r"\.[0-9a-f]{12}\.m?js$", target), (module.name, target)
            assert (module.parent / target).resolve().is_file(), (module.name, target)


def test_static_urls_are_hashed_once_collected(collected: Path) -> None:
    assert re.fullmatch(r"/static/js/chat\.[0-9a-f]{12}\.js", static("js/chat.js"))


def test_before_collecting_plain_names_are_served(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    assert StaticStorage(location=str(tmp_path)).url("js/chat.js") == "/static/js/chat.js"


def test_all_preloaded_modules_exist() -> None:
    assert [name for name in MODULES if not (ROOT / "static" / name).is_file()] == []


def test_the_page_preloads_every_module_that_it_loads_at_once() -> None:
    seen: set[str] = set()
    waiting = ["js/chat.js"]
    while waiting:
        name = waiting.pop()
        source = (ROOT / "static" / name).read_text()
        for target in re.findall(r"""^(?:import|\}) [^;]*?from ["'](\.[^"']+)["'];""", source, re.MULTILINE):
            path = str((ROOT / "static" / name).parent.joinpath(target).resolve().relative_to(ROOT / "static"))
            if path not in seen:
                seen.add(path)
                waiting.append(path)
    assert seen == set(MODULES)


def test_vendored_files_come_with_their_licences() -> None:
    for folder in [*(ROOT / "static" / "vendor").iterdir(), *(ROOT / "tests" / "browser" / "vendor").iterdir()]:
        assert (folder / "LICENSE").is_file(), folder
        assert re.search(r"-\d+\.\d+\.\d+$", folder.name), folder
