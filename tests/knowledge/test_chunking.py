"""Cutting documents into passages."""

import pytest

from integrations.text.markdown import blocks, sentences
from knowledge.chunking import LIMIT_WORDS, Anchors, split

SENTENCE = "This sentence has exactly seven words here. "


def words(count: int) -> str:
    return " ".join(f"w{number}" for number in range(count))


def test_each_heading_opens_a_passage_with_its_path_and_anchor():
    text = "# Guide\n\nHello.\n\n## First steps\n\nRun it.\n\n### On Linux\n\nUse a shell.\n\n## Second\n\nDone."
    pieces = [(piece.heading, piece.anchor, piece.text) for piece in split(text, title="Guide")]
    assert pieces == [
        ("", "", "Hello."),
        ("First steps", "first-steps", "Run it."),
        ("First steps › On Linux", "on-linux", "Use a shell."),
        ("Second", "second", "Done."),
    ]


def test_a_first_heading_that_is_not_the_title_is_part_of_the_path():
    assert split("# Other\n\nText.", title="Guide")[0].heading == "Other"


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("First steps", "first-steps"),
        ("Быстрый старт!", "быстрый-старт"),
        ("API: POST /api/chat", "api-post-apichat"),
        ("Что — это?", "что--это"),
        ("snake_case & more", "snake_case--more"),
        ("???", "section"),
    ],
)
def test_anchors_are_those_of_github(heading, anchor):
    assert Anchors().add(heading) == anchor


def test_a_repeated_heading_gets_a_numbered_anchor():
    pieces = split("## Настройка\n\nодин\n\n## Настройка\n\nдва\n\n## Настройка\n\nтри")
    assert [piece.anchor for piece in pieces] == ["настройка", "настройка-1", "настройка-2"]


def test_marks_are_kept_for_display_and_left_out_of_the_text():
    [piece] = split("See **the** [guide](x.md), `code`\nand ![a picture](p.png).")
    assert piece.markdown == "See **the** [guide](x.md), `code`\nand ![a picture](p.png)."
    assert piece.text == "See the guide, code and a picture."


def test_a_long_section_is_split_between_paragraphs():
    text = "## Long\n\n" + "\n\n".join(words(70) for _ in range(5))
    pieces = split(text)
    assert len(pieces) == 3
    assert {piece.anchor for piece in pieces} == {"long"}
    assert all(len(piece.text.split()) <= LIMIT_WORDS for piece in pieces)
    assert "\n\n".join(piece.markdown for piece in pieces) == text.removeprefix("## Long\n\n")


def test_a_long_paragraph_is_split_between_sentences():
    pieces = split(SENTENCE * 60)
    assert len(pieces) > 2
    assert all(piece.markdown.endswith(".") and len(piece.text.split()) <= LIMIT_WORDS for piece in pieces)


def test_a_long_list_is_split_between_items():
    pieces = split("\n".join(f"- {words(30)}" for _ in range(12)))
    assert len(pieces) > 1
    assert all(line.startswith("- ") for piece in pieces for line in piece.markdown.splitlines() if line)


def test_a_code_block_is_never_cut_and_stays_with_its_lead_in():
    code = "```sh\n" + "\n".join(f"echo {number}\n" for number in range(300)) + "\n```"
    pieces = split(f"{words(150)}\n\nRun this:\n\n{code}\n\nThat was it, {words(40)}.")
    holders = [piece for piece in pieces if "echo" in piece.markdown]
    assert len(holders) == 1
    assert f"Run this:\n\n{code}" in holders[0].markdown


def test_a_fence_left_open_is_closed():
    assert split("```py\nprint(1)")[0].markdown == "```py\nprint(1)\n```"
    assert split("````\n```\n````")[0].markdown == "````\n```\n````"


def test_a_short_rest_joins_the_passage_before_it():
    assert len(split(f"{words(130)}\n\n{words(10)}")) == 1


@pytest.mark.parametrize("text", ["", "\n\n", "# Only a title", "---", "## A\n\n## B\n"])
def test_what_has_no_text_gives_no_passages(text):
    assert split(text, title="Only a title") == []


def test_unusual_line_ends_do_not_shift_the_blocks():
    found = blocks("one\x0ctwo\u2028three\r\n\r\n- item\r\n\r\n```\ncode\n```")
    assert [(block.kind, block.source) for block in found] == [
        ("paragraph", "one\x0ctwo\u2028three"),
        ("list", "- item"),
        ("code", "```\ncode\n```"),
    ]


def test_sentences_are_not_cut_inside_code_links_or_abbreviations():
    text = "Use `a. B` now. See e.g. Ollama. «Так?» Да! Read [the. Guide](x.md) first. То есть т.е. Конец"
    assert sentences(text) == [
        "Use `a. B` now.",
        "See e.g. Ollama.",
        "«Так?»",
        "Да!",
        "Read [the. Guide](x.md) first.",
        "То есть т.е. Конец",
    ]
