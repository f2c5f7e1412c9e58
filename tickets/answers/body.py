"""The text of an answer as people get it: plain and HTML, with the signature and the mail that is answered."""

from dataclasses import dataclass
from functools import cache

import nh3
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from tickets.models import Mailbox, TicketMessage

TAGS = set("a b blockquote br code del em h1 h2 h3 h4 hr i li ol p pre strong table tbody td th thead tr ul".split())
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "tel"}
QUOTED_LINES = 200
QUOTED_CHARACTERS = 20_000
QUOTE_STYLE = "margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex"


@dataclass(frozen=True, slots=True)
class Body:
    """`html` is the whole HTML part, `shown` the answer alone as HTML, for pages of ours."""

    text: str
    html: str
    shown: str


def compose(text: str, *, mailbox: Mailbox, language: str, answered: TicketMessage | None = None) -> Body:
    shown = as_html(text)
    signature = mailbox.signature(language).strip()
    line, quoted = _quote(answered, language) if answered is not None else ("", "")
    plain = [text.strip(), f"-- \n{signature}" if signature else ""]
    rich = [shown, format_html("<p>-- <br>{}</p>", _lines(signature)) if signature else ""]
    if quoted:
        plain.append(line + "\n" + "\n".join(f"> {row}".rstrip() for row in quoted.split("\n")))
        rich.append(
            format_html(
                '<div><p>{}</p><blockquote type="cite" style="{}">{}</blockquote></div>',
                line,
                QUOTE_STYLE,
                _lines(quoted),
            )
        )
    html = format_html('<!doctype html><html lang="{}"><body>{}</body></html>', language, mark_safe("\n".join(rich)))  # noqa: S308 - sanitised or escaped above
    return Body("\n\n".join(filter(None, plain)) + "\n", str(html), shown)


def as_html(text: str) -> str:
    """Safe HTML for the Markdown of an answer. Line breaks stay; pictures from elsewhere are left as links."""
    return nh3.clean(
        _parser().render(text), tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer"
    )


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    # People indent without meaning code, and a line of dashes makes no headline of the one above.
    return parser.disable(["image", "code", "lheading"])


def _quote(message: TicketMessage, language: str) -> tuple[str, str]:
    """Who wrote when, in a form that mail programs fold away, and what."""
    text = (message.new_text or message.text).strip()
    cut = "\n".join(text[:QUOTED_CHARACTERS].splitlines()[:QUOTED_LINES])
    if len(cut) < len("\n".join(text.splitlines())):
        cut += "\n[…]"
    with translation.override(language), timezone.override("UTC"):
        written = date_format(timezone.localtime(message.sent_at), "j E Y, H:i" if language == "ru" else "j M Y, H:i")
        who = f"{message.sender_name} <{message.sender_address}>".strip()
        line = _("On %(date)s (UTC), %(who)s wrote:") % {"date": written, "who": who}
    return line, cut


def _lines(text: str) -> str:
    return mark_safe("<br>\n".join(escape(line) for line in text.splitlines()))  # noqa: S308 - escaped
