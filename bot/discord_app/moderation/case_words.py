"""How cases are told to moderators: in a list, in full, once undone. And why a member can or cannot make a remix."""

from collections.abc import Sequence

from bot.discord_app.kit.text import day_and_time, message_link, plain, quote, timestamp
from bot.discord_app.remixes.refusal_words import refusal
from bot.rules.cases import CaseKind
from bot.rules.gate import Check, CheckResult
from bot.rules.refusals import Reason
from bot.storage.moderation.cases import Case
from bot.use_cases.moderation.case_book import CasePage
from bot.use_cases.moderation.undo_case import UNDOES, NotUndone, Undone

LONGEST_REASON = 300
_REASON_IN_LIST = 40
_DETAIL = 100

NO_CASE = "There is no case with that number in this server."
NO_CASES = "No case fits."

KINDS = {
    CaseKind.BLOCK: "Block",
    CaseKind.UNBLOCK: "Unblock",
    CaseKind.WARN: "Warning",
    CaseKind.UNWARN: "Warning taken back",
    CaseKind.HIDE: "Hide",
    CaseKind.UNHIDE: "Unhide",
    CaseKind.REMOVE: "Remove",
    CaseKind.PURGE: "Purge",
    CaseKind.CANCEL: "Cancel",
    CaseKind.PAUSE: "Pause",
    CaseKind.RESUME: "Resume",
    CaseKind.CONFIG: "Setting",
    CaseKind.PLAN: "Plan",
    CaseKind.GRANT: "Grant",
}
NOT_UNDONE = {
    NotUndone.NOT_FOUND: NO_CASE,
    NotUndone.CANNOT: "That cannot be undone: what is deleted or cancelled is gone, and what lifts something is undone "
    "by doing it again. Nothing was changed.",
    NotUndone.DONE_BEFORE: "It was undone before. Nothing was changed.",
    NotUndone.OVER: "It does not hold any more, so there is nothing to undo. Nothing was changed.",
}
_QUESTIONS = {
    Check.SERVER: "Server allowed by the operator",
    Check.BOT_PERMISSIONS: "My permissions there",
    Check.OPERATOR_BLOCK: "Blocks of the operator",
    Check.MEMBER_BLOCK: "Blocks of this server",
    Check.OPERATOR_PAUSE: "Pause of the operator",
    Check.SERVER_PAUSE: "Pause of this server",
    Check.PROVIDER: "Ideogram takes work",
    Check.CHANNEL: "Channel",
    Check.ROLES: "Roles",
    Check.MEMBERSHIP_AGE: "Time in this server",
    Check.SPEED: "Speed",
    Check.PERSON_QUEUE: "Their remixes on the way",
    Check.COOLDOWN: "Cooldown",
    Check.QUOTA: "Quota",
    Check.QUEUE: "Queue",
    Check.SERVER_BUDGET: "Budget of this server",
    Check.OPERATOR_BUDGET: "Budget of the operator",
}
_WHICH = {
    Reason.PERSON_BLOCKED: "the member is blocked",
    Reason.SERVER_BLOCKED: "the server is blocked",
    Reason.ROLE_IGNORED: "a role of theirs is left out",
    Reason.ROLE_MISSING: "they have none of those that may",
    Reason.QUOTA_DAY: "used up today",
    Reason.QUOTA_MONTH: "used up this month",
    Reason.SERVER_BUDGET_DAY: "used up today",
    Reason.SERVER_BUDGET_MONTH: "used up this month",
    Reason.BUDGET_DAY: "used up today",
    Reason.BUDGET_MONTH: "used up this month",
}
"""Where a question has more than one refusal."""


def case_list(page: CasePage) -> str:
    return "\n".join(_line(case) for case in page.shown) or NO_CASES


def _line(case: Case) -> str:
    whom = f" <@{case.target_id}>" if case.target_id else ""
    field = (
        f" {plain(case.details['field'], _DETAIL)}" if case.kind is CaseKind.CONFIG and "field" in case.details else ""
    )
    reason = f": {plain(case.reason, _REASON_IN_LIST)}" if case.reason else ""
    undone = " · undone" if case.undone_at else ""
    return f"`{case.number}` {KINDS[case.kind]}{field}{whom} by <@{case.actor_id}> {timestamp(case.at)}{undone}{reason}"


def case_page(case: Case) -> str:
    """All that is on record."""
    whom = f" · on <@{case.target_id}>" if case.target_id else ""
    lines = [f"**Case {case.number}: {KINDS[case.kind]}**", f"By <@{case.actor_id}>{whom} · {day_and_time(case.at)}"]
    if case.kind is CaseKind.BLOCK:
        lines.append(f"Until {day_and_time(case.until)}" if case.until else "Until unblocked")
    lines += [_remix(case)] if case.job_id else []
    lines += [
        f"{plain(name, _DETAIL)}: {plain(value, _DETAIL)}"
        for name, value in case.details.items()
        if name != "interaction"
    ]
    if case.kind is CaseKind.WARN and case.undone_at is None:
        lines.append(
            f"Told {timestamp(case.read_at)}" if case.read_at else "Not told yet: at their next use of the bot"
        )
    lines += [f"Undone by <@{case.undone_by}> {timestamp(case.undone_at)}"] if case.undone_at else []
    lines.append(quote(case.reason, LONGEST_REASON) if case.reason else "Without a reason")
    lines += [f"-# Reason edited by <@{case.edited_by}> {timestamp(case.edited_at)}"] if case.edited_at else []
    return "\n".join(lines)


def _remix(case: Case) -> str:
    if case.message_id and case.channel_id:
        link = message_link(case.guild_id, case.channel_id, case.message_id)
        return f"Remix `{case.job_id}` · [its message]({link})"
    return f"Remix `{case.job_id}`"


def undone(done: Undone) -> str:
    back = f" <@{done.case.target_id}>" if done.case.target_id else ""
    again = " The block that held before it holds again." if _is_block_again(done) else ""
    return f"**Case {done.by.number}.** Case {done.case.number} ({KINDS[done.case.kind]}{back}) is undone.{again}"


def _is_block_again(done: Undone) -> bool:
    return done.by.kind is CaseKind.BLOCK and UNDOES in done.by.details


def why(user_id: int, channel_id: int, answers: Sequence[CheckResult], guild_id: int) -> str:
    """The gate's trace. What the member would be told is the first refusal."""
    first = next((each.refused for each in answers if each.refused), None)
    can = f"<@{user_id}> {'cannot' if first else 'can'} make a remix in <#{channel_id}> now."
    told = [f"They are told:\n{_indent(refusal(first, guild_id))}"] if first else []
    return "\n".join([f"**{can}**", *(_answer(each) for each in answers), *told])


def _answer(answer: CheckResult) -> str:
    refused = answer.refused
    if refused is None:
        return f"🟢 {_QUESTIONS[answer.check]}"
    which = f": {_WHICH[refused.reason]}" if refused.reason in _WHICH else ""
    until = f" until {day_and_time(refused.until)}" if refused.until else ""
    return f"🔴 **{_QUESTIONS[answer.check]}**{which}{until}"


def _indent(text: str) -> str:
    return "\n".join(line if line.startswith("> ") else f"> {line}" for line in text.splitlines())
