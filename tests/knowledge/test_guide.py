"""The guide that is shipped: complete in both languages, no dead link, nothing that does not exist."""

import re

import pytest
from django.conf import settings

from integrations.text.markdown import blocks
from knowledge.chunking import Anchors
from knowledge.folder import GUIDE, read_folder

FILES = read_folder(GUIDE).files
LINK = re.compile(r"\]\((/guide/[^)#]*)(?:#([^)]*))?\)")
VARIABLE = re.compile(r"`([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)[`=]")


def anchors_of(body: str) -> set[str]:
    anchors = Anchors()
    return {anchors.add(block.text) for block in blocks(body) if block.kind == "heading"}


def test_every_page_exists_in_both_languages_at_the_same_place():
    places: dict[str, dict[str, int]] = {code: {} for code, _ in settings.LANGUAGES}
    for file in FILES:
        places[file.language][file.source.rsplit("/", 1)[1]] = file.position
    assert places["en"] == places["ru"]
    assert len(places["en"]) >= 12


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.source)
def test_links_lead_somewhere_in_the_same_language(file):
    pages = {f"/guide/{other.slug}": anchors_of(other.body) for other in FILES if other.language == file.language}
    for page, anchor in LINK.findall(file.body):
        if page == "/guide/":
            continue
        assert page in pages, page
        assert not anchor or anchor in pages[page], f"{page}#{anchor}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.source)
def test_the_title_is_the_first_heading(file):
    first = blocks(file.body)[0]
    assert (first.kind, first.level, first.text) == ("heading", 1, file.title)


def test_both_languages_name_the_same_variables_commands_and_code():
    for file in FILES:
        if file.language == "en":
            twin = next(other for other in FILES if other.source == file.source.replace("/en/", "/ru/"))
            assert set(VARIABLE.findall(file.body)) == set(VARIABLE.findall(twin.body)), file.source
            assert _count(file.body, "code") == _count(twin.body, "code"), file.source
            assert _count(file.body, "table") == _count(twin.body, "table"), file.source


def _count(body: str, kind: str) -> int:
    return sum(block.kind == kind for block in blocks(body))


def test_every_variable_of_the_guide_is_read_by_the_settings():
    source = "\n".join(path.read_text() for path in (GUIDE.parent.parent / "config" / "settings").glob("*.py"))
    named = {name for file in FILES for name in VARIABLE.findall(file.body)}
    assert len(named) > 30
    assert {name for name in named if f'"{name}"' not in source} == set()
