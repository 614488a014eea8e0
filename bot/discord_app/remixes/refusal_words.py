"""The sentences of refusals: what stood in the way, until when, what to do. Nothing was queued and nothing charged."""

import re
from collections.abc import Sequence

from bot.discord_app.kit.text import day_and_time, quote, timestamp
from bot.rules.refusals import Reason, Refused

_LONGEST_REASON = 300
_LISTED = 10

_REFUSALS = {
    Reason.PROMPT_EMPTY: "The prompt is empty. Tell me what the picture should become; nothing was charged.",
    Reason.PROMPT_TOO_LONG: "The prompt is longer than {limit} characters. Please shorten it; nothing was charged.",
    Reason.WEIGHT_OUT_OF_RANGE: (
        "The weight goes from 1 to 100. Leave it out to let Ideogram choose; nothing was charged."
    ),
    Reason.RESOLUTION_UNKNOWN: (
        "I do not know that resolution. Pick one from the list that opens while you type; nothing was charged."
    ),
    Reason.SPEED_UNKNOWN: "I do not know that speed. Pick one from the list; nothing was charged.",
    Reason.WEIGHT_WITH_OTHER_SHAPE: (
        "That resolution has another shape than your picture, and a weight only works when the shape stays. "
        "Drop `resolution` to keep your weight, or drop `weight` to get the new shape; nothing was charged."
    ),
    Reason.PICTURE_TOO_LARGE: "That file is too large for me. Please attach a smaller one; nothing was charged.",
    Reason.PICTURE_TOO_MANY_PIXELS: (
        "That picture has too many pixels for me. Please scale it down and try again; nothing was charged."
    ),
    Reason.PICTURE_UNREADABLE: (
        "That picture is damaged or incomplete, so I cannot read it. Please save it anew and try again; "
        "nothing was charged."
    ),
    Reason.PICTURE_UNSUPPORTED: (
        "That is not a picture I can read. JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF and HEIC work; nothing was charged."
    ),
    Reason.PICTURE_NOT_FETCHED: "Discord did not hand me your picture in time. Please try again; nothing was charged.",
    Reason.PICTURE_GONE: (
        "The picture behind this remix is no longer kept. Start a new one with `/remix`; nothing was charged."
    ),
    Reason.SERVER_ONLY: (
        "I work in servers only. Use `/remix` in a channel of a server that I am in; nothing was charged."
    ),
    Reason.SERVER_NOT_ALLOWED: (
        "This server is not on my operator's list yet. A moderator can ask the person who runs me to add "
        "the server `{guild}`; nothing was charged."
    ),
    Reason.PERSON_BLOCKED: (
        "I am sorry, I cannot make remixes for you: the person who runs me has asked me not to. If you think that is a "
        "mistake, a moderator can talk to them; nothing was charged."
    ),
    Reason.SERVER_BLOCKED: (
        "I am sorry, I cannot make remixes in this server: the person who runs me has asked me not to. If you think "
        "that is a mistake, a moderator can talk to them; nothing was charged."
    ),
    Reason.CHANNEL_FORBIDDEN: (
        "I could not post the result here: I lack {missing}. Ask a moderator, or try another channel; "
        "nothing was charged."
    ),
    Reason.COOLDOWN: "You can start your next remix {until}. Nothing was charged.",
    Reason.PERSON_QUEUE_FULL: (
        "You have as many remixes on the way as I allow ({limit}). Try again when one is done, or cancel one with "
        "`/my-remixes`; nothing was charged."
    ),
    Reason.QUEUE_FULL: "The queue is full at the moment. Please try again in a few minutes; nothing was charged.",
    Reason.BUDGET_DAY: (
        "The budget for today has no room for this remix any more. It opens again {until}; nothing was charged."
    ),
    Reason.BUDGET_MONTH: (
        "The budget for this month has no room for this remix any more. It opens again {until}; nothing was charged."
    ),
    Reason.SERVICE_PAUSED: (
        "Remixing is paused: Ideogram takes no work from me until my operator has mended it. "
        "Please try again later; nothing was charged."
    ),
    Reason.OPERATOR_PAUSED: (
        "Remixing is paused by the person who runs me. Please try again later; nothing was charged.{note}"
    ),
    Reason.BOT_BUSY: "Many pictures are coming in at once. Please try again in a moment; nothing was charged.",
    Reason.BOT_STOPPING: "I am just restarting. Please try again in a minute; nothing was charged.",
    Reason.DISK_FULL: "I cannot store anything at the moment. Please try again later; nothing was charged.",
    Reason.AGAIN_ALREADY_OPEN: "You already have this one running again. Wait for it first; nothing was charged.",
    Reason.MEMBER_BLOCKED: (
        "The moderators of this server have blocked you from making remixes {until}. Nothing was charged.{appeal}{note}"
    ),
    Reason.SERVER_PAUSED: (
        "The moderators of this server have paused remixing. Please try again later; nothing was charged.{note}"
    ),
    Reason.CHANNEL_NOT_ALLOWED: "Remixes are not made in this channel. Try {channels}. Nothing was charged.{appeal}",
    Reason.ROLE_MISSING: "In this server remixes are for {roles}. Nothing was charged.{appeal}",
    Reason.ROLE_IGNORED: ("In this server a role that you have is left out of remixing. Nothing was charged.{appeal}"),
    Reason.MEMBER_TOO_NEW: (
        "You are new here: in this server you can make remixes {until}. Nothing was charged until then."
    ),
    Reason.SPEED_NOT_ALLOWED: "This server allows {speeds}. Please pick that; nothing was charged.",
    Reason.QUOTA_DAY: (
        "You have made your remixes of today in this server ({limit}). You can go on {until}; nothing was charged."
    ),
    Reason.QUOTA_MONTH: (
        "You have made your remixes of this month in this server ({limit}). You can go on {until}; nothing was charged."
    ),
    Reason.SERVER_BUDGET_DAY: (
        "This server's own budget for today has no room for this remix any more. It opens again {until}; "
        "nothing was charged."
    ),
    Reason.RESULT_REMOVED: (
        "The moderators of this server have removed this remix, so it cannot be fetched. "
        "It counts as made; nothing was charged.{appeal}"
    ),
    Reason.SERVER_BUDGET_MONTH: (
        "This server's own budget for this month has no room for this remix any more. It opens again {until}; "
        "nothing was charged."
    ),
}

