"""Markdown as safe HTML, rendered on the server."""

from collections.abc import Sequence
from functools import cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

TAGS = set("a b blockquote br code del em h3 h4 h5 h6 hr i li ol p pre s strong table tbody td th thead tr ul".split())
ATTRIBUTES = {"a": {"href", "title"}, "code": {"class"}, "ol": {"start"}, "td": {"class"}, "th": {"class"}}
SCHEMES = {"http", "https", "mailto", "tel"}
# What scrolls by itself must be reachable by keyboard.
REACHABLE = {"pre": {"tabindex": "0"}, "table": {"tabindex": "0"}}
LINK_REL = "noopener noreferrer nofollow"
ALIGNMENT = {"left": "align-left", "center": "align-center", "right": "align-right"}


class Renderer(RendererHTML):
    """Pictures become links: loading one would tell its server who reads which conversation."""

    def image(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[index]
        label = self.renderInlineAsText(token.children or [], options, env) or str(token.attrs.get("src", ""))
        return f'<a href="{nh3.clean_text(str(token.attrs.get("src", "")))}">{nh3.clean_text(label)}</a>'


@cache
def parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}, renderer_cls=Renderer).enable(["table", "strikethrough"])


def render_markdown(text: str) -> SafeString:
    """Safe HTML for `text`; its headings begin at the third level, below a page's own."""
    tokens = parser().parse(text)
    for token in tokens:
        _fit_in(token)
    html = parser().renderer.render(tokens, parser().options, {})
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel=LINK_REL,
        set_tag_attribute_values=REACHABLE,
    )
    return mark_safe(clean)  # noqa: S308 (nh3 has let through only what is listed above)


def _fit_in(token: Token) -> None:
    if token.type in {"heading_open", "heading_close"}:
        token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
    if token.type in {"th_open", "td_open"} and (style := token.attrs.pop("style", None)):
        # The content policy of the product allows no inline styles.
        token.attrs["class"] = ALIGNMENT.get(str(style).rpartition(":")[2], "")
