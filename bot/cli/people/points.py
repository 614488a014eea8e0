"""`remix-bot points`."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from bot.cli.kit.database_errors import fail_for
from bot.cli.kit.plain_numbers import whole
from bot.rules.points import TIME_S, write_ladder
from bot.settings.settings import Settings
from bot.storage.engine.database import Connection, DatabaseUnavailableError
from bot.storage.engine.read_only import read_snapshot
from bot.storage.moderation import points as stored

_LARGEST_ID = 2**63 - 1
_LISTED = 25


def points(
    context: typer.Context,
    person: Annotated[
        int | None, typer.Argument(parser=whole(1, _LARGEST_ID), help="Id of a person. Without it: who has most.")
    ] = None,
) -> None:
    """Show people's points of the last 30 days over all servers. It changes nothing; the bot can keep running."""
    settings: Settings = context.obj
    since = datetime.now(UTC) - timedelta(seconds=TIME_S)
    try:
        lines = read_snapshot(settings.database_url, lambda connection: _read(connection, person, since))
    except (DatabaseUnavailableError, OSError) as error:
        fail_for(error, "show the points")
    ladder = settings.points_ladder
    typer.echo(f"POINTS_LADDER: {ladder if ladder == 'none' else write_ladder(ladder)}")
    for line in lines:
        typer.echo(line)


def _read(connection: Connection, person: int | None, since: datetime) -> Sequence[str]:
    if person is None:
        found = stored.most_pointed(connection, since, _LISTED)
        return [f"{user_id}: {count} in {_servers(servers)}" for user_id, count, servers in found] or [
            "Nobody has points."
        ]
    lines = []
    for guild_id, count in stored.by_server(connection, person, since).items():
        kinds = stored.by_kind(connection, guild_id, person, since)
        which = ", ".join(f"{kind} {of_kind}" for kind, of_kind in kinds.items())
        lines.append(f"server {guild_id}: {count} ({which})")
    return lines or [f"{person} has no points."]


def _servers(count: int) -> str:
    return "1 server" if count == 1 else f"{count} servers"
