"""The templates: what each is called and is for, the words that ask for it, and its data when nobody gives any.

The files of a template lie in `pages/KEY`: markup (a Django template for its words), style, script, and the JSON schema
of its data.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from django.template import Context, Engine
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from chat.artifacts import samples
from chat.artifacts.composing import with_data

PAGES = Path(__file__).parent / "pages"
SHARED = "shared"
PROBLEM_LENGTH = 300


@dataclass(frozen=True, slots=True)
class PageTemplate:
    """A ready page. Of its words, one of `clear` asks for it alone; of the `vague` ones it takes two."""

    key: str
    name: Any
    category: Any
    description: Any
    clear: tuple[str, ...]
    vague: tuple[str, ...]
    sample: Callable[[], dict[str, Any]]

    def defaults(self, language: str) -> dict[str, Any]:
        """Data to show when none is given, in `language`."""
        with override(language):
            return self.sample()

    def problem_of(self, data: Any) -> str:
        """What is wrong with the data, naming the place; empty when it fits."""
        error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema_of(self.key)).iter_errors(data))
        return f"{error.json_path.removeprefix('$.')}: {error.message}"[:PROBLEM_LENGTH] if error else ""

    def markup(self, data: dict[str, Any], *, language: str) -> str:
        with override(language):
            html = _engine().get_template(f"{self.key}/page.html").render(Context({"title": data["title"]}))
        return with_data(html.strip(), data)

    @property
    def css(self) -> str:
        return text_of(SHARED, "base.css") + text_of(self.key, "style.css")

    @property
    def js(self) -> str:
        return text_of(self.key, "script.js")


@cache
def text_of(key: str, name: str) -> str:
    return (PAGES / key / name).read_text(encoding="utf-8")


@cache
def schema_of(key: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(text_of(key, "schema.json"))
    return schema


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(PAGES)], libraries={"i18n": "django.templatetags.i18n"})


TEMPLATES = {
    template.key: template
    for template in (
        PageTemplate(
            "rpg_inventory",
            _("RPG inventory"),
            _("Games"),
            _("A hero's bag: items in slots, with kinds, rarity and what they do."),
            ("инвентарь", "inventory", "рюкзак", "backpack"),
            ("rpg", "рпг", "предметы", "items", "зелье", "potion", "оружие", "weapon", "герой", "hero"),
            samples.rpg_inventory,
        ),
        PageTemplate(
            "platformer_hud",
            _("Platformer with HUD"),
            _("Games"),
            _("A small jumping game under a panel with lives, coins, score and time."),
            ("hud", "платформер"),
            (
                "platformer",
                "game",
                "игра",
                "жизни",
                "lives",
                "монеты",
                "coins",
                "очки",
                "score",
                "здоровье",
                "health",
                "прыжки",
                "jumping",
            ),
            samples.platformer_hud,
        ),
        PageTemplate(
            "puzzle_board",
            _("Sliding puzzle"),
            _("Games"),
            _("Tiles on a board to slide into order, with moves and time."),
            ("пазл", "puzzle", "головоломка", "пятнашки"),
            ("grid", "сетка", "board", "доска", "плитки", "tiles", "поле", "sliding"),
            samples.puzzle_board,
        ),
        PageTemplate(
            "tictactoe",
            _("Tic-tac-toe"),
            _("Games"),
            _("Noughts and crosses against the computer or a friend."),
            ("крестики нолики", "tic tac toe", "noughts crosses", "tictactoe"),
            (),
            samples.tictactoe,
        ),
    )
}
FIRST = next(iter(TEMPLATES))
