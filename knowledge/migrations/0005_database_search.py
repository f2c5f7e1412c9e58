"""What the database itself does for search: a tsvector for each passage, and pgvector where it can be had."""

from typing import Any

from django.db import migrations

# Kept with the row: an order by the words that a passage holds would have to make it anew for each.
POSTGRESQL = """
DROP INDEX IF EXISTS knowledge_chunk_terms_fts;
ALTER TABLE knowledge_chunk ADD COLUMN tsv tsvector
    GENERATED ALWAYS AS (array_to_tsvector(string_to_array(terms, ' '))) STORED;
CREATE INDEX knowledge_chunk_tsv ON knowledge_chunk USING gin (tsv) WITH (fastupdate = off);
"""
POSTGRESQL_BACK = """
DROP INDEX IF EXISTS knowledge_chunk_tsv;
ALTER TABLE knowledge_chunk DROP COLUMN IF EXISTS tsv;
CREATE INDEX knowledge_chunk_terms_fts ON knowledge_chunk
    USING gin (array_to_tsvector(string_to_array(terms, ' '))) WITH (fastupdate = off);
"""



def create(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_BACK)


def install_vectors(apps: Any, schema_editor: Any) -> None:
    from knowledge.dense import pgvector

    pgvector.install()


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0004_index")]
    operations = [
        migrations.RunPython(create, drop),
        migrations.RunPython(install_vectors, migrations.RunPython.noop),
    ]
