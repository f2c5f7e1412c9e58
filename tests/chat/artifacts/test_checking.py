"""What a model may not put into a page, and that it is told why."""

import pytest

from chat.artifacts.checking import page_problem, printable
from tests.chat.artifacts.conftest import GOOD_PAGE


@pytest.mark.parametrize(
    ("part", "text", "named"),
    [
        ("html", "<script>1</script><p>x</p>", "<script>"),
        ("html", '<base href="https://evil.example/"><p>x</p>', "<base>"),
        ("html", '<p>x</p><meta http-equiv="refresh" content="0;url=https://evil.example">', "<meta>"),
        ("html", '<a href="javascript:alert(1)">x</a>', "href"),
        ("html", '<a href="JaVaScript:alert(1)">x</a>', "href"),
        ("html", '<a href="https://evil.example">x</a>', "href"),
        ("html", '<img src="//evil.example/x.png">', "src"),
        ("html", '<img srcset="a.png 2x">', "srcset"),
        ("html", '<form action="/login"><input></form>', "action"),
        ("html", '<form><button formaction="https://evil.example">x</button></form>', "formaction"),
        ("html", '<iframe srcdoc="x"></iframe>', "<iframe>"),
        ("html", '<svg><use xlink:href="https://evil.example/x.svg#a"></use></svg>', "href"),
        ("html", "<svg><script>1</script></svg>", "<script>"),
        ("html", '<object data="x"></object>', "<object>"),
        ("html", '<p style="background:url(https://evil.example/x)">x</p>', "style"),
        ("html", '<link rel="stylesheet" href="x.css"><p>x</p>', "<link>"),
        ("html", "only words", "no elements"),
        ("html", "<!-- nothing -->", "html"),
        ("css", "@import 'https://evil.example/x.css';", "@import"),
        ("css", "p { background: url('x.png') }", "url()"),
        ("css", "p { background: URL( https://evil.example/x ) }", "url()"),
        ("css", "</style><script>1</script>", "markup"),
        ("js", "fetch('/api/v1/users')", "requests"),
        ("js", "new XMLHttpRequest()", "requests"),
        ("js", "navigator.sendBeacon('x')", "requests"),
        ("js", "localStorage.setItem('a', 1)", "localStorage"),
        ("js", "console.log(document . cookie)", "document.cookie"),
        ("js", "window.parent.postMessage(1)", "surrounding"),
        ("js", "window.top.x", "surrounding"),
        ("js", "window.location = 'x'", "navigation"),
        ("js", "location.href='x'", "navigation"),
        ("js", "import('./x.js')", "import"),
        ("js", "const a = 'https://evil.example/x'", "addresses"),
        ("js", "const a = '//evil.example/x'", "addresses"),
        ("js", "alert('hi')", "alert"),
    ],
)
def test_each_is_named_for_the_repair(part, text, named):
    problem = page_problem({**GOOD_PAGE, part: text})
    assert problem.startswith(f"{part}: ")
    assert named in problem


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("html", '<a href="#top">x</a><img src="data:image/png;base64,AAAA" alt="">'),
        ("html", '<svg viewBox="0 0 1 1"><path d="M0 0"/></svg>'),
        ("html", '<form id="f"><input name="a"><button>ok</button></form>'),
        ("html", '<p dir="rtl">مرحبا <b>\u202eabc</b></p>'),
        ("html", "<p>&lt;script&gt; &amp; </p>"),
        ("html", "<p>\x00nul</p>"),
        ("css", "p { background: url(data:image/png;base64,AAAA); mask: url('#m') }"),
        ("css", ""),
        ("js", "// a comment. state.fetched += 1; const alerted = 1; list.location = 2;"),
        ("js", "document.createElementNS('http://www.w3.org/2000/svg', 'svg')"),
        ("js", "const imported = { prompt: 1 }; x.confirm();"),
        ("js", "//state.next()"),
        ("js", ""),
    ],
)
def test_what_is_harmless_passes(part, text):
    assert page_problem({**GOOD_PAGE, part: text}) == ""


def test_deep_and_long_pages_are_checked_in_a_moment():
    assert page_problem({**GOOD_PAGE, "html": "<div>" * 5000 + "<script>1</script>"})
    assert page_problem({**GOOD_PAGE, "js": "location " * 8000}) == ""
    assert page_problem({**GOOD_PAGE, "css": "url(" * 9000})


def test_problems_are_few_enough_to_be_read():
    assert len(page_problem({**GOOD_PAGE, "html": "<script></script><iframe></iframe>" * 500}).split(";")) <= 10


def test_what_no_database_holds_is_taken_out():
    assert printable("a\x00b\ud800c\x1bd\n\te🎉\uffff") == "abcd\n\te🎉"
