"""Sentences that every feature shares."""

from collections.abc import Sequence

from bot.discord_app.kit.text import LONGEST_REASON, quote
from bot.rules.budgets import Period
from bot.storage.moderation.cases import Case

NOTHING_CHARGED = "Nothing was charged."
UPDATED = f"I was just updated, and Discord hasn't caught up yet. Please try again in a minute. {NOTHING_CHARGED}"
ONE_MOMENT = "One moment."

BUDGETS = {Period.DAY: "daily budget", Period.MONTH: "monthly budget"}


def unexpected_error(reference: str) -> str:
    """`reference`: also in the log, so that the operator finds the error."""
    return (
        f"Something went wrong on my side (reference `{reference}`). If your remix was accepted, it goes on, "
        "and `/my-remixes` shows it; otherwise nothing was charged. Please try again in a moment."
    )


def warnings(cases: Sequence[Case]) -> str:
    """Moderators' warnings, for the member who got them."""
    reasons = [quote(case.reason or "No reason given", LONGEST_REASON) for case in cases]
    return "\n".join(["**The moderators of this server have warned you:**", *reasons])
