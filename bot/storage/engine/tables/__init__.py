"""Every table of the database, one module for each subject. Alembic compares the migrations with this metadata."""

from bot.storage.engine.tables import (
    appeals,
    drafts,
    listed_pictures,
    matters,
    moderation,
    operator,
    oversight,
    pictures,
    privacy,
    processes,
    restores,
    sealed,
    words,
)
from bot.storage.engine.tables.remixes import metadata

__all__ = [
    "appeals",
    "drafts",
    "listed_pictures",
    "matters",
    "metadata",
    "moderation",
    "operator",
    "oversight",
    "pictures",
    "privacy",
    "processes",
    "restores",
    "sealed",
    "words",
]
