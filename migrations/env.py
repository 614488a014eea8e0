"""How Alembic runs our migrations: on the connection of storage/migrations.py, in batch mode for SQLite."""

from alembic import context

from bot.storage.engine.moderation_tables import metadata


def run_migrations() -> None:
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    context.run_migrations()


run_migrations()
