"""Finds what a member has yet to read: warnings, why moderators hid a remix of theirs, how their reports ended."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from bot.rules.cases import CaseKind
from bot.storage.matters import reports
from bot.storage.matters.reports import EndedReport
from bot.storage.moderation import case_jobs, cases
from bot.storage.moderation.cases import Case

Unread = Case | EndedReport

# Three reasons of 300 characters, which escaping may double, fit into a message of 2,000.
_AT_ONCE = 3


def find_unread(connection: Connection, guild_id: int, user_id: int) -> Sequence[Unread]:
    """Three at most, warnings first; each kind oldest first. The rest follows at their next use."""
    found: list[Unread] = [*cases.find_unread_warnings(connection, guild_id, user_id, _AT_ONCE)]
    found += case_jobs.find_unread(connection, guild_id, user_id, _AT_ONCE)
    return [*found, *reports.find_unread(connection, guild_id, user_id, _AT_ONCE)][:_AT_ONCE]


def mark_read(connection: Connection, user_id: int, shown: Sequence[Unread], now: datetime) -> None:
    """Newer ones have not been shown yet."""
    of_cases = [each for each in shown if isinstance(each, Case)]
    warnings = [case for case in of_cases if case.kind is CaseKind.WARN]
    if warnings:
        cases.mark_warnings_read(connection, warnings[-1].guild_id, user_id, warnings[-1].number, now)
    for case in of_cases:
        if case.kind is not CaseKind.WARN:
            case_jobs.mark_read(connection, case, user_id, now)
    reports.mark_read(connection, [each.id for each in shown if isinstance(each, EndedReport)], now)
