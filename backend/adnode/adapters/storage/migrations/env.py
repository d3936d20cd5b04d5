"""Runs migrations on the connection that storage hands over."""

from alembic import context

from adnode.adapters.storage.rows import Row


def run() -> None:
    """Run them; SQLite needs batch mode to alter tables."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=Row.metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


run()