_APPEAL = " If you think that is a mistake, ask the moderators."


def refusal(refused: Refused, guild_id: int | None = None) -> str:
    """For the person alone."""
    return _REFUSALS[refused.reason].format(
        limit=refused.limit,
        missing=_and([f"**{name}**" for name in refused.missing]),
        until=_until(refused),
        guild=guild_id,
        appeal=_APPEAL if refused.can_appeal else "",
        note="" if refused.note is None else f" Their reason:\n{quote(refused.note, _LONGEST_REASON)}",
        channels=_or([f"<#{channel}>" for channel in refused.channels]),
        roles=_or([f"<@&{role}>" for role in refused.roles]),
        speeds=_or([speed.label for speed in refused.speeds]),
    )


def _until(refused: Refused) -> str:
    if refused.reason is Reason.MEMBER_BLOCKED:
        return f"until {day_and_time(refused.until)}" if refused.until else "until they let you in again"
    return timestamp(refused.until) if refused.until else "later"


def _and(names: Sequence[str]) -> str:
    return " and ".join(names)


def _or(names: Sequence[str]) -> str:
    """At most ten of them."""
    shown = names[:_LISTED]
    return f"{', '.join(shown)}{' and others' if len(names) > _LISTED else ''}"


_UNCHARGED = re.compile(r"[;.] [Nn]othing was charged(?: until then)?\.")


def why(refused: Refused, guild_id: int | None = None) -> str:
    """The same for somebody who only asks: there is nothing that could have been charged."""
    return _UNCHARGED.sub(".", refusal(refused, guild_id))
