"""Every sentence of `/remix-config`, its panel and the greeting. All but the greeting is private to admins."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.discord_app.kit import policy_words
from bot.discord_app.kit.command_mentions import clickable, mention_commands
from bot.discord_app.kit.text import day_and_time, plain, timestamp
from bot.rules.budgets import Period
from bot.rules.log_kinds import MAX_ENTRY_AGE
from bot.rules.picture_memory import PictureMemory
from bot.rules.policies import Plans, Policy
from bot.rules.policy_cases import PlanChange, StyleChange, WordsChange, from_details
from bot.rules.policy_fields import FIELDS, UNSET, Bounds, PolicyChange, PolicyField, find, raw_plan
from bot.rules.policy_problems import Problems
from bot.rules.prices import dollars
from bot.rules.styles import LONGEST_NAME, Style, raw_style
from bot.storage.moderation.cases import Case
from bot.storage.remixes.quotas import Grant
from bot.use_cases.server_policy.read_server_policy import ServerPolicy

_SHOWN = 25
_SHOWN_PROBLEMS = 15
_NAMED_STYLES = 8
_STYLES = "**Styles:**"
LONGEST = 3_900
"""All text of a message with components together may have 4000 characters.

https://discord.com/developers/docs/components/reference#component-reference-text-display
"""

GROUP = "Server settings for remixes"
PANEL = "Look at and change all server settings"
SET = "Change one server setting by its name"
SET_OPTIONS = {"name": "The setting", "value": "Such as 90, 5m, 7d, 2.50, #channel or @role; default unsets it"}
PLAN = "Give the members of a role their own limits, or remove them"
PLAN_OPTIONS = {
    "role": "The role",
    "cooldown": "Time between two remixes, such as 30s or 5m",
    "daily_quota": "Remixes per day, or unlimited",
    "monthly_quota": "Remixes per month, or unlimited",
    "queue_limit": "Remixes in progress at once",
    "remove": "True removes the role's plan",
}
PLANS = "List the roles that have their own limits"
GRANT = "Give a member extra remixes beyond their quota"
GRANT_OPTIONS = {"member": "The member", "remixes": "How many", "until": "For how long from now, such as 2h or 7d"}
GRANTS = "List the members who have extra remixes left"
SHOW = "Show all server settings on one page"
EXPORT = "Get all server settings, plans, styles and words as a file"
IMPORT = "Import such a file: all of it, or nothing if anything in it is wrong"
IMPORT_OPTIONS = {"file": "A file from export; settings that it doesn't name stay the same"}

NOT_AN_ADMIN = "Only people with **Manage Server** can use this. Nothing was changed."
NOTHING_CHANGED = "That was set already, so nothing was changed."
NO_LIMITS = "Give at least one limit for that role, or `remove: True`. Nothing was changed."
NO_PLANS = "No role has a plan. `/remix-config plan` adds one."
NO_GRANTS = "No member has extra remixes left. `/remix-config grant` gives some."
FILE_NOT_READ = "I couldn't get that file from Discord. Please try again. Nothing was changed."
EXPORTED = (
    "The settings, plans, styles and words of this server. `/remix-config import` reads this file, here or in another "
    "server."
)
LEGEND = "-# **Bold** is set by this server; everything else is my operator's default."
MORE = (
    "-# Plans for roles and extra remixes: `/remix-config plan` and `grant`. Everything on one page: `show`. "
    "Every change is recorded as a case."
)
TITLE = "**Server settings for remixes**"
FORMS: Mapping[str, tuple[str, str]] = {
    "limits": ("Limits", "Limits for members"),
    "budget": ("Budget and pictures", "Budget and pictures"),
    "warnings": ("Warnings and blocks", "What leads to a block"),
    "oversight": ("Moderation", "Reviews, second moderator, raid mode"),
    "reports": ("Reports", "Reports by members"),
}
"""The label of the button and the title of the form that it opens."""

_HELLO = (
    "**Hello! I remix pictures.** Use `/remix`, attach a picture and describe what it should become.\n"
    "Admins decide who can remix, where and how much with `/remix-config panel`. "
    "`/remix-help` shows members what they can do."
)


@clickable
def greeting(missing: Sequence[str]) -> str:
    """`missing`: permissions that the bot needs to post results."""
    return f"{_HELLO}\nTo post results I still need {_bold(missing)}." if missing else _HELLO


def not_on_the_list(guild_id: int) -> str:
    return (
        "**Hello! I can't make remixes here yet:** this server is not on my operator's list. "
        f"Please ask the person who runs me to add the server `{guild_id}`."
    )


def problems(wrong: Problems) -> str:
    """One line for each."""
    lines = [f"- {policy_words.problem(found)}" for found in wrong.found[:_SHOWN_PROBLEMS]]
    more = len(wrong.found) - _SHOWN_PROBLEMS
    return cut(["**Nothing was changed:**", *lines, *([f"- And {more} more."] if more > 0 else [])])


def outcome(came_of_it: Sequence[Case] | Problems, bounds: Bounds, unchanged: str = NOTHING_CHANGED) -> str:
    """What was changed, or why nothing was."""
    if isinstance(came_of_it, Problems):
        return problems(came_of_it)
    return _changed(came_of_it, bounds) if came_of_it else unchanged


def _changed(cases: Sequence[Case], bounds: Bounds) -> str:
    lines = [_changed_line(case, bounds) for case in cases]
    return lines[0] if len(lines) == 1 else cut([f"**{len(lines)} changes:**", *(f"- {line}" for line in lines)])


def _changed_line(case: Case, bounds: Bounds) -> str:
    made = from_details(case.details)
    text = ""
    if isinstance(made, PlanChange):
        now = f"now has **{policy_words.plan(made.after)}**" if made.after else "no longer has a plan"
        text = f"<@&{made.role_id}> {now} (before: {policy_words.plan(made.before)})."
    elif isinstance(made, StyleChange):
        before, after = policy_words.style(made.before), policy_words.style(made.after)
        was = f" (before: {before})" if made.before and made.after else ""
        now = f"is now {after}" if made.after else "is removed"
        text = f"Style **{plain(made.style, LONGEST_NAME)}** {now}{was}."
    elif isinstance(made, WordsChange):
        text = f"{policy_words.words_changed(made)}."
    elif isinstance(made, PolicyChange) and (field := find(made.field)) is not None:
        before, after = (
            policy_words.unset(field, bounds) if raw is None else field.kind.write(field.from_raw(raw))
            for raw in (made.before, made.after)
        )
        text = f"`{field.name}` is now **{after}** (before: {before})."
    return f"{text} Case {case.number}."


def granted(case: Case, remixes: int) -> str:
    until = f" until {day_and_time(case.until)}" if case.until else ""
    return f"<@{case.target_id}> can make {policy_words.extra_remixes(remixes)}{until}. Case {case.number}."


def field_line(field: PolicyField, policy: Policy, bounds: Bounds) -> str:
    """Its name and value, bold if this server has set it."""
    text = field.write(policy)
    return f"- `{field.name}` {policy_words.unset(field, bounds) if text == UNSET else f'**{text}**'}"


def page(server: ServerPolicy, bounds: Bounds, warnings: Sequence[str]) -> str:
    """All settings, plans and grants."""
    lines = [TITLE, LEGEND, *warning_lines(warnings)]
    lines += [field_line(field, server.policy, bounds) for field in FIELDS]
    today, month = (dollars(server.spent[period].micros) for period in (Period.DAY, Period.MONTH))
    lines.append(f"- spent: {today} today, {month} this month (UTC)")
    lines += ["", plan_list(server.plans)] if server.plans else []
    lines += ["", _STYLES, *map(_style_line, server.styles)] if server.styles else []
    lines += ["", grant_list(server.grants)] if server.grants else []
    return cut(lines)


def plan_list(plans: Plans) -> str:
    if not plans:
        return mention_commands(NO_PLANS)
    lines = [f"- <@&{role_id}> {policy_words.plan(raw_plan(plan))}" for role_id, plan in plans.items()]
    return _listed("**Plans:** members get the best limits of their roles.", lines)


def style_line(styles: Sequence[Style]) -> str:
    """In the panel, which has room for a few names."""
    if not styles:
        return "-# Styles: none yet. `/remix-config styles` offers five to start with."
    names = ", ".join(plain(style.name, LONGEST_NAME) for style in styles[:_NAMED_STYLES])
    more = f" and {len(styles) - _NAMED_STYLES} more" if len(styles) > _NAMED_STYLES else ""
    return f"-# Styles: {names}{more}. `/remix-config styles` lists them, and `style-add` adds one."


def picture_line(listed: int, memory: PictureMemory) -> str:
    """In the panel."""
    if memory is PictureMemory.OFF:
        return "-# Pictures: removed ones aren't remembered, because `picture-memory` is off."
    count = "none is" if not listed else "1 is" if listed == 1 else f"{listed} are"
    return (
        f"-# Pictures: {count} on the list of those that aren't allowed, and `picture-memory` is {memory.value}. "
        "`/remix-config pictures` lists them."
    )


def _style_line(style: Style) -> str:
    return f"- {plain(style.name, LONGEST_NAME)}: {policy_words.style(raw_style(style))}"


def grant_list(grants: Sequence[Grant]) -> str:
    if not grants:
        return mention_commands(NO_GRANTS)
    lines = [
        f"- <@{each.user_id}> {each.remixes - each.used} of {each.remixes} left, ends {timestamp(each.ends_at)}"
        for each in grants
    ]
    return _listed("**Extra remixes** beyond the quota:", lines)


def warning_lines(warnings: Sequence[str]) -> list[str]:
    return [f"⚠️ {warning}" for warning in warnings]


LOG_CHANNEL_GONE = (
    "The log channel no longer exists. Once you choose another one, I post the entries of the last "
    f"{MAX_ENTRY_AGE // timedelta(hours=1)} hours there."
)


def cannot_write_log(channel_id: int, missing: Sequence[str]) -> str:
    return f"I can't write in the log channel <#{channel_id}>: I'm missing {_permissions(missing)}."


def log_is_read_by_all(channel_id: int) -> str:
    return (
        f"All members can read the log channel <#{channel_id}>: prompts, refusals, and who was blocked and why. Let "
        "only your moderators see it, or choose another one."
    )


def gone(field: PolicyField, count: int) -> str:
    what = "1 entry that no longer exists" if count == 1 else f"{count} entries that no longer exist"
    return f"`{field.name}` has {what} in this server."


def cannot_post(missing: Sequence[str]) -> str:
    return f"I can't post results in this server: I'm missing {_permissions(missing)}."


def cannot_post_in(channel_id: int, missing: Sequence[str]) -> str:
    return f"I can't post results in <#{channel_id}>: I'm missing {_permissions(missing)}."


def more_channels(count: int) -> str:
    return "Nor in 1 more channel." if count == 1 else f"Nor in {count} more channels."


def _permissions(names: Sequence[str]) -> str:
    return f"the {_bold(names)} permission{'' if len(names) == 1 else 's'}"


def _bold(names: Sequence[str]) -> str:
    return " and ".join(f"**{name}**" for name in names)


def now_label(text: str) -> str:
    return f"now: {text}"


def default_label(text: str) -> str:
    return f"{UNSET}: {text}"


CHANNEL_GONE = "a channel that no longer exists"


def listed_label(count: int) -> str:
    return f"{count} selected"


def added_label(name: str) -> str:
    return f"{name} and the current ones"


def alone_label(name: str) -> str:
    return f"only {name}"


def _listed(head: str, lines: Sequence[str]) -> str:
    more = [f"-# and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return "\n".join([head, *lines[:_SHOWN], *more])


def cut(lines: Sequence[str], room: int = LONGEST) -> str:
    """As many lines as a message takes."""
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return "\n".join([*kept, "-# and more"])
        kept.append(line)
    return "\n".join(kept)
