"""A widget's words: what staff wrote in a language, else the product's own."""

from typing import TypedDict

from django.utils.translation import get_language, gettext, ngettext, override

from chat.widgets.choices import WidgetLanguage
from chat.widgets.models import Widget

LANGUAGES = ("en", "ru")


class WidgetTexts(TypedDict):
    title: str
    greeting: str
    placeholder: str
    suggestions: list[str]


def language_for(widget: Widget, asked: str = "") -> str:
    """The language of the widget's pages: its fixed one, else the one asked for, else the active one."""
    if widget.language != WidgetLanguage.AUTO:
        return widget.language
    if asked in LANGUAGES:
        return asked
    return "ru" if (get_language() or "").startswith("ru") else "en"


def texts_of(widget: Widget, language: str) -> WidgetTexts:
    with override(language):
        return {
            "title": getattr(widget, f"title_{language}") or gettext("Chat with us"),
            "greeting": getattr(widget, f"greeting_{language}") or gettext("Hello! What would you like to know?"),
            "placeholder": getattr(widget, f"placeholder_{language}") or gettext("Write a message"),
            "suggestions": list(getattr(widget, f"suggestions_{language}")),
        }


def launcher_texts(language: str) -> dict[str, object]:
    """What the button on the host page says; `unread` are plural forms with {n}."""
    with override(language):
        forms = {name: ngettext("{n} new answer", "{n} new answers", number) for name, number in PLURALS[language]}
        return {
            "open": gettext("Open the chat"),
            "close": gettext("Close the chat"),
            "unread": forms,
            "retry": gettext("Try again"),
            "blocked": gettext("The chat could not be loaded. Check your connection and try again."),
        }


# A number of each plural category that Intl.PluralRules knows in the language.
PLURALS = {"en": (("one", 1), ("other", 2)), "ru": (("one", 1), ("few", 2), ("many", 5), ("other", 5))}
