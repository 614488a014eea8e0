"""Lists the subcommands, and imports the module of one when it is called, for a person or for what collects the log.

discord.py, SQLAlchemy and Pillow take most of a second to import. `remix-bot --help` and the report of a wrong setting
do without them.
"""

import gc
import os
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from bot.cli.kit.exits import WRONG_SETTINGS, fail
from bot.cli.kit.stderr import speaking_json, tell
from bot.settings.log_format import early_log_format
from bot.settings.misspelled import misspelled_names
from bot.settings.settings import Needs, Settings, SettingsError, load_settings

ENV_FILE = Path(".env")
_HELP = "A Discord bot that makes Ideogram 4.0 remixes for communities."


@dataclass(frozen=True, slots=True)
class Subcommand:
    """A module of `bot.cli` with a function of that name, or a `typer.Typer` for subcommands of its own.

    In Python its name has `_` in the place of `-`.
    """

    summary: str
    """The line that `remix-bot --help` shows."""
    needs: Needs | None
    """Which settings are read before the module is imported. The function gets them as `context.obj`."""
    folder: str = "bot.cli"
    """Where its module is."""


SUBCOMMANDS = {
    "setup": Subcommand("Ask for the token and the key, check them, and write them to .env.", None),
    "run": Subcommand("Run the bot until you stop it with Ctrl-C or SIGTERM.", "all"),
    "doctor": Subcommand("Check everything that the bot needs, and say what to do about what is wrong.", None),
    "migrate": Subcommand("Update the database to this version. `run` does this too.", "storage"),
    "backup": Subcommand("Copy the database and the pictures to a new folder.", "storage"),
    "restore": Subcommand("Put a backup in the place of the database and the pictures.", "storage"),
    "copy-database": Subcommand(
        "Copy a SQLite database into an empty PostgreSQL database.", "storage", "bot.cli.moving"
    ),
    "move-blobs": Subcommand("Copy all pictures to another folder or bucket.", "network", "bot.cli.moving"),
    "usage": Subcommand("Show what was spent, by day, server, person or speed.", "storage"),
    "points": Subcommand("Show people's points over all servers.", "storage", "bot.cli.people"),
    "audit": Subcommand("Check that the money and the history of every job add up.", "storage"),
    "parked": Subcommand("List and decide remixes whose paid call has an unknown outcome.", "storage"),
    "pictures": Subcommand("List and change the pictures that no server may use.", "storage", "bot.cli.picture_memory"),
    "evidence": Subcommand("List, export or destroy what was reported as illegal.", "storage", "bot.cli.people"),
    "status": Subcommand("Show how the bot is: running or not, queue, alarms, spending, backup, disk.", "storage"),
    "health": Subcommand("Say whether the running bot is alive, for a container's HEALTHCHECK.", None),
    "forget": Subcommand("Erase what is stored about a person or a server.", "storage"),
    "demo": Subcommand("Try the bot in your browser, without Discord and without keys.", None),
    "version": Subcommand("Print the version.", None),
}


class LazyGroup(TyperGroup):
    """Knows only names and summaries until a subcommand is called: click's pattern for slow imports.

    https://click.palletsprojects.com/en/stable/complex/#lazily-loading-subcommands
    """

    def __init__(self) -> None:
        listed = {name: TyperCommand(name, help=each.summary) for name, each in SUBCOMMANDS.items()}
        options = get_command(_group_options()).params
        super().__init__(name="remix-bot", help=_HELP, commands=dict(listed), params=options, no_args_is_help=True)

    def resolve_command(
        self,
        ctx: Any,  # noqa: ANN401 - typer keeps the class to itself
        args: list[str],
    ) -> tuple[str | None, Any, list[str]]:
        name, listed, rest = super().resolve_command(ctx, args)
        if name is None:
            return name, listed, rest
        needs = SUBCOMMANDS[name].needs
        if needs is not None and "--help" not in rest:
            ctx.obj = _read_settings(needs)
        return name, _load(name), rest


def _group_options() -> typer.Typer:
    """The options before a subcommand. Typer builds an option only from the parameter of a function."""
    app = typer.Typer(add_completion=False)

    def print_version(chosen: bool) -> None:
        if chosen:
            import_module("bot.cli.version").version()
            raise typer.Exit

    @app.callback()
    def _options(
        *,
        version: Annotated[
            bool, typer.Option("--version", is_eager=True, callback=print_version, help="Print the version.")
        ] = False,
    ) -> None: ...

    return app


def _load(name: str) -> Any:  # noqa: ANN401 - a command; typer keeps the class to itself
    in_python = name.replace("-", "_")
    found = getattr(_import_uncollected(f"{SUBCOMMANDS[name].folder}.{in_python}"), in_python)
    if isinstance(found, typer.Typer):
        return get_command(found)
    app = typer.Typer(add_completion=False)
    app.command(name)(found)
    return get_command(app)


def _import_uncollected(name: str) -> ModuleType:
    """Imports without the garbage collector.

    Nearly all that 1,500 modules make stays, and it would walk through it again and again: a fifth of the CPU of
    `import bot.cli.run`.
    """
    gc.disable()
    module = import_module(name)
    gc.freeze()
    gc.enable()
    return module


def _read_settings(needs: Needs) -> Settings:
    try:
        return load_settings(ENV_FILE, needs=needs)
    except SettingsError as error:
        # What is missing may be there under a misspelled name.
        fail("\n".join([*error.lines, *misspelled_names(ENV_FILE)]), WRONG_SETTINGS)


_FOR_PEOPLE = frozenset({"demo", "setup"})
"""These subcommands talk to a person, whatever LOG_FORMAT is."""


def run_subcommand() -> None:
    if sys.stderr is None:
        # Started with `2>&-`. Else the database would be opened as file 2, into which libraries print.
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives
    if not _is_for_machines():
        LazyGroup()()
        return
    with speaking_json():
        code = _run_for_machines()
    sys.exit(code)


def _is_for_machines() -> bool:
    """Whether a log collector reads stderr. At a terminal only `run` has readers other than the person there."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in _FOR_PEOPLE or (name != "run" and sys.stderr.isatty()):
        return False
    return early_log_format(ENV_FILE) == "json"


def _run_for_machines() -> int:
    """The exit code. Typer would draw a frame around a wrong option; here it is a sentence like all others."""
    try:
        code = LazyGroup().main(standalone_mode=False)
    except typer.Abort:
        tell("Aborted.")
        return 1
    except Exception as error:
        sentence = getattr(error, "format_message", None)
        if sentence is None:
            raise
        tell(sentence())
        return int(getattr(error, "exit_code", 1))
    return code if isinstance(code, int) else 0
