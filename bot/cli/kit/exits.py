"""How a subcommand ends when it cannot do its work."""

from typing import NoReturn

import typer

from bot.cli.kit.stderr import tell

WRONG_SETTINGS = 2
"""The exit code where starting again does not help: wrong settings, a wrong token, wrong options."""


def fail(message: str, code: int = 1) -> NoReturn:
    """Say the message on stderr, line by line, and end the command with that exit code."""
    for line in message.splitlines():
        tell(line)
    raise typer.Exit(code)
