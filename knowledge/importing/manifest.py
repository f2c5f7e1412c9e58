"""`manifest.json` of an export: what a Markdown file cannot say of its document."""

import json
from typing import Any

from knowledge.choices import DocumentFormat
from knowledge.importing.containers import MANIFEST, Container
from knowledge.importing.errors import BadSource

FORMAT = "switchboard-knowledge"
VERSION = 1
TEXTS = ("path", "slug", "source")
OPTIONAL_TEXTS = ("original", "original_name", "address")


def facts_of(container: Container) -> dict[str, dict[str, Any]]:
    """What the manifest says of each file; nothing when there is none of ours. Raises BadSource."""
    if MANIFEST not in container.names:
        return {}
    try:
        found = json.loads(container.read(MANIFEST))
    except (ValueError, RecursionError) as error:
        raise BadSource(f"{MANIFEST} is not valid JSON") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        return {}
    if found.get("version") != VERSION or not isinstance(found.get("documents"), list):
        raise BadSource(f"{MANIFEST}: version {VERSION} with a list of documents is wanted")
    return {fact["path"]: fact for fact in map(_checked, found["documents"])}


def _checked(fact: Any) -> dict[str, Any]:
    is_sound = (
        isinstance(fact, dict)
        and all(isinstance(fact.get(name), str) for name in TEXTS)
        and all(isinstance(fact.get(name, ""), str) for name in OPTIONAL_TEXTS)
        and all(_stays_inside(fact.get(name, "")) for name in ("path", "original"))
        and fact.get("format", "markdown") in DocumentFormat.values
        and _are_places(fact.get("places", []))
        and _are_texts(fact.get("notes", []))
    )
    if not is_sound:
        raise BadSource(f"{MANIFEST}: an entry is not as export_knowledge writes it: {str(fact)[:200]}")
    return dict(fact)


def _stays_inside(name: str) -> bool:
    return not name.startswith("/") and ".." not in name.split("/")


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _are_places(value: Any) -> bool:
    """A list of [line, anchor, label]."""
    return isinstance(value, list) and all(
        isinstance(place, list) and len(place) == 3 and isinstance(place[0], int) and _are_texts(place[1:])
        for place in value
    )
