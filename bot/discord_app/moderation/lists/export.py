"""`/remix-mod records export`: the server's cases as a table for a spreadsheet, in a private reply."""

import csv
import json
from collections.abc import Callable, Sequence
from io import BytesIO, StringIO
from typing import Any

import discord
from discord import app_commands

from bot.discord_app.kit.features import Features
from bot.discord_app.kit.text import message_link
from bot.discord_app.moderation import command_words, words
from bot.discord_app.moderation.actions import answer, lets_in
from bot.discord_app.moderation.command_options import Duration, Kind, complete_kind, read_kind
from bot.rules.cases import BY_RULE
from bot.rules.durations import read_duration
from bot.storage.moderation.cases import Case, CaseFilter
from bot.use_cases.moderation.review_cases import read_cases

LARGEST_TABLE = 8 * 1024 * 1024
"""Bytes. The smallest limit for an upload is 10 MiB."""
_FILE = "cases.csv"
# A cell that begins like this is a formula in a spreadsheet: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def _mention(user_id: int | None) -> str:
    # A spreadsheet would round the bare id, which has more digits than its numbers can hold. `<@id>` stays text.
    return f"<@{user_id}>" if user_id else ""


def _message(case: Case) -> str:
    if not case.channel_id or not case.message_id:
        return ""
    return message_link(case.guild_id, case.channel_id, case.message_id)


def inert(text: str) -> str:
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text


_COLUMNS: dict[str, Callable[[Case], object]] = {
    "case": lambda case: case.number,
    "kind": lambda case: case.kind.value,
    "at": lambda case: case.at.isoformat(),
    "moderator": lambda case: "by rule" if case.actor_id == BY_RULE else _mention(case.actor_id),
    "member": lambda case: _mention(case.target_id),
    "reason": lambda case: inert(case.reason or ""),
    "until": lambda case: case.until.isoformat() if case.until else "",
    "remix": lambda case: case.job_id or "",
    "channel": lambda case: f"<#{case.channel_id}>" if case.channel_id else "",
    "message": _message,
    "undone_at": lambda case: case.undone_at.isoformat() if case.undone_at else "",
    "undone_by": lambda case: _mention(case.undone_by),
    "details": lambda case: json.dumps(dict(case.details)) if case.details else "",
}


class CaseTable:
    """A CSV that takes as many cases as fit into one upload. `count`: those in it. `is_full`: some were left out."""

    def __init__(self, largest: int = LARGEST_TABLE) -> None:
        self._text = StringIO(newline="")
        self._writer = csv.writer(self._text)
        self._writer.writerow(_COLUMNS)
        self._largest = largest
        self._bytes = 0
        self.count = 0
        self.is_full = False

    def add(self, cases: Sequence[Case]) -> bool:
        """False: it is full, and takes no more."""
        for case in cases:
            begins = self._text.tell()
            self._writer.writerow([cell(case) for cell in _COLUMNS.values()])
            self._text.seek(begins)
            self._bytes += len(self._text.read().encode())
            if self._bytes > self._largest:
                self._text.truncate(begins)
                self.is_full = True
                return False
            self.count += 1
        return True

    def to_bytes(self) -> bytes:
        # With its mark, without which Excel takes UTF-8 for Windows-1252.
        return self._text.getvalue().encode("utf-8-sig")


def export_command(features: Features) -> app_commands.Command[Any, ..., None]:
    """For the group `/remix-mod`. Moderators get what `cases` shows them anyway, and nothing more."""

    @app_commands.command(name="export", description=command_words.EXPORT)
    @app_commands.describe(
        member=command_words.CASES_ABOUT, kind=command_words.CASES_KIND, since=command_words.EXPORT_SINCE
    )
    @app_commands.autocomplete(kind=complete_kind)
    async def export(
        interaction: discord.Interaction,
        member: discord.User | None = None,
        kind: Kind | None = None,
        since: Duration | None = None,
    ) -> None:
        acting = await lets_in(interaction)
        if acting is None:
            return
        within = read_duration(since) if since is not None else None
        if since is not None and within is None:
            await answer(interaction, words.BAD_DURATION)
            return
        of_kind = read_kind(kind) if kind else None
        if kind and of_kind is None:
            await answer(interaction, words.NO_SUCH_KIND)
            return
        wanted = CaseFilter(
            target_id=member.id if member else None,
            kind=of_kind,
            since=features.core.clock() - within if within else None,
        )
        table = CaseTable()
        await read_cases(features.core, acting.guild_id, wanted, table.add)
        file = discord.File(BytesIO(table.to_bytes()), filename=_FILE)
        text = words.exported(table.count, is_full=table.is_full)
        await interaction.edit_original_response(content=text, attachments=[file] if table.count else [])

    return export
