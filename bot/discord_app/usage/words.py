"""The words of `/remix-mod records usage`."""

from collections import Counter
from datetime import date

from bot.rules.prices import Speed, dollars
from bot.rules.usage import Outcome, ServerUsage

DESCRIPTION = "Show how much each member used, with a chart and a table"
DAYS = "How many days back; 30 by default"
MEMBER = "Show one member only"

REMIXES_A_DAY = "Remixes per day"
DOLLARS_A_DAY = "Dollars per day"
OUTCOMES = {
    Outcome.MADE: "made",
    Outcome.FAILED: "failed",
    Outcome.CANCELLED: "cancelled",
    Outcome.OPEN: "in progress",
}

_PEOPLE_SHOWN = 10
_EXPLANATION = (
    "Days are UTC days. A remix and its cost count on the day it was requested. Remixes in progress count what is "
    "reserved for them."
)
_TABLE_IS_CUT = "The table is incomplete; ask for fewer days to get all of it."


def no_usage(usage: ServerUsage, user_id: int | None) -> str:
    return f"No remixes {_whose(user_id)} {_span(usage)}."


def summary(usage: ServerUsage, user_id: int | None) -> str:
    """The totals, and without `user_id` the members who used most."""
    head = f"**Usage {_whose(user_id)} {_span(usage)}:** {_remixes(usage.remixes)} · {dollars(usage.micros)}"
    if user_id is not None:
        return head
    people = usage.people
    lines = [
        f"{place}. <@{person.user_id}> · {_remixes(person.remixes)} · {dollars(person.micros)}"
        for place, person in enumerate(people[:_PEOPLE_SHOWN], start=1)
    ]
    if len(people) > _PEOPLE_SHOWN:
        lines.append(f"-# and {len(people) - _PEOPLE_SHOWN} more members, who are all in the table")
    return "\n".join([head, *lines])


def explanation(*, table_complete: bool) -> str:
    return f"-# {_EXPLANATION}" if table_complete else f"-# {_EXPLANATION} {_TABLE_IS_CUT}"


def alt_text(usage: ServerUsage) -> str:
    """What the chart shows, for people who cannot see it."""
    outcomes = {outcome: sum(each.remixes for each in usage.used if each.outcome is outcome) for outcome in Outcome}
    speeds = {speed: sum(each.micros for each in usage.used if each.speed is speed) for speed in Speed}
    remixes = ", ".join(f"{count:,} {OUTCOMES[outcome]}" for outcome, count in outcomes.items() if count) or "none"
    money = ", ".join(f"{speed.label} {dollars(micros)}" for speed, micros in speeds.items() if micros) or "nothing"
    per_day = Counter[date]()
    for each in usage.used:
        per_day[each.day] += each.remixes
    busiest = max(usage.days, key=lambda day: per_day[day])
    return (
        f"Two bar charts by day, {short_day(usage.days[0])} to {short_day(usage.days[-1])}. Remixes by outcome: "
        f"{remixes}. Dollars by speed: {money}. The busiest day: {short_day(busiest)}."
    )


def short_day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _whose(user_id: int | None) -> str:
    return "in this server" if user_id is None else f"by <@{user_id}>"


def _span(usage: ServerUsage) -> str:
    days = len(usage.days)
    return "today" if days == 1 else f"in the last {days} days"


def _remixes(count: int) -> str:
    return "1 remix" if count == 1 else f"{count:,} remixes"
