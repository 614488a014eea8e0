"""`remix-bot version`, which `remix-bot --version` is too."""

import platform

import typer

from bot import __version__
from bot.storage.engine.migrations import newest_revision


def version() -> None:
    """Print the version, the schema of its database, and the version of Python."""
    typer.echo(f"remix-bot {__version__} (database schema {newest_revision()}, Python {platform.python_version()})")
