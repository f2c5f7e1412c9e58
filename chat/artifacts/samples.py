"""What the templates show when nobody says what they should, in the active language."""

from typing import Any

from django.utils.translation import gettext as _


def rpg_inventory() -> dict[str, Any]:
    return {
        "title": _("Inventory"),
        "hero": _("Wanderer"),
        "gold": 240,
        "slots": 20,
        "items": [
            _item(_("Healing potion"), "potion", "🧪", 3, "common", _("Restores some health.")),
            _item(_("Iron sword"), "weapon", "🗡️", 1, "common", _("Plain, sharp and reliable.")),
            _item(_("Oak shield"), "armor", "🛡️", 1, "rare", _("Stops arrows and bad moods.")),
            _item(_("Lantern"), "tool", "🏮", 1, "common", _("Lights the way underground.")),
            _item(_("Rope"), "tool", "🪢", 2, "common", _("Twenty steps long.")),
            _item(_("Moonstone"), "treasure", "🔮", 1, "epic", _("Glows when trouble is near.")),
            _item(_("Dragon scale"), "treasure", "🐉", 1, "legendary", _("Still warm.")),
        ],
    }


def _item(name: str, kind: str, icon: str, count: int, rarity: str, description: str) -> dict[str, Any]:
    return {"name": name, "kind": kind, "icon": icon, "count": count, "rarity": rarity, "description": description}


def platformer_hud() -> dict[str, Any]:
    return {
        "title": _("Run and jump"),
        "hero": "🦊",
        "level": _("Meadow"),
        "lives": 3,
        "coins": 0,
        "goal": 15,
        "seconds": 60,
        "speed": 3,
    }


def puzzle_board() -> dict[str, Any]:
    return {"title": _("Sliding puzzle"), "size": 4, "labels": [], "shuffle": 80}


def tictactoe() -> dict[str, Any]:
    return {
        "title": _("Tic-tac-toe"),
        "size": 3,
        "in_a_row": 3,
        "opponent": "computer",
        "first": "x",
        "names": {"x": _("Crosses"), "o": _("Noughts")},
    }
