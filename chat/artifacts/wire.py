"""Mini-pages on the wires."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from chat.artifacts.catalog import TEMPLATES
from chat.artifacts.links import link_to
from chat.artifacts.models import Artifact
from config.api import utc_z


def template_name(key: str) -> str:
    """For people, in the active language."""
    return str(TEMPLATES[key].name) if key in TEMPLATES else _("Written by a model")


def artifact_json(artifact: Artifact) -> dict[str, Any]:
    return {
        "id": artifact.pk,
        "html": artifact.html,
        "css": artifact.css,
        "js": artifact.js,
        "template_used": template_name(artifact.template),
        "created_at": utc_z(artifact.created_at),
        "task": artifact.task,
        "metadata": {
            "rating": artifact.rating,
            "rated_at": utc_z(artifact.rated_at) if artifact.rated_at else None,
        },
        **_additions(artifact),
    }


def card_json(artifact: Artifact) -> dict[str, Any]:
    """What a history shows of a page: all but its sources."""
    return {
        "id": artifact.pk,
        "template_used": template_name(artifact.template),
        "created_at": utc_z(artifact.created_at),
        "metadata": {"rating": artifact.rating},
        **_additions(artifact),
    }


def _additions(artifact: Artifact) -> dict[str, Any]:
    return {
        "title": artifact.title,
        "url": link_to(artifact),
        "model": artifact.model_key or None,
        "degraded": artifact.degraded or None,
    }


def cards_of(metadata: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The cards, by id, of the pages that these answers' metadata name; one query, none without pages."""
    ids = [entry["artifact"] for entry in metadata if entry.get("artifact")]
    rows = Artifact.objects.filter(pk__in=ids).defer("html", "css", "js", "data") if ids else ()
    return {row.pk: card_json(row) for row in rows}


def with_artifact(metadata: dict[str, Any]) -> dict[str, Any]:
    """An answer's metadata with the page itself in place of its id; without it, when the page is gone."""
    if not metadata.get("artifact"):
        return metadata
    artifact = Artifact.objects.filter(pk=metadata["artifact"]).first()
    rest = {name: value for name, value in metadata.items() if name != "artifact"}
    if artifact is None:
        return rest
    with override(artifact.language):
        return {**rest, "artifact": artifact_json(artifact), "cell_used": "ui_code_cell"}
