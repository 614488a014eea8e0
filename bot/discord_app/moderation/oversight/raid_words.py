"""What moderators read about raid mode."""

from bot.discord_app.kit.command_mentions import clickable
from bot.discord_app.kit.text import LONGEST_REASON, day_and_time, quote
from bot.rules.durations import spell_seconds, write_seconds
from bot.rules.raids import LASTS, LONGEST, Raid
from bot.storage.moderation.cases import Case

GROUP = "Raid mode: look at new members' results first, and double their cooldown"
ON = "Switch raid mode on for some time, or give it another end"
OFF = "Switch raid mode off"
DURATION = f"Such as 30m, 2h or 1d (default: {write_seconds(int(LASTS.total_seconds()))})"

NOT_ON = "Raid mode isn't on. Nothing was changed."
TOO_LONG = f"Raid mode lasts {LONGEST.days} days at most. Nothing was changed."
_WHAT = "moderators look at the results of new members before anybody else sees them, and their cooldown is doubled"


@clickable
def switched_on(case: Case, new_s: int) -> str:
    until = f" until {day_and_time(case.until)}" if case.until else ""
    reason = f"\n{quote(case.reason, LONGEST_REASON)}" if case.reason else ""
    return (
        f"**Case {case.number}.** **Raid mode is on**{until}: {_WHAT}. A member is new for {spell_seconds(new_s)} "
        "after joining, and an account for as long after it was made (`raid-new-members`). It ends on time; "
        f"`/remix-mod raid off` ends it now.{reason}"
    )


def switched_off(case: Case) -> str:
    return f"**Case {case.number}.** **Raid mode is off.** What waits for a review still waits."


@clickable
def panel_line(raid: Raid) -> str:
    return f"🚨 **Raid mode** until {day_and_time(raid.until)}: {_WHAT}. `/remix-mod raid off` ends it."


def why_line(raid: Raid, *, is_new: bool) -> str:
    until = day_and_time(raid.until)
    if is_new:
        return f"🚨 Raid mode until {until}: they are new, so {_WHAT}"
    return f"🚨 Raid mode until {until}: they are not new, so it changes nothing for them"
