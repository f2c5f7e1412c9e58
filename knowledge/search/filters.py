"""Which passages a search may find, as SQL that both databases run."""

from dataclasses import dataclass
from typing import Any

from knowledge.models import IndexVersion
from knowledge.scopes import STAFF, names_seen_by

Sql = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Filters:
    """Narrows a search: to a language, to documents with all of `tags`, to a collection, to one document.

    `without` is the name of a collection (a folder that was imported) to leave out.
    """

    language: str = ""
    tags: tuple[str, ...] = ()
    collection: str = ""
    document: str = ""
    without: str = ""

    @property
    def narrow(self) -> bool:
        """Whether few documents may be left."""
        return bool(self.language or self.tags or self.collection or self.document)


def condition(version: IndexVersion, *, scope: str, filters: Filters) -> Sql:
    """A condition on `c`, a passage, and `d`, its document."""
    parts = ["c.index_id = %s", "d.published", "c.edition = d.edition"]
    parameters: list[Any] = [version.pk]
    if scope != STAFF:
        names = names_seen_by(scope)
        marks = ", ".join(["%s"] * len(names))
        parts.append(
            "(NOT d.restricted OR EXISTS (SELECT 1 FROM knowledge_audience a "
            f"WHERE a.document_id = d.id AND a.scope IN ({marks})))"
        )
        parameters += names
    for column, value, operator in (
        ("d.language", filters.language, "="),
        ("d.collection", filters.collection, "="),
        ("d.slug", filters.document, "="),
        ("d.collection", filters.without, "<>"),
    ):
        if value:
            parts.append(f"{column} {operator} %s")
            parameters.append(value)
    for tag in filters.tags:
        parts.append(
            "EXISTS (SELECT 1 FROM knowledge_document_tags dt JOIN knowledge_tag t ON t.id = dt.tag_id "
            "WHERE dt.document_id = d.id AND t.name = %s)"
        )
        parameters.append(tag)
    return " AND ".join(parts), parameters
