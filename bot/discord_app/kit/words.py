"""Sentences that every feature shares."""

from collections.abc import Sequence

from bot.discord_app.kit.command_mentions import clickable
from bot.discord_app.kit.text import LONGEST_REASON, quote
from bot.rules.budgets import Period
from bot.rules.cases import BY_RULE, CaseKind
from bot.storage.moderation.cases import Case

NOTHING_CHARGED = "Nothing was charged."
UPDATED = f"I was just updated, and Discord hasn't caught up yet. Please try again in a minute. {NOTHING_CHARGED}"
ONE_MOMENT = "One moment."
SHOW = "Show"
PREVIOUS, NEXT = "Previous", "Next"

BUDGETS = {Period.DAY: "daily budget", Period.MONTH: "monthly budget"}


@clickable
def unexpected_error(reference: str) -> str:
    """`reference`: also in the log, so that the operator finds the error."""
    return (
        f"Something went wrong on my side (reference `{reference}`). If your remix was accepted, it goes on, "
        "and `/my-remixes` shows it; otherwise nothing was charged. Please try again in a moment."
    )


def database_away(reference: str) -> str:
    """Nothing was stored, and the database's server is expected back."""
    return (
        f"My database does not answer right now, so I have changed nothing (reference `{reference}`). Please try again "
        "in a minute."
    )


def pictures_away(reference: str) -> str:
    """The store of the pictures is expected back."""
    return f"I can't reach the pictures right now (reference `{reference}`). Please try again in a minute."


@clickable
def perhaps_done(reference: str) -> str:
    """The database cannot say whether it has stored what was asked for."""
    return (
        "My database does not answer, and I can't tell whether that was done. Please look before you do it again "
        f"(reference `{reference}`). `/my-remixes` shows every remix that I have."
    )


_WARNED = "**The moderators of this server have warned you:**"
_WARNED_BY_RULE = "**You are warned.** More of it leads to a block; moderators can take it back:"
_WHY = {
    CaseKind.HIDE: "**The moderators of this server have hidden a remix of yours:**",
    CaseKind.REMOVE: "**The moderators of this server have removed a remix of yours:**",
    CaseKind.PURGE: "**The moderators of this server have removed remixes of yours:**",
}


def warnings(cases: Sequence[Case]) -> str:
    """What moderators warned a member of, and why they hid or removed a remix of theirs."""
    lines: list[str] = []
    for case in cases:
        head = _WARNED_BY_RULE if case.actor_id == BY_RULE else _WHY.get(case.kind, _WARNED)
        lines += [head] if head not in lines else []
        lines.append(quote(case.reason or "No reason given", LONGEST_REASON))
    return "\n".join(lines)
