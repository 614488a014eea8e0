"""What moderators read in Discord after an action, and what members read of it. All of it is private."""

from collections.abc import Sequence

from bot.discord_app.kit.text import day_and_time, plain, quote, timestamp
from bot.rules.hierarchy import OutOfReach
from bot.storage.moderation.cases import Case
from bot.storage.standing.member_blocks import BlockedMember
from bot.use_cases.moderation.find_result import NotModerated
from bot.use_cases.moderation.moderate_member import Blocked
from bot.use_cases.moderation.moderate_queue import ServerQueue, Waiting
from bot.use_cases.moderation.remove_result import Removed

LONGEST_REASON = 300
_REASON_IN_LIST = 40
_PROMPT_IN_LIST = 20
_REASON_IN_QUEUE = 50
"""Escaping may double each, and a message has 2000 characters."""

NOT_A_MODERATOR = "Only who may moderate members in this server can use this."
NOT_AN_ADMIN = "That is a change of the settings: only who may manage this server can change that case."
NO_DURATION = "I do not know that length of time. Write it like `30m`, `24h`, `7d` or `2w`, a year at most."
NO_REFERENCE = (
    "That is no remix of this server: give its number (**Details** on the card tells it) or the link to its message."
)
NO_REASON = "Give a reason that people can read. Nothing was changed."
NOT_BLOCKED = "That member is not blocked here. Nothing was changed."
NOTHING_TO_PURGE = "That member has no result here that anybody sees. Nothing was changed."
WHICH_RESULTS = "Say how many (`last`), since when (`since`, such as `24h`), or both. Nothing was changed."
NOT_PAUSED = "This server is not paused. Nothing was changed."
_NOT_ALL_SHOWN = "Discord did not let me change the message just now: use hide or unhide again to repeat it."
_NOT_ALL_DELETED = "Discord did not let me delete {left} of the messages just now: use the same again to repeat it."

OUT_OF_REACH = {
    OutOfReach.BOT: "That is me. Nothing was changed.",
    OutOfReach.ONESELF: "You cannot do that to yourself: another moderator can. Nothing was changed.",
    OutOfReach.OWNER: "Nobody acts on the server's owner. Nothing was changed.",
    OutOfReach.HIGHER: "Their highest role is not below yours. Nothing was changed.",
}
NOT_MODERATED = {
    NotModerated.NOT_FOUND: NO_REFERENCE,
    NotModerated.WAITS: "It is not made yet: `/remix-mod cancel` ends it uncharged. Nothing was changed.",
    NotModerated.NOTHING_SHOWN: "No message here shows it, and none will. Nothing was changed.",
    NotModerated.NOT_YET: "It is being posted just now. Please try again in a moment. Nothing was changed.",
    NotModerated.PICTURES_GONE: (
        "Its pictures are no longer kept, so I cannot make the card anew. `/remix-mod remove`, or **Remove remix** in "
        "the message's menu, takes it down. Nothing was changed."
    ),
    NotModerated.DONE_BEFORE: "It is so already. Nothing was changed.",
    NotModerated.TOO_LATE: "It does not wait any more. `/remix-mod remove` takes a result away. Nothing was changed.",
}


def blocked(done: Blocked) -> str:
    case = done.case
    until = f"until {day_and_time(case.until)}" if case.until else "until you let them in again"
    waiting = (
        f" {_count(done.waiting, 'remix')} of theirs {'waits' if done.waiting == 1 else 'wait'} and will end uncharged."
        if done.waiting
        else ""
    )
    return f"{_head(case)} <@{case.target_id}> can make no remixes here {until}.{waiting}{_reads(case)}"


def unblocked(case: Case) -> str:
    return f"{_head(case)} <@{case.target_id}> may make remixes here again."


def warned(case: Case) -> str:
    return f"{_head(case)} <@{case.target_id}> is told at their next use of the bot, privately.{_reads(case)}"


def block_list(blocks: Sequence[BlockedMember]) -> str:
    if not blocks:
        return "Nobody is blocked here."
    return "\n".join(["**Blocked here**", *(_block_line(each) for each in blocks)])


def _block_line(block: BlockedMember) -> str:
    until = f"until {day_and_time(block.until)}" if block.until else "until unblocked"
    reason = f": {plain(block.reason, _REASON_IN_LIST)}" if block.reason else ""
    return f"- <@{block.user_id}> {until} · case {block.case_number}{reason}"


def hidden(case: Case | None, *, posted: bool, shown: bool, is_hidden: bool) -> str:
    state = "behind a spoiler" if is_hidden else "open to see"
    told = f"Its pictures are {state}." if posted else f"It is not posted yet; then its pictures will be {state}."
    head = f"{_head(case)} " if case else ""
    return f"{head}{told}{'' if shown else f' {_NOT_ALL_SHOWN}'}"


def removed(done: Removed, left: int) -> str:
    """`left`: messages that Discord has not let go."""
    what = "The remix is" if done.count == 1 else f"{done.count} remixes are"
    head = f"{_head(done.case)} " if done.case else ""
    rest = f" {_NOT_ALL_DELETED.format(left=left)}" if left else ""
    return f"{head}{what} removed and the pictures are no longer kept.{rest}"


def cancelled(case: Case) -> str:
    return f"{_head(case)} The remix of <@{case.target_id}> is cancelled; nothing was charged."


def paused(case: Case) -> str:
    return (
        f"{_head(case)} **Paused.** Nothing is accepted or begun in this server until `/remix-mod resume`; what has "
        f"begun goes on.{_reads(case)}"
    )


def resumed(case: Case) -> str:
    return f"{_head(case)} **Resumed.** New remixes are accepted, and those that waited go on."


def undone_but_not_shown(case: Case) -> str:
    return f"{_head(case)} It is undone. {_NOT_ALL_SHOWN}"


def queue(found: ServerQueue) -> str:
    lines = []
    if found.pause is not None:
        lines += [
            f"**Paused** by <@{found.pause.by}> {timestamp(found.pause.at)}.",
            quote(found.pause.reason, _REASON_IN_QUEUE),
        ]
    if found.operator_pause is not None:
        lines += ["**Paused by the person who runs me.**", quote(found.operator_pause.reason, _REASON_IN_QUEUE)]
    if found.held:
        lines.append("**Ideogram takes no work** from me at the moment.")
    lines.append(f"**In this server:** {found.running_count} being made · {found.waiting_count} waiting")
    lines += [f"- `{each.job.id}` {_whose(each)} · being made" for each in found.running]
    lines += [f"- `{each.job.id}` {_whose(each)} · {_place(each)}" for each in found.waiting]
    more = found.running_count + found.waiting_count - len(found.running) - len(found.waiting)
    if more:
        lines.append(f"-# and {more} more")
    return "\n".join(lines)


def _whose(waiting: Waiting) -> str:
    job = waiting.job
    return (
        f"<@{job.user_id}> in <#{job.channel_id}>, {timestamp(job.accepted_at)} · {plain(job.prompt, _PROMPT_IN_LIST)}"
    )


def _place(waiting: Waiting) -> str:
    return f"position {waiting.place.ahead + 1}, done about {timestamp(waiting.place.expected_at)}"


def _head(case: Case) -> str:
    return f"**Case {case.number}.**"


def _reads(case: Case) -> str:
    return f" They read:\n{quote(case.reason, LONGEST_REASON)}" if case.reason else ""


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}es"
