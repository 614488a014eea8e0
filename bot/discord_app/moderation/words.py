"""What moderators read after an action. Their replies are private."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.discord_app.kit.command_mentions import clickable
from bot.discord_app.kit.text import LONGEST_REASON, clock_time, day_and_time, plain, quote, timestamp
from bot.rules.cases import CaseKind
from bot.rules.durations import spell_seconds
from bot.rules.hierarchy import OutOfReach
from bot.rules.job_states import JobState
from bot.storage.moderation.cases import Case
from bot.storage.standing.member_blocks import BlockedMember
from bot.use_cases.moderation.block_member import Blocked
from bot.use_cases.moderation.find_remix import NotModerated
from bot.use_cases.moderation.hide_result import Hidden
from bot.use_cases.moderation.remove_result import Removed
from bot.use_cases.moderation.server_queue import AllCancelled, ServerQueue, Waiting
from bot.use_cases.moderation.warn_member import Warned
from bot.use_cases.purges.second_moderator import AskedSecond

# A message has 2,000 characters, and escaping may double each of these.
_REASON_IN_LIST = 40
_PROMPT_IN_LIST = 20
_REASON_IN_QUEUE = 50


NOTHING_CHANGED = "Nothing was changed."


def unchanged(why: str) -> str:
    return f"{why} {NOTHING_CHANGED}"


UNDO = "Undo"
NOT_A_MODERATOR = "You need the **Moderate Members** permission to use this."
NOT_AN_ADMIN = "This case is a settings change. Only people with **Manage Server** can change it."
NO_SUCH_REMIX = (
    "I can't find that remix here. Give its number (**Details** on its card shows it) or its message's link."
)
BAD_DURATION = unchanged(
    "I can't read that length of time. Write it like `30m`, `24h`, `7d` or `2w`, one year at most."
)
NO_NOTE = unchanged("Please write a note that people can read.")
NO_SUCH_KIND = "There is no such kind of case. Pick one from the list that opens while you type."
NO_REASON = unchanged("Please give a reason that people can read.")
NOT_BLOCKED = unchanged("That member isn't blocked here.")
NOTHING_TO_PURGE = unchanged("That member has no results here that anybody can see.")
WHICH_RESULTS = unchanged("Choose how many (`last`), how far back (`since`, such as `24h`), or both.")
NOTHING_WAITS = unchanged("That member has no remixes waiting here.")
WHICH_WAITING = unchanged("Choose one remix (`remix`), or a member (`member`) to cancel all that they have waiting.")
NOT_PAUSED = unchanged("This server isn't paused.")
NOT_A_CATEGORY = unchanged("A category can't be locked. Choose its channels one by one.")
_NOT_ALL_SHOWN = "Discord didn't let me change every message just now. I'll keep trying."

REASON = "Reason"
HOW_LONG = "How long"
HOW_LONG_EMPTY = "Such as 30m, 24h or 7d; empty: until you unblock them"


@dataclass(frozen=True, slots=True)
class ReasonFormWords:
    """Discord cuts a title at 45 characters and a description at 100."""

    title: str
    reason: str


REASON_FORMS = {
    "hide": ReasonFormWords("Hide the remix", "Optional; its author reads it"),
    "show": ReasonFormWords("Unhide the pictures", "Optional, for the record"),
    "remove": ReasonFormWords("Remove the remix", "Optional; its author reads it"),
    "warn": ReasonFormWords("Warn the author", "The author reads it at their next use of the bot"),
    "block": ReasonFormWords("Block the author", "Optional; the author reads it"),
}

IS_REPORTED = (
    "It's reported as illegal content, so it stays hidden until somebody with **Manage Server** decides about it on "
    "the card of the report."
)
_OUT_OF_REACH = {
    OutOfReach.BOT: "That's me.",
    OutOfReach.ONESELF: "You can't do that to yourself, but another moderator can.",
    OutOfReach.OWNER: "You can't do that to the server's owner.",
    OutOfReach.HIGHER: "Their highest role isn't below yours.",
}
_NOT_MODERATED = {
    NotModerated.NOT_FOUND: NO_SUCH_REMIX,
    NotModerated.WAITS: "It hasn't started yet. `/remix-mod cancel` ends it, and nothing is charged.",
    NotModerated.NOTHING_SHOWN: "No message here shows it, and none will.",
    NotModerated.DONE_BEFORE: "That's already done.",
    NotModerated.REPORTED: IS_REPORTED,
    NotModerated.TOO_LATE: "It's no longer waiting. `/remix-mod remove` takes a result down.",
}


def out_of_reach(refused: OutOfReach) -> str:
    return unchanged(_OUT_OF_REACH[refused])


@clickable
def not_moderated(refused: NotModerated) -> str:
    return unchanged(_NOT_MODERATED[refused])


def blocked(done: Blocked) -> str:
    case, who = done.case, f"<@{done.case.target_id}>"
    waiting = f" {_count(done.waiting, 'waiting remix')} of theirs will end uncharged." if done.waiting else ""
    if done.is_longest:
        until = day_and_time(case.until) if case.until else "you unblock them"
        return f"{_head(case)} {who} is blocked from making remixes here until {until}.{waiting}{_sees(case)}"
    until = day_and_time(done.holds.until) if done.holds.until else "somebody unblocks them"
    kept = f" Your reason is kept in case {case.number}." if case.reason else ""
    return (
        f"{_head(case)} {who} is already blocked until {until}, by case {done.holds.case_number}, and that stays."
        f"{kept}{waiting}"
    )


def done_before(case: Case) -> str:
    return unchanged(f"That's already done because of this remix, by case {case.number}.")


def unblocked(case: Case) -> str:
    return f"{_head(case)} <@{case.target_id}> can make remixes here again."


def warned(done: Warned) -> str:
    case = done.case
    reads = f"<@{case.target_id}> will read it privately the next time they use the bot."
    return f"{_head(case)} {reads}{_blocked_by_rule(done)}{_sees(case)}"


def _blocked_by_rule(done: Warned) -> str:
    if done.blocked is None or done.limit is None:
        return ""
    count = f"{_count(done.limit.warnings, 'warning')} or more within {spell_seconds(done.limit.within_s)}"
    block = done.blocked.holds
    until = day_and_time(block.until) if block.until else "somebody unblocks them"
    return f" They have {count}, so this server's rule blocks them until {until} (case {block.case_number})."


@clickable
def noted(case: Case) -> str:
    return (
        f"{_head(case)} Your note about <@{case.target_id}> is kept. `/remix-mod member` shows it to moderators alone."
    )


def block_list(blocks: Sequence[BlockedMember]) -> str:
    if not blocks:
        return "Nobody is blocked here."
    return "\n".join(["**Blocked here**", *(_block_line(each) for each in blocks)])


def _block_line(block: BlockedMember) -> str:
    until = day_and_time(block.until) if block.until else "unblocked"
    reason = f": {plain(block.reason, _REASON_IN_LIST)}" if block.reason else ""
    return f"- <@{block.user_id}> until {until} · case {block.case_number}{reason}"


def hidden(done: Hidden, left: int, *, is_hidden: bool) -> str:
    """`left`: how many messages Discord has not changed yet."""
    state = "behind a spoiler, and its prompt is covered" if is_hidden else "visible"
    what = f"Its pictures are {state}." if done.posted else f"It isn't posted yet. Its pictures will be {state}."
    more = _with_others(done.count - 1) if done.case else []
    return " ".join([*([_head(done.case)] if done.case else []), what, *more, *([_NOT_ALL_SHOWN] if left else [])])


def _with_others(others: int) -> list[str]:
    """What happened to one remix happened to all of the same picture."""
    if others < 1:
        return []
    return [f"So {'is 1 other remix' if others == 1 else f'are {others} other remixes'} made of the same picture."]


def removed(done: Removed, left: int) -> str:
    """`left`: how many messages Discord did not let us delete."""
    one = done.count == 1
    what = "The remix is removed, and its" if one else f"{done.count} remixes are removed, and their"
    sentences = [*([_head(done.case)] if done.case else []), f"{what} pictures are no longer kept."]
    if done.case is not None and done.case.kind is CaseKind.REMOVE and not one:
        sentences.append("They were all made of the same picture.")
    if done.remembers:
        sentences.append("Pictures like them are refused here from now on.")
    if left:
        sentences.append(f"{_count(left, 'message')} couldn't be deleted yet. I'll keep trying.")
    return " ".join(sentences)


@clickable
def asked_second(done: AskedSecond) -> str:
    """For a moderator whose removal waits for a second one."""
    request = done.request
    again = "You asked for that already. " if done.was_asked else ""
    are = "is" if done.count == 1 else "are"
    return (
        f"**Nothing is removed yet.** {again}{_count(done.count, 'result')} of <@{request.target_id}>, with what was "
        f"made of them, {are} more than one moderator can remove here within an hour. Another moderator has to confirm "
        f"it by {day_and_time(request.ends_at)}, on its card in the log channel or in `/remix-mod inbox`."
    )


def cancelled(case: Case) -> str:
    return f"{_head(case)} The remix of <@{case.target_id}> is cancelled. Nothing was charged."


def all_cancelled(done: AllCancelled) -> str:
    are = "is" if done.count == 1 else "are"
    what = f"{_count(done.count, 'waiting remix')} of <@{done.case.target_id}> {are} cancelled."
    return f"{_head(done.case)} {what} Nothing was charged.{_sees(done.case)}"


@clickable
def paused(case: Case) -> str:
    return (
        f"{_head(case)} **Paused.** This server accepts and starts no remixes until `/remix-mod resume`. Remixes in "
        f"progress will finish.{_sees(case, 'Members')}"
    )


def resumed(case: Case) -> str:
    return f"{_head(case)} **Resumed.** New remixes are accepted, and waiting ones continue."


@clickable
def locked(case: Case) -> str:
    until = day_and_time(case.until) if case.until else "`/remix-mod unlock`"
    return (
        f"{_head(case)} <#{case.channel_id}> and its threads are **locked** for remixes until {until}. Waiting remixes "
        f"keep their place, and those in progress will finish.{_sees(case, 'Members')}"
    )


def unlocked(case: Case) -> str:
    what = f"<#{case.channel_id}> is **unlocked**."
    return f"{_head(case)} {what} New remixes are accepted there, and waiting ones continue."


def not_locked(channel_id: int) -> str:
    return unchanged(f"<#{channel_id}> isn't locked.")


def exported(count: int, *, is_full: bool) -> str:
    if not count:
        return "No cases found."
    rest = " The file takes no more; choose `since`, `kind` or `member` for fewer." if is_full else ""
    return (
        f"{_count(count, 'case')}, newest first.{rest} Times are UTC. Paste `<@...>` into a message to see who it is."
    )


def undone_but_not_shown(case: Case) -> str:
    return f"{_head(case)} It's undone. {_NOT_ALL_SHOWN}"


_UNSEEN = "in a channel that you can't see"


def queue(found: ServerQueue, sees: Callable[[int], bool]) -> str:
    """`sees`: whether the moderator who reads it can see the channel with that id."""
    lines = []
    if found.pause is not None:
        lines.append(f"**Paused** by <@{found.pause.by}> {timestamp(found.pause.at)}.")
        lines.append(quote(found.pause.reason, _REASON_IN_QUEUE))
    if found.operator_pause is not None:
        lines.append("**Paused by the person who runs me.**")
        lines.append(quote(found.operator_pause.reason, _REASON_IN_QUEUE))
    if found.held:
        lines.append("**I can't get remixes from Ideogram right now.**")
    lines.append(f"**In this server:** {found.running_count} in progress · {found.waiting_count} waiting")
    return "\n".join([*lines, *(f"- {_whose(each, sees)} · {_place(each)}" for each in found.page.shown)])


def _whose(waiting: Waiting, sees: Callable[[int], bool]) -> str:
    job = waiting.job
    asked = timestamp(job.accepted_at)
    prompt = plain(job.prompt, _PROMPT_IN_LIST) if sees(job.channel_id) else _UNSEEN
    return f"`{job.id}` <@{job.user_id}> in <#{job.channel_id}>, {asked} · {prompt}"


def _place(waiting: Waiting) -> str:
    if waiting.job.state is not JobState.QUEUED:
        return "in progress"
    # No "in 3 minutes": this message is never updated, so it would soon show a time in the past.
    at = waiting.place.estimate.at
    expected = f", expected at {clock_time(at, waiting.job.accepted_at)}" if at else ""
    return f"position {waiting.place.ahead + 1}{expected}"


def _head(case: Case) -> str:
    return f"**Case {case.number}.**"


def _sees(case: Case, who: str = "They") -> str:
    return f" {who} will see:\n{quote(case.reason, LONGEST_REASON)}" if case.reason else ""


def _count(number: int, noun: str) -> str:
    plural = f"{noun}es" if noun.endswith("x") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"
