"""What moderators read on the cards of matters, and in the inbox."""

from collections.abc import Mapping
from datetime import datetime

from bot.discord_app.kit.text import day_and_time, timestamp
from bot.discord_app.moderation.case_words import actor
from bot.rules.matters import MatterKind
from bot.storage.matters.matters import Matter
from bot.use_cases.matters.decide import NotYours

CLAIM = "Claim"
RELEASE = "Release"
SHOW = "Show"
OPEN = "Open"
INBOX_COMMAND = "Show what waits for a moderator's decision"
INBOX_EMPTY = "**Nothing waits for a decision.**"
GONE = "**What this was about is gone.**"
HIDDEN_HERE = "-# Not only moderators can read this channel. **Show** shows you the rest privately."
ADMINS_ONLY_CARD = (
    "**For admins** · It concerns a moderator, so only people with **Manage Server** can open it. If it concerns the "
    "only one of them, other moderators can."
)
ABOUT_YOU_ALONE = (
    "-# It's about you, and I know of no other moderator here, so you can decide it, and the case will say so. You "
    "don't see who reported it, or what they wrote."
)
CLAIMED_NOW = "It's yours for an hour. Nobody else can decide it until then, unless they press **Release**."
RELEASED_NOW = "Released. Everybody can decide it again."

KINDS: Mapping[MatterKind, str] = {
    MatterKind.REPORT: "Report",
    MatterKind.REVIEW: "Review",
    MatterKind.APPEAL: "Appeal",
    MatterKind.PURGE: "Second moderator",
}

_NOT_YOURS: Mapping[NotYours, str] = {
    NotYours.NOT_FOUND: "That's gone. It isn't kept any more.",
    NotYours.CLOSED: "Somebody has decided it already.",
    NotYours.ADMINS_ONLY: "It concerns a moderator, so only people with the **Manage Server** permission can open it.",
    NotYours.ABOUT_YOU: "It's about you, so other moderators decide it.",
    NotYours.CLAIMED: "Another moderator has claimed it. Press **Release** first if you want to decide it.",
}


def not_yours(reason: NotYours) -> str:
    return _NOT_YOURS[reason]


def state(matter: Matter, outcome: str, now: datetime) -> str:
    """The last line of a card: who has claimed it, or how it ended. Empty if neither."""
    if matter.closed_at is not None:
        case = f" · case {matter.case_number}" if matter.case_number is not None else ""
        by = actor(matter.closed_by or 0)
        return f"**{outcome or 'Closed'}** · {by}{case} · {day_and_time(matter.closed_at)}"
    if (claimant := matter.claimant(now)) is not None and matter.claimed_until is not None:
        return f"Claimed by <@{claimant}> until {day_and_time(matter.claimed_until)}"
    return ""


def inbox_head(count: int) -> str:
    waits = "1 thing waits" if count == 1 else f"{count} things wait"
    return f"**{waits} for a decision**, oldest first."


def inbox_entry(matter: Matter, now: datetime) -> str:
    """Without any details: not everybody who reads the list may open each of them."""
    remix = f" · remix `{matter.job_id}`" if matter.job_id is not None else ""
    admins = " · for admins" if matter.admins_only else ""
    claimed = f"\n-# {line}" if (line := state(matter, "", now)) else ""
    return f"**{KINDS[matter.kind]}**{remix} · {timestamp(matter.opened_at)}{admins}{claimed}"
