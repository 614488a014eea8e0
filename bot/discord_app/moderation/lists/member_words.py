"""What moderators read about one member of their server."""

from collections.abc import Iterable

from bot.discord_app.kit.text import day_and_time, plain, timestamp
from bot.discord_app.moderation.case_words import CASE_KINDS, NO_CASES, case_list
from bot.discord_app.moderation.oversight import point_words
from bot.discord_app.moderation.words import ReasonFormWords
from bot.discord_app.remixes.refusal_words import REFUSALS
from bot.rules.budgets import Period
from bot.rules.durations import write_seconds
from bot.rules.prices import dollars
from bot.use_cases.moderation.member_page import MemberPage

# A message has 2,000 characters, of which five cases can take 1,300.
_MOST_COUNTED = 4
_REASON = 40

BUTTONS = {"warn": "Warn", "note": "Note", "block": "Block", "cancel": "Cancel waiting", "clear": "Clear points"}
FORMS = {
    "warn": ReasonFormWords("Warn the member", "The member reads it at their next use of the bot"),
    "note": ReasonFormWords("Write a note", "Only moderators read it; undo deletes it"),
    "block": ReasonFormWords("Block the member", "Optional; the member reads it"),
    "cancel": ReasonFormWords("Cancel all that they have waiting", "Optional; the member reads it"),
    "clear": ReasonFormWords("Clear the member's points", "Optional, for the record"),
}


def page(member: MemberPage, *, is_here: bool) -> str:
    """`is_here`: they are in the server now."""
    lines = [
        f"**<@{member.user_id}>**{'' if is_here else ' · not in this server now'}",
        _block(member),
        *_remixes(member),
        _limits(member),
        point_words.line(member.points),
        f"Refused in 90 days: {_counted((REFUSALS[each].short, count) for each, count in member.refusals.items())}",
        f"Cases: {_counted((CASE_KINDS[kind].title, count) for kind, count in member.case_counts.items())}",
    ]
    listed = case_list(member.cases.shown, of_member=True)
    return "\n".join(lines if listed == NO_CASES else [*lines, listed])


def _block(member: MemberPage) -> str:
    block = member.block
    if block is None:
        return "🟢 Not blocked here"
    until = f"until {day_and_time(block.until)}" if block.until else "until a moderator lifts it"
    reason = f": {plain(block.reason, _REASON)}" if block.reason else ""
    return f"🔴 Blocked {until} · case {block.case_number}{reason}"


def _remixes(member: MemberPage) -> list[str]:
    totals = member.totals
    if not totals.count or totals.first_at is None or totals.last_at is None:
        return ["Remixes: none yet"]
    waiting = f" · {totals.waiting} waiting" if totals.waiting else ""
    today, month = (dollars(member.micros[period]) for period in (Period.DAY, Period.MONTH))
    first, last = timestamp(totals.first_at), timestamp(totals.last_at)
    return [
        f"Remixes: {totals.count}, the first {first}, the last {last}{waiting}",
        f"Used: {member.usage.today} today ({today}), {member.usage.this_month} this month ({month}), in UTC",
        f"Refused by Ideogram as unsafe: {totals.unsafe}",
    ]


def _limits(member: MemberPage) -> str:
    limits = member.limits
    quotas = [
        f"{quota} {period}"
        for quota, period in ((limits.daily_quota, "a day"), (limits.monthly_quota, "a month"))
        if quota is not None
    ]
    extra = [f"{member.usage.granted} extra left"] if member.usage.granted else []
    cooldown = int(limits.cooldown.total_seconds())
    pause = f"{write_seconds(cooldown)} between two" if cooldown else "no cooldown"
    pace = [pause, f"{limits.waiting_per_person} in progress"]
    return f"Limits: {', '.join([*pace, *quotas, *extra])}"


def _counted(counts: Iterable[tuple[str, int]]) -> str:
    """`cooldown 4, channel locked 1`: the most frequent ones."""
    ordered = sorted(counts, key=lambda pair: -pair[1])
    shown = [f"{name} {count}" for name, count in ordered[:_MOST_COUNTED]]
    more = ["others"] if len(ordered) > _MOST_COUNTED else []
    return ", ".join([*shown, *more]) or "none"
