"""What moderators read about why a member can or can't make a remix: every check of the gate."""

from bot.discord_app.kit.text import day_and_time
from bot.discord_app.moderation.oversight import point_words, raid_words
from bot.discord_app.remixes.refusal_words import REFUSALS, money_left, refusal
from bot.rules.gate import Check, CheckResult
from bot.use_cases.moderation.explain_gate import Explanation

_PASSED = {
    Check.SERVER: "Server on the operator's list",
    Check.BOT_PERMISSIONS: "I have the permissions I need there",
    Check.OPERATOR_BLOCK: "Not blocked by the operator",
    Check.MEMBER_BLOCK: "Not blocked in this server",
    Check.TIME_OUT: "Not in a time-out",
    Check.OPERATOR_PAUSE: "Not paused by the operator",
    Check.SERVER_PAUSE: "Not paused in this server",
    Check.PROVIDER: "Ideogram accepts my requests",
    Check.CHANNEL: "Channel allowed",
    Check.CHANNEL_LOCK: "Channel not locked",
    Check.ROLES: "Roles allowed",
    Check.MEMBERSHIP_AGE: "In this server for long enough",
    Check.SPEED: "Speed allowed",
    Check.PICTURE: "Not like a picture that was removed",
    Check.WORDS: "No word that this server doesn't allow",
    Check.AUTOMOD: "No word that AutoMod doesn't allow",
    Check.IN_REVIEW: "Not too many remixes waiting for moderators",
    Check.PERSON_QUEUE: "Not too many remixes in progress",
    Check.COOLDOWN: "No cooldown",
    Check.QUOTA: "Quota not used up",
    Check.QUEUE: "Room in the queue",
    Check.SERVER_QUEUE: "Not too many remixes of this server in progress",
    Check.PERSON_CEILING: "Room in what the operator lets one person spend",
    Check.SERVER_BUDGET: "Room in this server's budget",
    Check.SERVER_CEILING: "Room in what the operator lets this server spend",
    Check.OPERATOR_BUDGET: "Room in the operator's budget",
}

_OF_A_REMIX = frozenset({Check.PICTURE_OWNER, Check.PICTURE, Check.WORDS, Check.AUTOMOD})
"""Moderators ask about a person here, so there is no picture whose author could mind, and no prompt."""


_A_MESSAGE = 2000
_FIRST_LINES = 15
_REVIEWED = "🟡 Moderators look at it before it's posted"


def why(user_id: int, channel_id: int, explained: Explanation, guild_id: int) -> str:
    """The gate's checks in their order, and what the member would read: the first refusal."""
    results = explained.results
    first = next((each.refused for each in results if each.refused), None)
    verb = "can't" if first else "can"
    lines = [f"**<@{user_id}> {verb} make a remix in <#{channel_id}> now.**"]
    lines += [_result(each) for each in results if each.check not in _OF_A_REMIX]
    more = [raid_words.why_line(explained.raid, is_new=explained.in_raid)] if explained.raid else []
    more += [point_words.line(explained.points)] if explained.points.total else []
    more += [_REVIEWED] if explained.review is not None else []
    seen = [f"They see:\n{_quoted(refusal(first, guild_id))}"] if first is not None else []
    wordings = ([*lines, *more, *seen], [*lines, *seen], [*lines[:_FIRST_LINES], *seen])
    texts = ["\n".join(each) for each in wordings]
    return next((text for text in texts if len(text) <= _A_MESSAGE), texts[-1])


def _result(result: CheckResult) -> str:
    refused = result.refused
    if refused is None:
        return f"🟢 {_PASSED[result.check]}"
    short = REFUSALS[refused.reason].short
    until = f" until {day_and_time(refused.until)}" if refused.until else ""
    left = f" ({money_left(refused)})" if refused.fits else ""
    return f"🔴 **{short[0].upper()}{short[1:]}**{until}{left}"


def _quoted(text: str) -> str:
    """A refusal with a moderator's reason has a quoted line already, and Discord does not nest quotes."""
    return "\n".join(line if line.startswith("> ") else f"> {line}" for line in text.splitlines())
