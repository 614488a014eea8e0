"""How a subcommand ends when it cannot do its work."""

from typing import NoReturn

import typer

WRONG_SETTINGS = 2
"""The exit code where starting again does not help: wrong settings, a wrong token, wrong options."""


def fail(message: str, code: int = 1) -> NoReturn:
    """Print the message on stderr and end the command with that exit code."""
    typer.echo(message, err=True)
    raise typer.Exit(code)
