"""Every variable that the settings read is documented, and nothing is documented that nobody reads."""

import ast
import re

from tests.delivery.conftest import ROOT

SETTINGS = ROOT / "config" / "settings"
# The functions of env.py and what is built on them; ENV_FILE, which says where to read, stands in another chapter.
READERS = {"str", "_key"} | set(re.findall(r"^def (\w+)", (SETTINGS / "env.py").read_text(), re.MULTILINE))
DOCUMENT = (ROOT / "docs" / "configuration.md").read_text()
OUTSIDE = DOCUMENT.index("## Outside the settings")


def name_read(node: ast.AST) -> str | None:
    """The variable that this call reads: `env.str("NAME")`, `integer("NAME", 5)` and the like."""
    if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
        return None
    function = node.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return str(node.args[0].value) if called in READERS else None


def read_names() -> set[str]:
    names = set()
    for file in SETTINGS.glob("*.py"):
        names |= {name for node in ast.walk(ast.parse(file.read_text())) if (name := name_read(node))}
    return names


def documented(text: str) -> set[str]:
    rows = re.findall(r"^\| (`[A-Z].*?) \|", text, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row)}


def test_settings_are_read_at_all():
    assert {"HOST", "SECRET_KEY", "LOG_LEVEL", "LOGIN_RATE_PER_MINUTE"} <= read_names()


def test_the_manual_names_exactly_what_is_read():
    assert documented(DOCUMENT[:OUTSIDE]) == read_names()


def test_the_example_file_names_exactly_what_is_read():
    example = (ROOT / ".env.example").read_text()
    assert set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", example, re.MULTILINE)) == read_names()


def test_the_example_file_sets_nothing_by_itself():
    assert not re.findall(r"^[^#\s]", (ROOT / ".env.example").read_text(), re.MULTILINE)
