"""Which addresses a person has written, and which of them a model may name."""

import pytest

from chat.tools.addresses import chosen_address, written_addresses


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What is on https://docs.example.net/a?b=1#c, please?", ["https://docs.example.net/a?b=1"]),
        ("Прочитай www.example.org.", ["https://www.example.org/"]),
        ("see docs.example.net/guide", ["https://docs.example.net/guide"]),
        ("(https://docs.example.net/a_(b))", ["https://docs.example.net/a_(b)"]),
        ("[Guide](https://docs.example.net/guide).", ["https://docs.example.net/guide"]),
        ("[https://a.example.net/](https://b.example.net/)", ["https://a.example.net/", "https://b.example.net/"]),
        ("«https://docs.example.net/»; <HTTP://DOCS.example.net/x>", ["https://docs.example.net/", "http://docs.example.net/x"]),
        ("https://пример.рф/страница", ["https://xn--e1afmkfd.xn--p1ai/%D1%81%D1%82%D1%80%D0%B0%D0%BD%D0%B8%D1%86%D0%B0"]),
        ("README.md, node.js and т.е. or me@example.org/x; /etc/host.name/x", []),
        ("ftp://docs.example.net/ file:///etc/passwd javascript:alert(1) https:// http://", []),
        ("", []),
    ],
)  # fmt: skip
def test_addresses_are_found_in_what_a_person_wrote(text, expected):
    assert list(written_addresses([text]).values()) == expected


def test_many_addresses_and_long_texts_take_little():
    text = " ".join(f"https://host{number}.example.net/" for number in range(1000))
    assert len(written_addresses([text])) == 20
    assert written_addresses(["a." * 16_000, "www." * 8_000, "https://" + "(" * 30_000]) == {}


SAID = ("Compare docs.example.net/a and http://example.org/b", "Earlier: https://docs.example.net/c?x=1")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://docs.example.net/a", "https://docs.example.net/a"),
        ("http://docs.example.net/a/", "https://docs.example.net/a"),
        ("docs.example.net/a", "https://docs.example.net/a"),
        ("the page https://example.org/b.", "http://example.org/b"),
        ("https://DOCS.example.net/c?x=1#part", "https://docs.example.net/c?x=1"),
    ],
)
def test_the_persons_own_spelling_is_opened(value, expected):
    assert chosen_address(value, SAID) == expected


@pytest.mark.parametrize(
    "value",
    [
        "https://docs.example.net/",
        "https://docs.example.net/a/b",
        "https://docs.example.net/a?secret=1",
        "https://docs.example.net/c",
        "https://docs.example.net/c?x=2",
        "https://docs.example.net:8443/a",
        "https://docs.example.net.evil.example.org/a",
        "https://docs.example.net@evil.example.org/a",
        "https://evil.example.org/?u=docs.example.net/a",
        "https://dосs.example.net/a",
        "https://evil.example.org/",
        "a",
        "",
    ],
)
def test_no_other_address_is(value):
    assert chosen_address(value, SAID) == ""
