"""The full-text index over knowledge_chunk.terms, with each database's own means."""

from typing import Any

from django.db import migrations

# Terms are stored ready to match: words, and compounds with these characters inside.
SQLITE_TABLE = """
CREATE VIRTUAL TABLE knowledge_chunk_fts USING fts5(
    terms, detail = 'none', tokenize = "unicode61 remove_diacritics 0 tokenchars '-_./:@+'"
)
"""
SQLITE_FILL = "INSERT INTO knowledge_chunk_fts (rowid, terms) SELECT id, terms FROM knowledge_chunk"
# Documents are read far more often than written: no pending list that each search would have to scan.
POSTGRESQL_INDEX = """
CREATE INDEX knowledge_chunk_terms_fts ON knowledge_chunk
USING gin (array_to_tsvector(string_to_array(terms, ' '))) WITH (fastupdate = off)
"""


def create(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(SQLITE_TABLE)
        schema_editor.execute(SQLITE_FILL)
    else:
        schema_editor.execute(POSTGRESQL_INDEX)


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE knowledge_chunk_fts")
    else:
        schema_editor.execute("DROP INDEX knowledge_chunk_terms_fts")


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
