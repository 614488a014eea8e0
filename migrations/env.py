"""Runs the migrations on the connection that bot/storage/engine/migrations.py passes in."""

from alembic import context

from bot.storage.engine.tables import metadata


def run_migrations() -> None:
    connection = context.config.attributes["connection"]
    # Batch mode makes `revision --autogenerate` write migrations that rebuild a table where SQLite cannot alter it:
    # https://alembic.sqlalchemy.org/en/latest/batch.html
    applied = context.config.attributes.get("applied")
    context.configure(
        connection=connection, target_metadata=metadata, render_as_batch=True, on_version_apply=applied and [applied]
    )
    context.run_migrations()


run_migrations()
