"""The buttons that turn the pages of the moderators' lists, and what their custom ids carry."""

from collections.abc import Awaitable, Callable

from bot.discord_app.kit.controls import Interaction, page_pattern
from bot.discord_app.kit.features import Features
from bot.rules.cases import CaseKind
from bot.rules.pages import Cursor
from bot.storage.moderation.cases import CaseFilter

CASES, BLOCKS, QUEUE, MEMBER = "cases", "blocks", "queue", "member"
PATTERN = page_pattern("cases|blocks|queue|member", r"[0-9a-z_:]{0,60}")
# Ids are stored in 64 bits, and anybody can send a custom id of their own making.
_LARGEST_ID = 2**63 - 1

ShowPage = Callable[[Interaction, Features, int, str, Cursor | None], Awaitable[bool]]
"""Answers with a page of that server's list. The text is the filter, as the buttons carry it. False: it is empty."""


def write_filter(wanted: CaseFilter) -> str:
    """For the custom ids, which have at most 100 characters."""
    return f"{wanted.target_id or ''}:{wanted.actor_id or ''}:{wanted.kind or ''}"


def read_filter(text: str) -> CaseFilter:
    """What is no such filter filters nothing: the list is of this server, and only moderators read it."""
    target, actor, kind = [*text.split(":"), "", "", ""][:3]
    return CaseFilter(read_id(target), read_id(actor), CaseKind(kind) if kind in set(CaseKind) else None)


def read_id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) <= _LARGEST_ID else None
