"""Sentences that every feature shares."""

from collections.abc import Sequence

from bot.discord_app.kit.command_mentions import clickable
from bot.discord_app.kit.text import LONGEST_REASON, plain, quote
from bot.rules.budgets import Period
from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.reports import ReportOutcome
from bot.storage.matters.reports import EndedReport
from bot.storage.moderation.unread_cases import Unread

NOTHING_CHARGED = "Nothing was charged."
UPDATED = f"I was just updated, and Discord hasn't caught up yet. Please try again in a minute. {NOTHING_CHARGED}"
ONE_MOMENT = "One moment."
SHOW = "Show"
PREVIOUS, NEXT = "Previous", "Next"
_SERVER = 100

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
_BY_RULE = {
    CaseKind.WARN: "**You are warned.** More of it can lead to a block; moderators can take it back:",
    CaseKind.HIDE: "**A remix of yours is hidden for now:**",
    CaseKind.REMOVE: "**A remix of yours is removed:**",
}
_WHY = {
    CaseKind.HIDE: "**The moderators of this server have hidden a remix of yours:**",
    CaseKind.REMOVE: "**The moderators of this server have removed a remix of yours:**",
    CaseKind.PURGE: "**The moderators of this server have removed remixes of yours:**",
}


_REPORT_ENDED = {
    ReportOutcome.REMOVED: "it was right, and the result is removed. Thank you!",
    ReportOutcome.HIDDEN: "it was right, and the result is hidden. Thank you!",
    ReportOutcome.ACTED: "the moderators have spoken to its author, and the result stays. Thank you!",
    ReportOutcome.DISMISSED: "the moderators have looked at it, and the result stays. Thank you all the same!",
    ReportOutcome.FALSE: "the moderators see no reason for it. Please report only what breaks the rules.",
    ReportOutcome.GONE: "the result has been deleted meanwhile.",
    ReportOutcome.EXPIRED: "no moderator has decided about it in time.",
}


def report_ended(report: EndedReport, server: str = "") -> str:
    """`server`: its name, for a direct message."""
    where = f" in **{plain(server, _SERVER)}**" if server else ""
    return f"**Your report** of remix `{report.job_id}`{where}: {_REPORT_ENDED[report.outcome]}"


def warnings(unread: Sequence[Unread]) -> str:
    """What moderators warned a member of, why they hid or removed a remix of theirs, and how their reports ended."""
    lines: list[str] = []
    for case in unread:
        if isinstance(case, EndedReport):
            lines.append(report_ended(case))
            continue
        head = (_BY_RULE if case.actor_id == BY_RULE else _WHY).get(case.kind, _WARNED)
        lines += [head] if head not in lines else []
        lines.append(quote(case.reason or "No reason given", LONGEST_REASON))
    return "\n".join(lines)
