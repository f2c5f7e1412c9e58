import pytest
from django.core.exceptions import ValidationError

from chat.widgets.origins import is_allowed, is_own, parse_origin, parse_origins


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("https://shop.example.com", "https://shop.example.com"),
        ("  HTTPS://Shop.Example.com/ ", "https://shop.example.com"),
        ("https://shop.example.com:443", "https://shop.example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://пример.рф", "https://xn--e1afmkfd.xn--p1ai"),
        ("https://*.example.com", "https://*.example.com"),
        ("*", "*"),
    ],
)
def test_origins_are_stored_as_browsers_write_them(written, stored):
    assert parse_origin(written) == stored


@pytest.mark.parametrize(
    "written",
    [
        "shop.example.com",
        "https://shop.example.com/page",
        "https://shop.example.com?x",
        "https://user@shop.example.com",
        "ftp://shop.example.com",
        "https://",
        "https://*.com",
        "https://a.*.com",
        "https://shop.example.com:99999",
        "https://shop..example.com",
        "https://-shop.example.com",
        "https://shop.example.com; script-src *",
        "null",
        "file://",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_origin_is_refused(written):
    with pytest.raises(ValidationError):
        parse_origin(written)


def test_every_bad_line_is_named_and_doubles_are_stored_once():
    assert parse_origins(["https://a.example.com", "", "https://A.example.com/"]) == ["https://a.example.com"]
    with pytest.raises(ValidationError) as caught:
        parse_origins(["https://a.example.com", "nonsense", "", "https://b.example.com/x"])
    assert [text.split(":")[0] for text in caught.value.messages] == ["Line 2", "Line 4"]


@pytest.mark.parametrize(
    ("origin", "allowed", "expected"),
    [
        ("https://shop.example.com", ["https://shop.example.com"], True),
        ("https://shop.example.com:8443", ["https://shop.example.com"], False),
        ("http://shop.example.com", ["https://shop.example.com"], False),
        ("https://shop.example.com.evil.org", ["https://shop.example.com"], False),
        ("https://a.b.example.com", ["https://*.example.com"], True),
        ("https://example.com", ["https://*.example.com"], False),
        ("https://evilexample.com", ["https://*.example.com"], False),
        ("http://a.example.com", ["https://*.example.com"], False),
        ("https://a.example.com:444", ["https://*.example.com"], False),
        ("https://anything.org", ["*"], True),
        ("null", ["*"], False),
        ("file://", ["*"], False),
        ("", ["*"], False),
        ("https://shop.example.com", [], False),
    ],
)
def test_which_origins_a_list_lets_in(origin, allowed, expected):
    assert is_allowed(origin, allowed) is expected


def test_the_servers_own_origin():
    assert is_own("https://chat.example.com:8443", "chat.example.com:8443")
    assert not is_own("https://chat.example.com", "chat.example.com:8443")
    assert not is_own("", "")
