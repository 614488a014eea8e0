"""The card of `/remix-help`: what a member may do here now, with every limit that holds for them."""

from discord import ui

from bot.discord_app.kit.text import timestamp
from bot.discord_app.remixes.refusal_words import why
from bot.rules.durations import write_seconds
from bot.rules.prices import Prices, Speed, dollars
from bot.use_cases.server_policy.member_allowance import MemberAllowance

_LISTED = 10

_MAY_START = "**You can start a remix now**: `/remix`, attach a picture, say what it should become."
_YOURS = (
    "-# **Yours:** `/my-remixes` cancels what waits and gets a result again. **Delete** on a card takes it down, "
    "**Details** shows all that made it. For a copy of your data ask the person who runs me."
)
_RULES = (
    "-# **Rules:** only pictures that you may share, and of nobody who would mind. What you send goes to Ideogram, "
    "whose safety check may refuse it."
)
_ASK = "-# **Questions:** the moderators here decide who, where and how much; about me, the person who runs me."


def help_card(standing: MemberAllowance, prices: Prices, keep_pictures_days: int, guild_id: int) -> ui.LayoutView:
    """For one member alone."""
    now = _MAY_START if standing.refused is None else f"**Not now.** {why(standing.refused, guild_id)}"
    facts = [_pace(standing), *_quotas(standing), _prices(standing, prices), _places(standing)]
    small = [_YOURS, f"{_RULES} Pictures are kept for {_days(standing, keep_pictures_days)}.", _ASK]
    view = ui.LayoutView(timeout=None)
    view.add_item(
        ui.Container(
            ui.TextDisplay(now),
            ui.TextDisplay("\n".join(facts)),
            ui.Separator(),
            ui.TextDisplay("\n".join(small)),
        )
    )
    view.stop()
    return view


def _pace(standing: MemberAllowance) -> str:
    limits = standing.limits
    cooldown = int(limits.cooldown.total_seconds())
    pause = f"{write_seconds(cooldown)} between two" if cooldown else "no pause between two"
    return f"- **Pace:** {pause}, {limits.waiting_per_person} on the way at once"


def _quotas(standing: MemberAllowance) -> list[str]:
    limits, usage = standing.limits, standing.usage
    parts = [
        f"{max(0, quota - used)} of {quota} {period}"
        for quota, used, period in (
            (limits.daily_quota, usage.today, "today"),
            (limits.monthly_quota, usage.this_month, "this month"),
        )
        if quota is not None
    ]
    lines = [f"- **Left:** {', '.join(parts)} (UTC)" if parts else "- **Left:** as many as you like, there is no quota"]
    granted = [f"{each.remixes - each.used} until {timestamp(each.ends_at)}" for each in standing.grants[:_LISTED]]
    return [*lines, f"- **Granted besides:** {', '.join(granted)}"] if granted else lines


def _prices(standing: MemberAllowance, prices: Prices) -> str:
    policy = standing.policy
    parts = [
        f"{speed.label} {dollars(prices[speed])}{' (if you name none)' if speed is policy.speed else ''}"
        for speed in Speed
        if policy.allows(speed)
    ]
    return f"- **Price an image:** {' · '.join(parts)}"


def _places(standing: MemberAllowance) -> str:
    channels = sorted(standing.policy.channels)
    if not channels:
        return "- **Where:** in every channel where you can use commands"
    more = " and others" if len(channels) > _LISTED else ""
    return f"- **Where:** {', '.join(f'<#{each}>' for each in channels[:_LISTED])}{more}"


def _days(standing: MemberAllowance, operator: int) -> str:
    days = min(operator, standing.policy.keep_pictures_days or operator)
    return "1 day" if days == 1 else f"{days} days"
