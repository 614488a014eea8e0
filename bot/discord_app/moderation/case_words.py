"""What moderators read about cases: in a list, in full, and once one is undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.discord_app.kit import policy_words
from bot.discord_app.kit.text import LONGEST_REASON, day_and_time, message_link, plain, quote, timestamp
from bot.discord_app.moderation.words import IS_REPORTED, NOTHING_CHANGED, unchanged
from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.policy_cases import from_details, to_details
from bot.rules.policy_problems import Problems
from bot.storage.moderation.case_reasons import EarlierReason
from bot.storage.moderation.cases import Case
from bot.use_cases.appeals.decide_appeal import APPEAL, OF_CASE
from bot.use_cases.moderation.block_member import STILL_BLOCKED, WARNED
from bot.use_cases.moderation.lock_channel import REPLACED_LOCK
from bot.use_cases.moderation.oversight.member_points import POINTS
from bot.use_cases.moderation.pause_server import BEFORE
from bot.use_cases.moderation.remove_result import JOBS
from bot.use_cases.moderation.undo_case import UNDOES, NotUndone, Undone
from bot.use_cases.purges.second_moderator import CONFIRMED_BY

_REASON_IN_LIST = 40
_REASON_OF_MEMBER = 68
_DETAIL = 100
_A_MESSAGE = 2000
_MORE_EARLIER = 30

NO_CASE = "There is no case with that number in this server."
NOT_YOUR_CASE = unchanged("That case was opened by somebody whose highest role isn't below yours.")
NO_CASES = "No cases found."


@dataclass(frozen=True, slots=True)
class CaseKindWords:
    """`title` names the kind. `did` is what the moderator did, before the name of the member if there is one."""

    title: str
    did: str


CASE_KINDS = {
    CaseKind.BLOCK: CaseKindWords("Block", "blocked"),
    CaseKind.UNBLOCK: CaseKindWords("Unblock", "unblocked"),
    CaseKind.WARN: CaseKindWords("Warning", "warned"),
    CaseKind.UNWARN: CaseKindWords("Warning withdrawn", "withdrew a warning of"),
    CaseKind.NOTE: CaseKindWords("Note", "wrote a note about"),
    CaseKind.UNNOTE: CaseKindWords("Note deleted", "deleted a note about"),
    CaseKind.HIDE: CaseKindWords("Hide", "hid a remix by"),
    CaseKind.UNHIDE: CaseKindWords("Unhide", "unhid a remix by"),
    CaseKind.REMOVE: CaseKindWords("Remove", "removed a remix by"),
    CaseKind.PURGE: CaseKindWords("Purge", "removed remixes by"),
    CaseKind.PUBLISH: CaseKindWords("Publish", "published a remix by"),
    CaseKind.REFUSE: CaseKindWords("Refuse", "refused a remix by"),
    CaseKind.CANCEL: CaseKindWords("Cancel", "cancelled a remix by"),
    CaseKind.PAUSE: CaseKindWords("Pause", "paused remixing"),
    CaseKind.RESUME: CaseKindWords("Resume", "resumed remixing"),
    CaseKind.LOCK: CaseKindWords("Lock", "locked"),
    CaseKind.UNLOCK: CaseKindWords("Unlock", "unlocked"),
    CaseKind.CONFIG: CaseKindWords("Setting", "changed a setting"),
    CaseKind.PLAN: CaseKindWords("Plan", "changed a plan"),
    CaseKind.STYLE: CaseKindWords("Style", "changed a style"),
    CaseKind.DISMISS: CaseKindWords("Reports dismissed", "dismissed the reports of a remix of"),
    CaseKind.CONFIRM: CaseKindWords("Report confirmed", "confirmed the report of a remix of"),
    CaseKind.WORDS: CaseKindWords("Words", "changed the word lists"),
    CaseKind.PICTURES: CaseKindWords("Pictures", "changed the list of pictures that aren't allowed"),
    CaseKind.GRANT: CaseKindWords("Grant", "gave extra remixes to"),
    CaseKind.CLEAR: CaseKindWords("Points cleared", "cleared the points of"),
    CaseKind.UNCLEAR: CaseKindWords("Points count again", "let points count again of"),
    CaseKind.RAID: CaseKindWords("Raid mode on", "switched raid mode on"),
    CaseKind.RAID_OVER: CaseKindWords("Raid mode off", "switched raid mode off"),
    CaseKind.ALLOW: CaseKindWords("Allowed once", "allowed once what a rule refuses, for"),
    CaseKind.DISALLOW: CaseKindWords("Allowance withdrawn", "withdrew what was allowed once for"),
    CaseKind.UPHOLD: CaseKindWords("Appeal turned down", "turned down an appeal by"),
}
_NOT_UNDONE = {
    NotUndone.NOT_FOUND: NO_CASE,
    NotUndone.CANNOT: (
        "That case can't be undone: a removed, refused or cancelled remix can't be brought back, a published one can "
        "be hidden or removed, and to reverse an unblock, unhide or resume you block, hide or pause again."
    ),
    NotUndone.REPORTED: IS_REPORTED,
    NotUndone.DONE_BEFORE: "That case is already undone.",
    NotUndone.OVER: "That case no longer has any effect, so there is nothing to undo.",
}
_UNDONE = {
    CaseKind.BLOCK: "lifted",
    CaseKind.WARN: "withdrawn",
    CaseKind.NOTE: "deleted",
    CaseKind.HIDE: "shown again",
    CaseKind.PAUSE: "ended",
    CaseKind.RAID: "ended",
    CaseKind.LOCK: "lifted",
    CaseKind.ALLOW: "withdrawn",
}
"""Of the other kinds: undone."""
_APPLIES_AGAIN = {
    CaseKind.PAUSE: " The earlier pause applies again.",
    CaseKind.LOCK: " The earlier lock applies again.",
}
_DETAILS = {
    JOBS: "Remixes",
    STILL_BLOCKED: "Still blocked by case",
    REPLACED_LOCK: "Replaced case",
    WARNED: "After the warning of case",
    POINTS: "Points",
    CONFIRMED_BY: "Confirmed by the moderator with the id",
    UNDOES: "Undoes case",
    APPEAL: "Appeal",
    OF_CASE: "About case",
}


def actor(user_id: int) -> str:
    """Who did what the case records."""
    return "remix-bot, by rule," if user_id == BY_RULE else f"<@{user_id}>"


def not_undone(refused: NotUndone) -> str:
    return unchanged(_NOT_UNDONE[refused])


def not_restored(problems: Problems) -> str:
    """Why the server settings cannot be what they were before the case."""
    return "\n".join([*map(policy_words.problem, problems.found), NOTHING_CHANGED])


def case_list(cases: Sequence[Case], *, of_member: bool = False) -> str:
    """`of_member`: all are about the same member, so there is room for more of each reason."""
    return "\n".join(_line(case, of_member=of_member) for case in cases) or NO_CASES


def _line(case: Case, *, of_member: bool) -> str:
    about = f" <@{case.target_id}>" if case.target_id and not of_member else locked_channel(case)
    field = f" {plain(case.details['field'], _DETAIL)}" if _names_setting(case) else ""
    longest = _REASON_OF_MEMBER if of_member else _REASON_IN_LIST
    reason = f": {plain(case.reason, longest)}" if case.reason else ""
    undone = f" · **{_UNDONE.get(case.kind, 'undone')}**" if case.undone_at else ""
    what = f"{CASE_KINDS[case.kind].title}{field}{about}"
    return f"`{case.number}` {what} by {actor(case.actor_id)} {timestamp(case.at)}{undone}{reason}"


def locked_channel(case: Case) -> str:
    """With a space before it; empty for a case about anything else."""
    is_lock = case.kind in {CaseKind.LOCK, CaseKind.UNLOCK}
    return f" <#{case.channel_id}>" if is_lock and case.channel_id else ""


def _names_setting(case: Case) -> bool:
    return case.kind is CaseKind.CONFIG and "field" in case.details


_LASTING = {CaseKind.BLOCK: "unblocked", CaseKind.LOCK: "unlocked", CaseKind.RAID: "switched off"}


def case_page(case: Case, earlier: Sequence[EarlierReason] = ()) -> str:
    """Everything on record. `earlier`: the earlier texts of its reason, the newest first."""
    about = f" · about <@{case.target_id}>" if case.target_id else ""
    lines = [
        f"**Case {case.number}: {CASE_KINDS[case.kind].title}**",
        f"By {actor(case.actor_id)}{about} · {day_and_time(case.at)}",
    ]
    if case.kind in _LASTING:
        lines += [f"In{locked_channel(case)}"] if case.kind is CaseKind.LOCK else []
        lines.append(f"Until {day_and_time(case.until) if case.until else _LASTING[case.kind]}")
    lines += [_remix(case)] if case.job_id else []
    lines += _details(case)
    if case.kind is CaseKind.WARN and case.undone_at is None:
        lines.append(f"Read {timestamp(case.read_at)}" if case.read_at else "Not read yet")
    if case.undone_at:
        lines.append(_undone(case, case.undone_at))
    lines.append(quote(case.reason, LONGEST_REASON) if case.reason else "No reason given")
    lines += [f"-# Reason changed by <@{case.edited_by}> {timestamp(case.edited_at)}"] if case.edited_at else []
    return "\n".join([*lines, *_earlier(earlier, _A_MESSAGE - len("\n".join(lines)))])


def _earlier(earlier: Sequence[EarlierReason], room: int) -> list[str]:
    """As many as fit, from the newest on. All of them are in the database."""
    lines = list[str]()
    for number, each in enumerate(earlier):
        text = plain(each.reason, LONGEST_REASON) if each.reason else "(none)"
        line = f"-# Until {timestamp(each.replaced_at)}, when <@{each.replaced_by}> edited it: {text}"
        if len("\n".join([*lines, line])) > room - _MORE_EARLIER:
            return [*lines, f"-# and {len(earlier) - number} earlier"]
        lines.append(line)
    return lines


def _undone(case: Case, at: datetime) -> str:
    what = _UNDONE.get(case.kind, "undone").capitalize()
    by_case = f" (case {case.undone_case})" if case.undone_case else ""
    return f"**{what}** by {actor(case.undone_by or BY_RULE)} {timestamp(at)}{by_case}"


def _remix(case: Case) -> str:
    if case.message_id and case.channel_id:
        link = message_link(case.guild_id, case.channel_id, case.message_id)
        return f"Remix `{case.job_id}` · [its message]({link})"
    return f"Remix `{case.job_id}`"


def _details(case: Case) -> list[str]:
    names = {**_DETAILS, BEFORE: "Earlier reason"} if case.kind is CaseKind.PAUSE else _DETAILS
    made = from_details(case.details)
    spelled = to_details(made) if made else {}
    rest = {name: value for name, value in case.details.items() if name not in spelled}
    lines = [policy_words.change(made)] if made else []
    return lines + [
        f"{names.get(name) or plain(name, _DETAIL)}: {plain(str(value), _DETAIL)}" for name, value in rest.items()
    ]


def still_blocked(case: Case) -> str:
    """Another block of the same member that goes on, if there is one."""
    number = case.details.get(STILL_BLOCKED)
    if number is None:
        return ""
    if case.kind is CaseKind.BLOCK:
        return f" The longer block of case {number} stays."
    until = f"until {day_and_time(case.until)}" if case.until else "until a moderator lifts it"
    return f" <@{case.target_id}> is still blocked {until}, by case {number}."


def undone(done: Undone) -> str:
    about = f" <@{done.case.target_id}>" if done.case.target_id else ""
    again = _APPLIES_AGAIN.get(done.by.kind, "") or still_blocked(done.by)
    title = CASE_KINDS[done.case.kind].title
    return f"**Case {done.by.number}.** Case {done.case.number} ({title}{about}) is undone.{again}"
