"""Every sentence that a server's admins read: what is set, what was changed, what is wrong. All of it is private."""

from collections.abc import Sequence

from bot.discord_app.kit.text import day_and_time, timestamp
from bot.rules.budgets import Period
from bot.rules.policies import Plans, Policy
from bot.rules.policy_fields import FIELDS, UNSET, Bounds, PolicyField, Problems, find, write_plan
from bot.rules.prices import dollars
from bot.storage.moderation.cases import Case
from bot.storage.remixes.quotas import Grant
from bot.use_cases.server_policy.server_settings import ServerSettings

_SHOWN = 25
LONGEST = 3_900
"""A message of Discord's new kind takes 4000 characters in all."""

NOT_AN_ADMIN = "Only those who may manage this server can use this. Nothing was changed."
NOTHING_CHANGED = "It was so before: nothing was changed."
NO_LIMITS = "Name at least one limit for that role, or `remove: True`. Nothing was changed."
NO_PLANS = "No role has a plan. `/remix-config plan` gives one."
NO_GRANTS = "Nobody has a grant that can still be used. `/remix-config grant` gives one."
FILE_NOT_READ = "Discord did not hand me that file. Please try again; nothing was changed."
EXPORTED = "The settings and plans of this server. `/remix-config import` takes them in again, here or elsewhere."
LEGEND = "-# **Bold** is set by this server; all else is as my operator has it."
MORE = "-# Plans by role and grants: `/remix-config plan`, `grant`. All on one page: `show`. Every change is a case."
TITLE = "**Remixes in this server**"


def problems(found: Problems) -> str:
    """Each in a line of its own."""
    return _cut(["**Nothing was changed:**", *(f"- {line}" for line in found.lines)])


def changed(cases: Sequence[Case], bounds: Bounds) -> str:
    if not cases:
        return NOTHING_CHANGED
    lines = [_changed_line(case, bounds) for case in cases]
    return lines[0] if len(lines) == 1 else _cut([f"**{len(lines)} changes:**", *(f"- {line}" for line in lines)])


def _changed_line(case: Case, bounds: Bounds) -> str:
    name, before, after = (case.details[each] for each in ("field", "before", "after"))
    each = find(name)
    if each is None:
        role = name.removeprefix("plan ")
        now = "has no plan any more" if after == UNSET else f"now has **{after}**"
        return f"{role} {now} (before: {'none' if before == UNSET else before}). Case {case.number}."
    before, after = (each.unset(bounds) if text == UNSET else text for text in (before, after))
    return f"`{name}` is now **{after}** (before: {before}). Case {case.number}."


def granted(case: Case, remixes: int) -> str:
    until = f" until {day_and_time(case.until)}" if case.until else ""
    return f"<@{case.target_id}> may make {_remixes(remixes)} beyond the quota{until}. Case {case.number}."


def _remixes(count: int) -> str:
    return "1 remix" if count == 1 else f"{count} remixes"


def field_line(each: PolicyField, policy: Policy, bounds: Bounds) -> str:
    """Its name and value; bold where this server has set it."""
    text = each.write(policy)
    return f"- `{each.name}` {each.unset(bounds) if text == UNSET else f'**{text}**'}"


def page(settings: ServerSettings, bounds: Bounds, warnings: Sequence[str]) -> str:
    """Everything that is set, as one page."""
    lines = [TITLE, LEGEND, *warning_lines(warnings)]
    lines += [field_line(each, settings.policy, bounds) for each in FIELDS]
    lines.append(_spent_line(settings))
    lines += ["", plan_list(settings.plans)] if settings.plans else []
    lines += ["", grant_list(settings.grants)] if settings.grants else []
    return _cut(lines)


def _spent_line(settings: ServerSettings) -> str:
    today, month = (dollars(settings.spent[period].micros) for period in (Period.DAY, Period.MONTH))
    return f"- spent: {today} today, {month} this month (UTC)"


def warning_lines(warnings: Sequence[str]) -> list[str]:
    return [f"⚠️ {warning}" for warning in warnings]


def plan_list(plans: Plans) -> str:
    if not plans:
        return NO_PLANS
    lines = [f"- <@&{role_id}> {write_plan(plan)}" for role_id, plan in plans.items()]
    return _listed("**Plans:** a member has the best of their roles.", lines)


def grant_list(grants: Sequence[Grant]) -> str:
    if not grants:
        return NO_GRANTS
    lines = [
        f"- <@{each.user_id}> {each.remixes - each.used} of {each.remixes} left, ends {timestamp(each.ends_at)}"
        for each in grants
    ]
    return _listed("**Grants:** remixes beyond the quota.", lines)


def _listed(head: str, lines: Sequence[str]) -> str:
    more = [f"-# and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return "\n".join([head, *lines[:_SHOWN], *more])


def _cut(lines: Sequence[str]) -> str:
    """As many lines as a message takes."""
    kept: list[str] = []
    room = LONGEST
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return "\n".join([*kept, "-# and more"])
        kept.append(line)
    return "\n".join(kept)
