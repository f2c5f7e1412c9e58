"""A page's parts put together, so that no part can end another one's element."""

import re
from typing import Any

from django.utils.html import escape, json_script

from chat.artifacts.models import Artifact

SCRIPT_END = re.compile(r"</(?=script)", re.IGNORECASE)
STYLE_END = re.compile(r"</(?=style)", re.IGNORECASE)
DOCUMENT = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{css}
</style>
</head>
<body>
{html}
<script>
{js}
</script>
</body>
</html>
"""


def script_text(code: str) -> str:
    """The same program without what ends its element; in strings, the backslash says nothing."""
    return SCRIPT_END.sub(r"<\\/", code).replace("<!--", r"<\!--")


def style_text(code: str) -> str:
    return STYLE_END.sub(r"<\\/", code)


def with_data(html: str, data: dict[str, Any]) -> str:
    """The markup and, after it, the data as JSON that no browser runs; the script finds it as `#page-data`."""
    return f"{html}\n{json_script(data, 'page-data')}\n"


def document_of(artifact: Artifact) -> str:
    """The page as a document that stands alone."""
    return DOCUMENT.format(
        language=escape(artifact.language),
        title=escape(artifact.title),
        css=style_text(artifact.css),
        html=artifact.html,
        js=script_text(artifact.js),
    )
