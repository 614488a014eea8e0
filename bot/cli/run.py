"""`remix-bot run`."""

import asyncio
from typing import Annotated

import structlog
import typer

from bot import logs
from bot.cli.kit.exits import WRONG_SETTINGS, fail
from bot.cli.kit.stderr import tell
from bot.cli.lazy_group import ENV_FILE
from bot.discord_app.connection import DiscordRefusedError, MoreShardsNeededError
from bot.monitor import MetricsUnavailableError
from bot.rules.roles import Part, Role, RoleError, read_part
from bot.run import run as run_bot
from bot.settings.misspelled import misspelled_names
from bot.settings.secret_files import files_open_to_all
from bot.settings.settings import Settings
from bot.storage.engine.backups.check import DatabaseDamagedError
from bot.storage.engine.backups.newest import DatabaseOlderError
from bot.storage.engine.blobs.store import BlobsUnusableError
from bot.storage.engine.copying.moved_mark import DatabaseMovedError
from bot.storage.engine.database import CannotConnectError, DatabaseUnavailableError
from bot.storage.engine.databases.errors import DatabaseInUseError
from bot.storage.engine.migrations import DatabaseTooNewError
from bot.storage.engine.owner_only import is_open_to_others
from bot.storage.processes.rows import ShardsTakenError

_WRONG = (
    DatabaseDamagedError,
    DatabaseOlderError,
    DatabaseMovedError,
    CannotConnectError,
    ShardsTakenError,
    BlobsUnusableError,
)

log = structlog.get_logger(__name__)


def run(
    context: typer.Context,
    role: Annotated[
        str,
        typer.Option("--role", help="What this process does: all, gateway (answer people) or worker (make remixes)."),
    ] = Role.ALL.value,
    shards: Annotated[
        str | None, typer.Option("--shards", help="Discord's shards that this process answers for, such as 0-3.")
    ] = None,
    of: Annotated[int | None, typer.Option("--of", help="How many shards all processes have together.")] = None,
) -> None:
    """Run the bot until you stop it with Ctrl-C or SIGTERM.

    Exit code 2: a setting, an option or the token is wrong, or the database is damaged or out of reach. Starting again
    does not help.
    """
    settings: Settings = context.obj
    part = _read_part(settings, role, shards, of)
    logs.configure(settings.log_format, settings.log_level, secrets=settings.secrets)
    logs.log_uncaught()
    if is_open_to_others(ENV_FILE):
        log.warning(
            "other accounts can read the file with the token and the key", file=str(ENV_FILE), do="chmod 600 .env"
        )
    for name, path in files_open_to_all(Settings, ENV_FILE):
        log.warning("other accounts can read a file with a secret", setting=name, do=f"chmod 600 {path}")
    for line in misspelled_names(ENV_FILE):
        tell(line, "warning")
    try:
        asyncio.run(run_bot(settings, part))
    except MetricsUnavailableError as error:
        fail(f"{error}.", WRONG_SETTINGS)
    except DiscordRefusedError as error:
        fail(f"{error}. Check the token in the Discord Developer Portal.", WRONG_SETTINGS)
    except MoreShardsNeededError as error:
        fail(f"{error}.", WRONG_SETTINGS if part.shards else 1)
    except _WRONG as error:
        fail(f"Cannot run: {error}.", WRONG_SETTINGS)
    except (DatabaseInUseError, DatabaseTooNewError, DatabaseUnavailableError, OSError) as error:
        fail(f"Cannot run: {error}")


def _read_part(settings: Settings, role: str, shards: str | None, of: int | None) -> Part:
    try:
        return read_part(role, shards, of, one_process=settings.database_url.startswith("sqlite:"))
    except RoleError as error:
        fail(str(error), WRONG_SETTINGS)
