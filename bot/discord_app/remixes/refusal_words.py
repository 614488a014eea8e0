"""What people read about each refusal: what stood in the way, until when, and what to do next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.discord_app.kit.command_mentions import clickable
from bot.discord_app.kit.text import LONGEST_REASON, day_and_time, plain, quote, timestamp
from bot.discord_app.kit.words import NOTHING_CHARGED
from bot.rules.prices import dollars
from bot.rules.refusals import Reason, Refused

_LISTED = 10
_LONGEST_WORD = 60
_ASK = " If you think that's a mistake, ask the moderators."
_APPEAL = " If you think that's a mistake, you can appeal: `/remix-appeal`."


@dataclass(frozen=True, slots=True)
class RefusalWords:
    """`sentence` is for the member; `why` fills in its values. `short` is for moderators, in their log and in
    `/remix-mod why`, where `until 31 May 2026 14:00` can follow it.

    `money`: the member may fear that this attempt was paid. A member who is refused by a rule has no such fear, and
    should not read about charges on a server where remixes are free.
    """

    sentence: str
    short: str
    money: bool = False


REFUSALS: Mapping[Reason, RefusalWords] = {
    Reason.PROMPT_EMPTY: RefusalWords("The prompt is empty. Say what the picture should become.", "empty prompt"),
    Reason.PROMPT_TOO_LONG: RefusalWords(
        "The prompt is longer than {limit} characters. Please shorten it.", "prompt too long"
    ),
    Reason.OPTION_OUT_OF_RANGE: RefusalWords(
        "The {option} must be between {least} and {limit}. Leave it out to let Ideogram choose.", "option out of range"
    ),
    Reason.RESOLUTION_UNKNOWN: RefusalWords(
        "I don't know that resolution. Pick one from the list that opens while you type.", "unknown resolution"
    ),
    Reason.SPEED_UNKNOWN: RefusalWords("I don't know that speed. Pick one from the list.", "unknown speed"),
    Reason.STYLE_UNKNOWN: RefusalWords(
        "This server doesn't have that style. Pick one from the list, or leave the style out.", "unknown style"
    ),
    Reason.PROMPT_TOO_LONG_WITH_STYLE: RefusalWords(
        "A style adds its own words to your prompt. With that style, your prompt can have at most {limit} characters.",
        "prompt too long with its style",
    ),
    Reason.WEIGHT_WITH_OTHER_SHAPE: RefusalWords(
        "That resolution has a different shape from your picture, and a weight only works if the shape stays the same. "
        "Drop `resolution` to keep your weight, or drop `weight` to get the new shape.",
        "weight with another shape",
    ),
    Reason.PICTURE_TOO_LARGE: RefusalWords(
        "That file is too large for me. Please attach a smaller one.", "picture too large"
    ),
    Reason.PICTURE_TOO_MANY_PIXELS: RefusalWords(
        "That picture has too many pixels for me. Please scale it down and try again.", "too many pixels"
    ),
    Reason.PICTURE_TOO_SMALL: RefusalWords(
        "That picture is too small to make anything of it. Please attach one that is at least {limit} pixels wide and "
        "high.",
        "picture too small",
    ),
    Reason.PICTURE_UNREADABLE: RefusalWords(
        "That picture is damaged or incomplete, so I can't read it. Please save it again and attach the new file.",
        "unreadable picture",
    ),
    Reason.PICTURE_UNSUPPORTED: RefusalWords(
        "That isn't a picture I can read. JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF and HEIC work.", "not a known format"
    ),
    Reason.PICTURE_CAMERA_RAW: RefusalWords(
        "That is a camera raw file, and I would only see its small preview. Please export it as JPEG and try again.",
        "a camera raw file",
    ),
    Reason.PICTURE_NOT_FETCHED: RefusalWords(
        "Discord didn't give me your picture in time. Please try again.", "picture not received from Discord"
    ),
    Reason.PICTURE_GONE: RefusalWords(
        "I no longer have the picture for this remix. Start a new one with `/remix`.", "picture no longer kept"
    ),
    Reason.PICTURE_NOT_YOURS: RefusalWords(
        "In this server you can remix your own pictures and the ones that I made, but not other people's. Ask the "
        "person who made it, or use `/remix` with a picture of your own.",
        "somebody else's picture",
    ),
    Reason.PICTURE_REMEMBERED: RefusalWords(
        "This picture, or one very much like it, was removed in this server or isn't allowed here, so I can't use "
        f"it. Please take another picture.{_APPEAL}",
        "like a picture that was removed or isn't allowed here",
    ),
    Reason.PICTURE_BANNED: RefusalWords(
        "The person who runs me doesn't allow this picture, or one very much like it. Please take another picture. If "
        "you think that's a mistake, a moderator can talk to them.",
        "like a picture on the operator's list",
    ),
    Reason.PICTURE_NEEDS_CONSENT: RefusalWords(
        "The person whose picture it is has to agree first. Choose **Remix picture** on the message to ask them.",
        "its author has not agreed",
    ),
    Reason.PICTURE_OWNER_OPTED_OUT: RefusalWords(
        "The person whose picture it is doesn't want others to remix their pictures.",
        "its author has opted out",
    ),
    Reason.PICTURE_STAYS: RefusalWords(
        "That picture was posted in another channel, so its remixes stay there too. Try again in {channels}.",
        "picture from another channel",
    ),
    Reason.NO_PICTURE_THERE: RefusalWords(
        "I found no picture in that message. I can use attached pictures and the remixes that I posted. I can't use "
        "stickers, videos, forwarded messages or pictures from other websites.",
        "no picture in the message",
    ),
    Reason.NO_AVATAR: RefusalWords(
        "They have no avatar of their own, only the one that Discord gives to everybody.", "no avatar of their own"
    ),
    Reason.ASKED_ALREADY: RefusalWords(
        "You've asked for that picture within the last 24 hours. Please don't ask again so soon.", "asked already"
    ),
    Reason.ASKED_TOO_OFTEN: RefusalWords(
        "There are too many open questions at the moment, and each one notifies somebody. Please try again later.",
        "too many questions",
    ),
    Reason.PICTURE_LINK_ENDED: RefusalWords(
        "Discord no longer gives me the picture that you attached. Please attach it again with `/remix`. **Edit and "
        "retry** still shows what you typed.",
        "picture no longer given by Discord",
    ),
    Reason.SERVER_ONLY: RefusalWords(
        "I only work in servers. Use `/remix` in a channel of a server that I'm in.", "not in a server"
    ),
    Reason.SERVER_NOT_ALLOWED: RefusalWords(
        "This server isn't on my operator's list yet. A moderator can ask the person who runs me to add the server "
        "`{guild}`.",
        "server not on the operator's list",
    ),
    Reason.PERSON_BLOCKED: RefusalWords(
        "I'm sorry, I can't make remixes for you: the person who runs me has asked me not to. If you think that's a "
        "mistake, a moderator can talk to them.",
        "member blocked by the operator",
    ),
    Reason.SERVER_BLOCKED: RefusalWords(
        "I'm sorry, I can't make remixes in this server: the person who runs me has asked me not to. If you think "
        "that's a mistake, a moderator can talk to them.",
        "server blocked by the operator",
    ),
    Reason.CHANNEL_FORBIDDEN: RefusalWords(
        "I couldn't post the result here: I'm missing the {missing}. Ask a moderator, or try another channel.",
        "I'm missing permissions there",
    ),
    Reason.MEMBER_BLOCKED: RefusalWords(
        f"You're blocked from making remixes in this server {{until}}.{_APPEAL}{{note}}",
        "blocked in this server",
    ),
    Reason.MEMBER_TIMED_OUT: RefusalWords(
        f"You're in a time-out in this server. You can make remixes again {{until}}.{_ASK}",
        "in a time-out in this server",
    ),
    Reason.MEMBER_GONE: RefusalWords("You're no longer in that server.", "no longer in this server"),
    Reason.BOT_GONE: RefusalWords("I'm no longer in that server.", "I'm no longer in this server"),
    Reason.SERVER_PAUSED: RefusalWords(
        "The moderators of this server have paused remixing. Please try again later.{note}", "paused in this server"
    ),
    Reason.CHANNEL_NOT_ALLOWED: RefusalWords(
        f"You can't make remixes in this channel. Try {{channels}}.{_ASK}", "channel not allowed"
    ),
    Reason.CHANNEL_LOCKED: RefusalWords(
        "The moderators of this server have locked this channel for remixes {until}. Your remix is welcome in another "
        "channel.{note}",
        "channel locked",
    ),
    Reason.ROLE_MISSING: RefusalWords(
        f"In this server, remixes are only for {{roles}}.{_ASK}", "they have none of the roles that can use remixes"
    ),
    Reason.ROLE_IGNORED: RefusalWords(
        f"One of your roles can't use remixes in this server.{_ASK}", "one of their roles can't use remixes"
    ),
    Reason.MEMBER_TOO_NEW: RefusalWords(
        "New members can't make remixes in this server right away. You can start {until}.", "too new in this server"
    ),
    Reason.SPEED_NOT_ALLOWED: RefusalWords(
        "This server doesn't allow that speed. Please pick {speeds}.", "speed not allowed"
    ),
    Reason.WORD_REFUSED: RefusalWords(
        f"This server doesn't allow that prompt{{word}}. Please reword it.{_APPEAL}", "a word that isn't allowed"
    ),
    Reason.AUTOMOD_REFUSED: RefusalWords(
        f"This server's AutoMod doesn't allow that prompt{{word}}. Please reword it.{_APPEAL}",
        "a word that AutoMod doesn't allow",
    ),
    Reason.REVIEWED_FIRST: RefusalWords(
        "The moderators of this server would look at this remix before it's posted, so I can't ask somebody for their "
        "picture with this prompt. You can use `/remix` with a picture of your own.",
        "moderators look at it first",
    ),
    Reason.REVIEWS_FULL: RefusalWords(
        "You've reached the limit of remixes that wait for the moderators of this server ({limit}). Please try again "
        "when they've looked at one.",
        "too many in review",
    ),
    Reason.QUOTA_DAY: RefusalWords("In this server, {quota} for today.{more}", "today's quota used up"),
    Reason.QUOTA_MONTH: RefusalWords("In this server, {quota} for this month.{more}", "this month's quota used up"),
    Reason.SERVER_BUDGET_DAY: RefusalWords(
        "This server's budget for today {budget}. It resets {until}.",
        "not enough left in this server's daily budget",
        money=True,
    ),
    Reason.SERVER_BUDGET_MONTH: RefusalWords(
        "This server's budget for this month {budget}. It resets {until}.",
        "not enough left in this server's monthly budget",
        money=True,
    ),
    Reason.COOLDOWN: RefusalWords("You can start your next remix {until}.{raid}", "cooldown"),
    Reason.PERSON_QUEUE_FULL: RefusalWords(
        "You've reached the limit of remixes in progress at once ({limit}). Try again when one is done, or cancel one "
        "with `/my-remixes`.",
        "too many remixes in progress",
    ),
    Reason.QUEUE_FULL: RefusalWords("The queue is full right now. Please try again in a few minutes.", "queue full"),
    Reason.SERVER_QUEUE_FULL: RefusalWords(
        "This server has reached its limit of remixes in progress at once ({limit}). Please try again in a few "
        "minutes.",
        "too many remixes of this server in progress",
    ),
    Reason.SERVER_CEILING: RefusalWords(
        "What my operator lets this server spend per day {budget}. It resets {until}.",
        "not enough left of what the operator lets this server spend per day",
        money=True,
    ),
    Reason.PERSON_CEILING: RefusalWords(
        "What my operator lets one person spend per day {budget}. It resets {until}.",
        "not enough left of what the operator lets one person spend per day",
        money=True,
    ),
    Reason.BUDGET_DAY: RefusalWords(
        "My budget for today {budget}. It resets {until}.",
        "not enough left in the operator's daily budget",
        money=True,
    ),
    Reason.BUDGET_MONTH: RefusalWords(
        "My budget for this month {budget}. It resets {until}.",
        "not enough left in the operator's monthly budget",
        money=True,
    ),
    Reason.SERVICE_PAUSED: RefusalWords(
        "Remixing is paused: I can't get remixes from Ideogram until my operator fixes it. Please try again later.",
        "I can't get remixes from Ideogram",
        money=True,
    ),
    Reason.OPERATOR_PAUSED: RefusalWords(
        "The person who runs me has paused remixing. Please try again later.{note}", "paused by the operator"
    ),
    Reason.BOT_BUSY: RefusalWords(
        "Many pictures are coming in at once. Please try again in a moment.", "too many pictures at once", money=True
    ),
    Reason.BOT_STOPPING: RefusalWords(
        "I'm restarting right now. Please try again in a minute.", "the bot is restarting", money=True
    ),
    Reason.DISK_FULL: RefusalWords(
        "I can't store anything right now. Please try again later.", "nothing can be stored", money=True
    ),
    Reason.DATABASE_AWAY: RefusalWords(
        "My database does not answer right now. Please try again in a minute.",
        "the database does not answer",
        money=True,
    ),
    Reason.PICTURES_AWAY: RefusalWords(
        "I can't store pictures right now. Please try again in a minute.",
        "the picture store does not answer",
        money=True,
    ),
    Reason.PERHAPS_STORED: RefusalWords(
        "My database does not answer, and I can't tell whether I have your remix. Please look at `/my-remixes` in a "
        "few minutes before you ask again.",
        "perhaps stored: the database does not answer",
    ),
    Reason.AGAIN_ALREADY_OPEN: RefusalWords(
        "You're already making this remix again. Please wait for that one first.", "already being made again"
    ),
    Reason.DRAFT_GONE: RefusalWords(
        "I no longer have what you typed there: I keep the last one, for 15 minutes, until it is a remix. Please use "
        "`/remix` again.",
        "what was typed is no longer kept",
    ),
    Reason.START_ALREADY_WAITING: RefusalWords(
        "One of your remixes waits for your cooldown already. When it has started, the next one can wait. You can "
        "cancel it with `/my-remixes`.",
        "another remix waits for the cooldown",
    ),
    Reason.RESULT_REMOVED: RefusalWords(
        "The moderators of this server have removed this remix, so you can't get it. It still uses one of your "
        f"remixes.{_APPEAL}",
        "removed by the moderators",
    ),
    Reason.LADDER_ALREADY_OPEN: RefusalWords(
        "Your last weight ladder of this remix isn't finished yet, so I haven't queued a second one.",
        "ladder already waiting",
    ),
    Reason.LADDER_WITH_WEIGHT: RefusalWords(
        "A weight ladder has its own weights: 20, 40, 60 and 80. Leave out `weight`, or leave out `ladder`.",
        "ladder with a weight",
    ),
    Reason.LADDER_WITH_COUNT: RefusalWords(
        "A weight ladder makes one picture at each of its four weights. Leave out `count`, or leave out `ladder`.",
        "ladder with a count",
    ),
    Reason.PICK_NOT_YOURS: RefusalWords(
        "Only the person who asked for these pictures, or a moderator, can post one on its own. With **Edit** you can "
        "make your own.",
        "another member's pictures",
    ),
    Reason.RESULT_HIDDEN: RefusalWords(
        "The moderators of this server have hidden this remix, so nobody can go on from it.", "hidden by the moderators"
    ),
}


_IN_RAID = " New members wait twice as long in this server at the moment. It isn't about you, and it will end."


@clickable
def refusal(refused: Refused, guild_id: int | None = None) -> str:
    """For the member whose request was refused."""
    charge = f" {NOTHING_CHARGED}" if REFUSALS[refused.reason].money else ""
    return f"{why(refused, guild_id)}{charge}"


def why(refused: Refused, guild_id: int | None = None) -> str:
    """For somebody who only asks whether they could remix now: there is nothing that could have been charged."""
    return REFUSALS[refused.reason].sentence.format(
        option=refused.option,
        least=refused.least,
        limit=refused.limit,
        quota=_quota(refused),
        more=f" You can make more {_until(refused)}." if refused.limit else "",
        missing=_permissions(refused.missing),
        until=_until(refused),
        raid=_IN_RAID if refused.in_raid else "",
        budget=_budget(refused),
        guild=guild_id,
        note="" if refused.note is None else f" The reason:\n{quote(refused.note, LONGEST_REASON)}",
        channels=_either([f"<#{channel}>" for channel in refused.channels]),
        roles=_either([f"<@&{role}>" for role in refused.roles]),
        speeds=_either([speed.label for speed in refused.speeds]),
        word=f": **{plain(refused.word, _LONGEST_WORD)}**" if refused.word else "",
    )


def _quota(refused: Refused) -> str:
    limit, (wanted, left) = refused.limit, refused.remixes
    if left:
        return f"this takes {wanted} remixes and you have {left} left"
    # A server can set a quota of 0 for everybody and give some roles a plan.
    if not limit:
        return "you have no remixes"
    return "you've used your 1 remix" if limit == 1 else f"you've used all {limit} of your remixes"


def _until(refused: Refused) -> str:
    if refused.reason is Reason.MEMBER_BLOCKED:
        return f"until {day_and_time(refused.until)}" if refused.until else "until a moderator unblocks you"
    if refused.reason is Reason.CHANNEL_LOCKED:
        return f"until {day_and_time(refused.until)}" if refused.until else "until they unlock it"
    return timestamp(refused.until) if refused.until else "later"


def _budget(refused: Refused) -> str:
    return f"has {money_left(refused)}" if refused.fits else "doesn't have enough left for this remix"


def money_left(refused: Refused) -> str:
    """What a budget has left, and the speed that it is enough for; empty if it is enough for none."""
    if refused.fits is None:
        return ""
    speed, micros = refused.fits
    return f"{dollars(refused.left or 0)} left; {speed.label} ({dollars(micros)}) still fits"


def _permissions(names: Sequence[str]) -> str:
    word = "permission" if len(names) == 1 else "permissions"
    return f"{_join([f'**{name}**' for name in names], 'and')} {word}"


def _either(names: Sequence[str]) -> str:
    """At most ten of them."""
    if len(names) > _LISTED:
        return f"{', '.join(names[:_LISTED])} and others"
    return _join(names, "or")


def _join(names: Sequence[str], word: str) -> str:
    """`a, b or c`."""
    return f" {word} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
