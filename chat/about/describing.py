"""What the assistant says of itself, as Markdown in the active language."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from chat.about.choices import ACTIVE, DORMANT, GROWING
from chat.about.organs import OrganJson, by_status, organs_of
from config import VERSION

Json = dict[str, Any]


def self_json(actor: Any) -> Json:
    """`{"description": Markdown, "summary"}`; nothing here changes its own program, so `has_evolution` is false."""
    organs = organs_of(actor)
    counts = by_status(organs)
    summary = {
        "total_organs": len(organs),
        "active_organs": counts[ACTIVE],
        "growing_organs": counts[GROWING],
        "has_evolution": False,
        "has_experience": organs["experience"]["status"] != DORMANT,
    }
    return {"description": _description(organs), "summary": summary}


def growth_json(actor: Any) -> Json:
    """By what the assistant gets better; new parts do not come by themselves."""
    return {"capabilities": _growth(organs_of(actor)), "cell_factory_available": False, "can_grow": True}


def _description(organs: dict[str, OrganJson]) -> str:
    values = {"name": settings.APP_NAME, "version": VERSION}
    return "\n".join(
        [
            "# " + settings.APP_NAME,
            "",
            _("I am the assistant of %(name)s, version %(version)s. I consist of these parts:") % values,
            "",
            *(_line(organ) for organ in organs.values() if organ["status"] != DORMANT),
            "",
            _("Asleep, because something they need is missing or this server does not have them:"),
            "",
            *(f"- {organ['name']}" for organ in organs.values() if organ["status"] == DORMANT),
        ]
    )


def _line(organ: OrganJson) -> str:
    return f"- **{organ['name']}** ({_state(organ)}): {organ['description']}"


def _state(organ: OrganJson) -> str:
    if organ["status"] == ACTIVE:
        return pgettext("part of the assistant", "in use")
    return pgettext("part of the assistant", "not used yet")


def _growth(organs: dict[str, OrganJson]) -> str:
    ways = [
        _("documents that people of the house publish in the knowledge base"),
        _("ratings and corrections that people give to answers"),
        _("prompts that people of the house write and compare"),
    ]
    if organs["memory"]["status"] != DORMANT:
        ways.insert(0, _("what you tell me about yourself, for you alone"))
    lines = ["## " + _("How I grow"), "", *(f"- {way}" for way in ways), "", "## " + _("What I can do"), ""]
    able = [organ for organ in organs.values() if organ["status"] != DORMANT]
    return "\n".join([*lines, *(f"- {words}" for organ in able for words in organ["capabilities"])])
