"""Runs the migrations on the connection and in the transaction that the store has opened."""

from __future__ import annotations

from alembic import context

from screener.history.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
