"""What the script on a host page is told about its widget. Nothing in it is secret."""

from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from django.contrib.staticfiles import finders
from django.urls import reverse

from chat.widgets.choices import LauncherIcon
from chat.widgets.colours import ink_on
from chat.widgets.models import Widget
from chat.widgets.texts import launcher_texts, texts_of
from config.templatetags.product import ICONS

Shape = tuple[str, dict[str, str]]


def config_of(widget: Widget, language: str) -> dict[str, Any]:
    return {
        "key": widget.key,
        "language": language,
        "title": texts_of(widget, language)["title"],
        "theme": widget.theme,
        "position": widget.position,
        "accent": widget.accent,
        "accent_ink": ink_on(widget.accent),
        "icon": shapes_of(widget.icon),
        "close_icon": shapes_of("x"),
        "texts": launcher_texts(language),
        "keeps_pages": widget.keeps_pages,
        "panel": reverse("widget-panel", args=[widget.key]),
    }


@cache
def shapes_of(icon: str) -> list[Shape]:
    """The shapes of a symbol of our sprite as (tag, attributes): other sites cannot refer to our sprite itself."""
    symbols = ElementTree.parse(Path(str(finders.find(ICONS)))).getroot()  # noqa: S314 - a file of ours
    symbol = next((entry for entry in symbols if entry.get("id") == icon), None)
    if symbol is None:
        return shapes_of(LauncherIcon.BUBBLE.value)
    return [(shape.tag.rpartition("}")[2], dict(shape.attrib)) for shape in symbol]
