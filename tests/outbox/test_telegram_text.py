"""Long texts are cut where nothing breaks."""

import random
import re

import pytest

from integrations.telegram.text import Unsplittable, split, units, visible_length

TAGS = re.compile(r"<(/?)(\w+)[^>]*>")


def well_formed(part):
    stack = []
    for closing, name in TAGS.findall(part):
        if not closing:
            stack.append(name)
        elif not stack or stack.pop() != name:
            return False
    return not stack


def words_of(text):
    return re.sub(r"<[^>]+>", "", text).split()


def bare(text):
    return re.sub(r"<[^>]+>|\s", "", text)


def test_what_fits_stays_whole():
    assert split("x" * 4096) == ["x" * 4096]
    assert split("") == split(" \n ") == split("<b> </b>", "HTML") == []


def test_the_cut_is_between_paragraphs_then_lines_then_words():
    assert split("a" * 60 + "\n\n" + "b" * 30 + "\nc c\n\n" + "d" * 30, limit=100) == [
        "a" * 60 + "\n\n" + "b" * 30 + "\nc c",
        "d" * 30,
    ]
    assert split("a" * 60 + "\n" + "b " * 30, limit=100) == ["a" * 60, ("b " * 30).strip()]
    assert split("a " * 60, limit=100) == [("a " * 50).strip(), ("a " * 10).strip()]
    assert split("a" * 250, limit=100) == ["a" * 100, "a" * 100, "a" * 50]


def test_a_short_first_paragraph_does_not_make_a_short_message():
    assert split("Hi\n\n" + "a " * 100, limit=100)[0] == "Hi\n\n" + ("a " * 48).strip()


def test_telegram_counts_utf_16():
    parts = split("🎉" * 3000)
    assert [units(part) for part in parts] == [4096, 1904]
    assert "".join(parts) == "🎉" * 3000


def test_open_tags_are_closed_and_opened_again():
    text = '<b>bold <a href="https://e.com/?a=1&amp;b=2">' + "word " * 40 + "</a></b> tail"
    parts = split(text, "HTML", limit=100)
    assert len(parts) == 3
    assert all(well_formed(part) for part in parts)
    assert parts[1].startswith('<b><a href="https://e.com/?a=1&amp;b=2">word')
    assert sum((words_of(part) for part in parts), []) == words_of(text)


def test_an_entity_counts_as_its_character_and_is_not_torn():
    text = "&lt;&#128512;&amp;" * 100
    parts = split(text, "HTML", limit=50)
    assert "".join(parts) == text
    assert all(visible_length(part, "HTML") <= 50 for part in parts)
    assert not any(part.endswith("&") for part in parts)


def test_any_html_is_cut_into_well_formed_parts():
    source = random.Random(5)
    for _ in range(60):
        text = "".join(
            source.choice(["<b>жир</b>", "<i>x<u>y z</u></i>\n", "слово ", "\n\n", "&amp;", "<pre>a\n b</pre>", "🎉"])
            for _ in range(source.randint(1, 120))
        )
        parts = split(text, "HTML", limit=40)
        assert all(well_formed(part) and 0 < visible_length(part, "HTML") <= 40 for part in parts), text
        assert bare("".join(parts)) == bare(text)


@pytest.mark.parametrize("mode", ["Markdown", "MarkdownV2"])
def test_markdown_is_not_cut_inside_an_entity(mode):
    text = (
        "plain words here *" + "bold " * 15 + "* and [a link](https://example.com/" + "x" * 30 + ") then " + "end " * 20
    )
    parts = split(text, mode, limit=120)
    assert all(part.count("*") % 2 == 0 and part.count("[") == part.count(")") for part in parts)
    assert " ".join(parts).split() == text.split()


def test_escaped_marks_open_nothing():
    assert len(split(r"\* " * 100, "MarkdownV2", limit=90)) == 4


def test_an_entity_without_end_cannot_be_cut():
    with pytest.raises(Unsplittable):
        split("```\n" + "code\n" * 100 + "```", "MarkdownV2", limit=100)
