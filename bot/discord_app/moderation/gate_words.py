"""What moderators read about why a member can or can't make a remix: every check of the gate."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.discord_app.kit.text import day_and_time
from bot.discord_app.remixes.refusal_words import refusal
from bot.rules.gate import Check, CheckResult
from bot.rules.refusals import Reason


@dataclass(frozen=True, slots=True)
class CheckWords:
    """`refused` can be followed by `until 31 May 2026 14:00`."""

    passed: str
    refused: str


_CHECKS = {
    Check.SERVER: CheckWords("Server on the operator's list", "Server not on the operator's list"),
    Check.BOT_PERMISSIONS: CheckWords("I have the permissions I need there", "I'm missing permissions there"),
    Check.OPERATOR_BLOCK: CheckWords("Not blocked by the operator", "Blocked by the operator"),
    Check.MEMBER_BLOCK: CheckWords("Not blocked in this server", "Blocked in this server"),
    Check.OPERATOR_PAUSE: CheckWords("Not paused by the operator", "Paused by the operator"),
    Check.SERVER_PAUSE: CheckWords("Not paused in this server", "Paused in this server"),
    Check.PROVIDER: CheckWords("Ideogram accepts my requests", "Ideogram isn't accepting my requests"),
    Check.CHANNEL: CheckWords("Channel allowed", "Channel not allowed"),
    Check.ROLES: CheckWords("Roles allowed", "Roles not allowed"),
    Check.MEMBERSHIP_AGE: CheckWords("In this server for long enough", "Too new in this server"),
    Check.SPEED: CheckWords("Speed allowed", "Speed not allowed"),
    Check.PERSON_QUEUE: CheckWords("Not too many remixes in progress", "Too many remixes in progress"),
    Check.COOLDOWN: CheckWords("No cooldown", "Cooldown"),
    Check.QUOTA: CheckWords("Quota not used up", "Quota used up"),
    Check.QUEUE: CheckWords("Room in the queue", "Queue full"),
    Check.SERVER_BUDGET: CheckWords("Room in this server's budget", "No room in this server's budget"),
    Check.OPERATOR_BUDGET: CheckWords("Room in the operator's budget", "No room in the operator's budget"),
}
_WHICH = {
    Reason.PERSON_BLOCKED: "the member",
    Reason.SERVER_BLOCKED: "the whole server",
    Reason.ROLE_IGNORED: "one of their roles can't use remixes",
    Reason.ROLE_MISSING: "they have none of the roles that can",
    Reason.QUOTA_DAY: "today's",
    Reason.QUOTA_MONTH: "this month's",
    Reason.SERVER_BUDGET_DAY: "today's",
    Reason.SERVER_BUDGET_MONTH: "this month's",
    Reason.BUDGET_DAY: "today's",
    Reason.BUDGET_MONTH: "this month's",
}
"""For the checks that have more than one reason to refuse."""


def why(user_id: int, channel_id: int, results: Sequence[CheckResult], guild_id: int) -> str:
    """The gate's checks in their order, and what the member would read: the first refusal."""
    first = next((each.refused for each in results if each.refused), None)
    verb = "can't" if first else "can"
    lines = [f"**<@{user_id}> {verb} make a remix in <#{channel_id}> now.**"]
    lines += [_result(each) for each in results]
    if first is not None:
        lines.append(f"They see:\n{_quoted(refusal(first, guild_id))}")
    return "\n".join(lines)


def _result(result: CheckResult) -> str:
    refused, words = result.refused, _CHECKS[result.check]
    if refused is None:
        return f"🟢 {words.passed}"
    which = f" ({_WHICH[refused.reason]})" if refused.reason in _WHICH else ""
    until = f" until {day_and_time(refused.until)}" if refused.until else ""
    return f"🔴 **{words.refused}**{which}{until}"


def _quoted(text: str) -> str:
    """A refusal with a moderator's reason has a quoted line already, and Discord does not nest quotes."""
    return "\n".join(line if line.startswith("> ") else f"> {line}" for line in text.splitlines())
