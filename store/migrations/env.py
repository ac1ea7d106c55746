"""Alembic's entry: migrate on the connection we are given, inside its transaction."""

from __future__ import annotations

from alembic import context

from store.rows import Table

context.configure(connection=context.config.attributes["connection"], target_metadata=Table.metadata)
context.run_migrations()
