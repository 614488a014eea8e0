"""What moderators read about a removal of many results that waits for a second moderator."""

from bot.discord_app.kit.text import LONGEST_REASON, day_and_time, quote
from bot.rules.second_moderators import PurgeState
from bot.storage.moderation.purge_requests import PurgeRequest
from bot.use_cases.purges.second_moderator import NotDecided

CONFIRM = "Remove them"
REFUSE = "Don't remove"
REFUSED = "Nothing is removed."
WITHDRAWN = "Withdrawn. Nothing is removed."
NOTHING_LEFT = "Nothing was left to remove: the results are gone already."

OUTCOMES = {
    PurgeState.WAITING: "",
    PurgeState.DONE: "Removed",
    PurgeState.REFUSED: "Not removed",
    PurgeState.WITHDRAWN: "Withdrawn",
    PurgeState.NOTHING_LEFT: "Nothing was left to remove",
    PurgeState.OVER: "Nobody decided in time, so nothing is removed",
}

NOT_DECIDED = {
    NotDecided.DONE_BEFORE: "Somebody has decided it already, or its time is over.",
    NotDecided.ONESELF: "You asked for it, so another moderator has to confirm it. **Don't remove** withdraws it.",
}


def head(request: PurgeRequest, count: int) -> str:
    return (
        f"**A second moderator is needed** by {day_and_time(request.ends_at)}. <@{request.actor_id}> wants to remove "
        f"{_results(count)} of <@{request.target_id}>."
    )


def details(request: PurgeRequest) -> str:
    return quote(request.reason, LONGEST_REASON) if request.reason else "No reason given"


def _results(count: int) -> str:
    return "1 result" if count == 1 else f"{count} results"
