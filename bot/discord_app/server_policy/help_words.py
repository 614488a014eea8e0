"""Every sentence of `/remix-help`: what a member can do here now, with every limit that applies to them."""

from bot.discord_app.kit.command_mentions import clickable
from bot.discord_app.kit.text import day_and_time, plain
from bot.discord_app.remixes.refusal_words import why
from bot.rules.durations import spell_seconds
from bot.rules.prices import Prices, Speed, dollars
from bot.rules.styles import LONGEST_NAME
from bot.use_cases.server_policy.member_allowance import MemberAllowance

_LISTED = 10

DESCRIPTION = "What you can do here now: limits, prices, channels, rules"

_CAN_START = "**You can start a remix now.** Use `/remix`, attach a picture and describe what it should become."
_YOURS = (
    "-# **Yours:** `/my-remixes` cancels remixes that still wait and gives you results again. On a card, **Delete** "
    "takes it down and **Details** shows how it was made. `/remix-privacy` shows what I keep about you, "
    "gives you a copy, and erases it."
)
_RULES = (
    "-# **Rules:** Only share pictures you have the right to use, and of people who agreed. Your picture goes to "
    "Ideogram, whose safety check may refuse it."
)
_QUESTIONS = (
    "-# **Questions:** The moderators here decide who can remix, where and how much. About anything else, ask the "
    "person who runs me."
)


@clickable
def now(allowance: MemberAllowance, guild_id: int) -> str:
    return _CAN_START if allowance.refused is None else f"**Not now.** {why(allowance.refused, guild_id)}"


def limits(allowance: MemberAllowance, prices: Prices) -> str:
    return "\n".join(
        [_pace(allowance), *_quotas(allowance), _prices(allowance, prices), _places(allowance), *_styles(allowance)]
    )


@clickable
def rules(allowance: MemberAllowance, operator_days: int) -> str:
    """`operator_days`: how long pictures are kept in a server that sets no fewer days."""
    days = min(operator_days, allowance.policy.keep_pictures_days or operator_days)
    kept = f"Pictures are kept for {'1 day' if days == 1 else f'{days} days'}."
    return "\n".join([_YOURS, f"{_RULES} {kept}", _QUESTIONS])


def _pace(allowance: MemberAllowance) -> str:
    cooldown = int(allowance.limits.cooldown.total_seconds())
    pause = f"{spell_seconds(cooldown)} between two remixes" if cooldown else "no cooldown"
    return f"- **Pace:** {pause}, {allowance.limits.waiting_per_person} in progress at once"


def _quotas(allowance: MemberAllowance) -> list[str]:
    quotas, usage = allowance.limits, allowance.usage
    parts = [
        f"{max(0, quota - used)} of {quota} {period}"
        for quota, used, period in (
            (quotas.daily_quota, usage.today, "today"),
            (quotas.monthly_quota, usage.this_month, "this month"),
        )
        if quota is not None
    ]
    lines = [f"- **Left:** {', '.join(parts)} (UTC)" if parts else "- **Left:** as many as you like"]
    granted = [f"{each.remixes - each.used} until {day_and_time(each.ends_at)}" for each in allowance.grants[:_LISTED]]
    return [*lines, f"- **Extra remixes:** {', '.join(granted)}"] if granted else lines


def _prices(allowance: MemberAllowance, prices: Prices) -> str:
    policy = allowance.policy
    parts = [
        f"{speed.label} {dollars(prices[speed])}{' (if you choose none)' if speed is policy.speed else ''}"
        for speed in Speed
        if policy.allows(speed)
    ]
    return f"- **Price per image:** {' · '.join(parts)}"


def _places(allowance: MemberAllowance) -> str:
    channels = sorted(allowance.policy.channels)
    if not channels:
        return "- **Where:** in every channel where you can use commands"
    more = " and others" if len(channels) > _LISTED else ""
    return f"- **Where:** {', '.join(f'<#{each}>' for each in channels[:_LISTED])}{more}"


def _styles(allowance: MemberAllowance) -> list[str]:
    """Nothing in a server without styles."""
    names = [plain(style.name, LONGEST_NAME) for style in allowance.styles]
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return [f"- **Styles:** {', '.join(names[:_LISTED])}{more}. Choose one with `/remix style:`"] if names else []
