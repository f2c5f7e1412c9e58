"""The full-text index over tickets, with each database's own means (tickets.search.index)."""

from typing import Any

from django.db import migrations

# Terms are stored ready to match: words, and compounds with these characters inside.
SQLITE = """
CREATE VIRTUAL TABLE tickets_search USING fts5(
    terms, detail = 'none', tokenize = "unicode61 remove_diacritics 0 tokenchars '-_./:@+'"
)
"""
POSTGRESQL = (
    """
CREATE TABLE tickets_search (
    ticket_id bigint PRIMARY KEY REFERENCES tickets_ticket (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    last_at timestamp with time zone NOT NULL,
    tsv tsvector NOT NULL
)
""",
    # No pending list that each search would have to scan.
    "CREATE INDEX tickets_search_terms ON tickets_search USING gin (tsv) WITH (fastupdate = off)",
    "CREATE INDEX tickets_search_newest ON tickets_search (last_at DESC, ticket_id DESC)",
    # What is frequent is known by the statistics of this column.
    "ALTER TABLE tickets_search ALTER COLUMN tsv SET STATISTICS 500",
)


def create(apps: Any, schema_editor: Any) -> None:
    for statement in (SQLITE,) if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def drop(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("DROP TABLE tickets_search")


class Migration(migrations.Migration):
    dependencies = [("tickets", "0041_cards_in_trouble")]
    operations = [migrations.RunPython(create, drop)]
