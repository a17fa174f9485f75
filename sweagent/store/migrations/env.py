"""Alembic's entry: runs the migrations on the connection, and inside the transaction, that the store gives it."""

from alembic import context

from sweagent.store.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
