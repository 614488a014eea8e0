"""What people read about each way in which an accepted remix can fail."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.discord_app.kit.words import NOTHING_CHARGED
from bot.rules.failures import Executed, FailureKind, executed, is_uncounted


@dataclass(frozen=True, slots=True)
class FailureWords:
    """`happened` and `advice` are for the author, with a sentence about the cost between them. `short` is for lists."""

    happened: str
    advice: str
    short: str


FAILURES: Mapping[FailureKind, FailureWords] = {
    FailureKind.REQUEST_REJECTED: FailureWords(
        "Ideogram didn't accept this request.",
        "Please try other options or another picture.",
        "not accepted by Ideogram",
    ),
    FailureKind.WEIGHT_WITH_RESOLUTION: FailureWords(
        "Ideogram didn't accept this request. A weight needs a resolution with the exact shape of your picture.",
        "Please drop `weight` or `resolution`.",
        "not accepted by Ideogram, probably because of weight with resolution",
    ),
    FailureKind.PICTURE_TOO_LARGE_PERHAPS: FailureWords(
        "Ideogram didn't accept this request. Your picture may be too large for it.",
        "Please try a file below 10 MB.",
        "not accepted by Ideogram, perhaps because of a large picture",
    ),
    FailureKind.PROMPT_UNSAFE: FailureWords(
        "Ideogram's safety check refused the prompt.", "Please reword it.", "prompt refused by the safety check"
    ),
    FailureKind.PICTURE_UNSAFE: FailureWords(
        "Ideogram's safety check refused the picture.", "Please use another one.", "picture refused by the safety check"
    ),
    FailureKind.SAFETY_REFUSED: FailureWords(
        "Ideogram's safety check refused this remix.",
        "Please change the prompt or the picture.",
        "refused by the safety check",
    ),
    FailureKind.PICTURE_TOO_LARGE: FailureWords(
        "The picture was too large for Ideogram.", "Please try a smaller one.", "picture too large for Ideogram"
    ),
    FailureKind.ALL_WITHHELD: FailureWords(
        "The remix was made, but Ideogram's safety check withheld it.",
        "Please change the prompt or the picture.",
        "withheld by the safety check",
    ),
    FailureKind.QUEUE_EXPIRED: FailureWords(
        "Your remix waited too long and timed out.", "Please try again.", "timed out in the queue"
    ),
    FailureKind.SERVER_NOT_ALLOWED: FailureWords(
        "This server is no longer on my operator's list.",
        "A moderator can ask the person who runs me.",
        "server no longer on the operator's list",
    ),
    FailureKind.PERSON_BLOCKED: FailureWords(
        "I'm sorry, I can't make remixes for you any more: the person who runs me has asked me not to.",
        "If you think that's a mistake, a moderator can talk to them.",
        "member blocked by the operator",
    ),
    FailureKind.SERVER_BLOCKED: FailureWords(
        "I'm sorry, I can't make remixes in this server any more: the person who runs me has asked me not to.",
        "A moderator can talk to them.",
        "server blocked by the operator",
    ),
    FailureKind.MEMBER_BLOCKED: FailureWords(
        "You're blocked from making remixes in this server, so I stopped this one.",
        "`/remix-help` tells you more.",
        "member blocked in this server",
    ),
    FailureKind.CHANNEL_NOT_ALLOWED: FailureWords(
        "Remixes are no longer allowed in that channel.",
        "`/remix-help` shows where they are.",
        "channel no longer allowed",
    ),
    FailureKind.MEMBER_GONE: FailureWords(
        "You're no longer in that server, so I stopped this remix.",
        "If you come back, you can start it again.",
        "no longer in the server",
    ),
    FailureKind.BOT_GONE: FailureWords(
        "I was removed from that server, so I stopped this remix.",
        "If I'm invited again, you can start it again.",
        "I was removed from the server",
    ),
    FailureKind.MEMBER_TIMED_OUT: FailureWords(
        "You're in a time-out in this server, so I stopped this remix.",
        "When the time-out is over, you can start it again.",
        "in a time-out",
    ),
    FailureKind.ROLE_NOT_ALLOWED: FailureWords(
        "Your roles in this server no longer let you make remixes, so I stopped this one.",
        "`/remix-help` tells you more.",
        "roles no longer allowed",
    ),
    FailureKind.MEMBER_TOO_NEW: FailureWords(
        "New members can't make remixes in this server right away, so I stopped this one.",
        "`/remix-help` tells you when you can start.",
        "too new in the server",
    ),
    FailureKind.WORD_NOT_ALLOWED: FailureWords(
        "Since you asked for this remix, this server has stopped allowing a word of its prompt, so I stopped it.",
        "Please reword it.",
        "a word in its prompt is no longer allowed",
    ),
    FailureKind.PICTURE_NOT_ALLOWED: FailureWords(
        "Since you asked for this remix, its picture, or one very much like it, has been removed or put on a list of "
        "pictures that aren't allowed. So I stopped it.",
        "You can use `/remix` with another picture. Where the moderators can allow this one, **Appeal** asks them.",
        "its picture is no longer allowed",
    ),
    FailureKind.REMOVED: FailureWords(
        "The remix was made, but a moderator removed it before it was posted.",
        "If you think that's a mistake, ask the moderators.",
        "removed before it was posted",
    ),
    FailureKind.SOURCE_REMOVED: FailureWords(
        "The moderators removed the picture that this remix was to be made from.",
        "You can use `/remix` with another picture.",
        "its picture was removed by the moderators",
    ),
    FailureKind.SOURCE_WITHDRAWN: FailureWords(
        "The person whose picture this remix was to be made from has deleted it.",
        "You can use `/remix` with a picture of your own.",
        "its picture was deleted by the person who sent it",
    ),
    FailureKind.WITHDRAWN: FailureWords(
        "The remix was made, but the person whose picture it is deleted it before it was posted.",
        "You can use `/remix` with a picture of your own.",
        "deleted by the person who sent its picture, before it was posted",
    ),
    FailureKind.RESULT_LOST: FailureWords(
        "The remix was made and paid for, but I couldn't get its picture from Ideogram. I'm sorry.",
        "Please try again.",
        "picture could not be fetched from Ideogram",
    ),
    FailureKind.RESULT_EXPIRED: FailureWords(
        "The remix was made, but it wasn't picked up in time, and I no longer have it.",
        "Please start a new one with `/remix`.",
        "result not picked up in time",
    ),
    FailureKind.SOURCE_LOST: FailureWords(
        "I no longer have the picture you attached.", "Please attach it again.", "source picture lost"
    ),
    FailureKind.OUTCOME_WRITTEN_OFF: FailureWords(
        "Ideogram's reply didn't reach me, and the person who runs me has closed this remix.",
        "Please try again.",
        "no reply from Ideogram, closed by the operator",
    ),
    FailureKind.RESTORED: FailureWords(
        "I lost track of this remix: the person who runs me had to restore a backup from when it was still waiting."
        " Its picture may be in the channel already.",
        "If it isn't there, please try again.",
        "still waiting when my last backup was made",
    ),
    FailureKind.REVIEW_REFUSED: FailureWords(
        "The remix was made, but the moderators of this server decided not to post it.",
        "You can use `/remix` with another prompt or picture.",
        "refused by the moderators",
    ),
    FailureKind.REVIEW_EXPIRED: FailureWords(
        "The remix was made, but no moderator of this server looked at it in time. So it wasn't posted.",
        "You can start it again with `/remix`, or ask the moderators first.",
        "no moderator looked at it in time",
    ),
    FailureKind.GENERATION_FAILED: FailureWords(
        "Ideogram started this remix but couldn't finish it.", "Please try again.", "not finished by Ideogram"
    ),
    FailureKind.GENERATION_FAILED_OFTEN: FailureWords(
        "Ideogram started this remix but couldn't finish it, like several of yours in the last hour. It gives no "
        "reason, but its safety check may have refused them.",
        "Please change the prompt or the picture.",
        "not finished by Ideogram, like several before it",
    ),
}


COUNTS_THIS_TIME = (
    "You, or this picture, have had several failures in the last 24 hours, so this one counts and your cooldown stays."
)


def failure(kind: FailureKind, *, counted: bool = False) -> str:
    """For the author: what happened, what it costs them, and what to do next.

    `counted`: it counts against them, although most failures of this kind do not.
    """
    words = FAILURES[kind]
    if counted and is_uncounted(kind):
        cost = COUNTS_THIS_TIME if executed(kind) is not Executed.NO else f"{NOTHING_CHARGED} {COUNTS_THIS_TIME}"
    else:
        cost = cost_to_author(executed(kind), uncounted=is_uncounted(kind))
    return f"{words.happened} {cost} {words.advice}"


def cost_to_author(billed: Executed, *, uncounted: bool) -> str:
    """Whether an accepted remix that ended without a result was charged, and whether it counts against its author."""
    if billed is not Executed.NO:
        return _NOT_COUNTED if uncounted else "It still uses one of your remixes."
    return "Nothing was charged, and your cooldown is reset." if uncounted else NOTHING_CHARGED


_NOT_COUNTED = "It doesn't use one of your remixes, and your cooldown is reset."
