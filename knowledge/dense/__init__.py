"""Nearest vectors: pgvector where the database has it, else an index in this process."""
