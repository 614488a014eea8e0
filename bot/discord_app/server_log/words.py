"""The words of the log channel. Other people's words are quoted and escaped, and notify nobody."""

from bot.discord_app.kit import policy_words
from bot.discord_app.kit.command_mentions import clickable
from bot.discord_app.kit.custom_ids import Action
from bot.discord_app.kit.text import day_and_time, message_link, plain, quote
from bot.discord_app.kit.words import BUDGETS
from bot.discord_app.moderation.case_words import CASE_KINDS, actor, locked_channel, still_blocked
from bot.discord_app.remixes.failure_words import FAILURES
from bot.discord_app.remixes.refusal_words import REFUSALS
from bot.rules.budgets import WARN_AT, BudgetWarning
from bot.rules.cases import OF_REPORTS, PRIVATE, CaseKind
from bot.rules.log_problems import LogProblem
from bot.rules.policy_cases import WordsChange, from_details
from bot.rules.prices import dollars
from bot.rules.removals import Removal
from bot.rules.visible_text import one_line
from bot.storage.moderation.cases import Case
from bot.storage.remixes.jobs import Job
from bot.use_cases.appeals.decide_appeal import APPEAL
from bot.use_cases.server_log.log_facts import (
    BudgetSpent,
    CaseAdded,
    HeldBack,
    LogText,
    OftenUnsafe,
    ReasonChanged,
    RefusedByRule,
    RemixFailed,
    RemixMade,
    ResultDeleted,
)

REVIEW_WORD = "its prompt has a word that this server doesn't allow or reviews first"
LISTED_PICTURE = "it's like a picture that the operator of this bot doesn't allow"
IN_VAIN = "moderators published it, but it couldn't be posted there"
_PROMPT = 140
_REASON = 140
_STYLE = 32

BUTTONS = {
    Action.LOG_HIDE: "Hide",
    Action.LOG_SHOW: "Unhide",
    Action.LOG_REMOVE: "Remove",
    Action.LOG_WARN: "Warn",
    Action.LOG_BLOCK: "Block 24 h",
}

_PROBLEMS = {
    LogProblem.CHANNEL_GONE: "The log channel {channel} has been deleted.",
    LogProblem.ELSEWHERE: "The log channel {channel} isn't in this server, or it has been deleted.",
    LogProblem.NOT_ALLOWED: "I'm not allowed to see or write in the log channel {channel}.",
    LogProblem.SERVER_UNAVAILABLE: "Discord says this server is unavailable, so I couldn't write in {channel}.",
    LogProblem.NO_REPLY: "Discord didn't accept my last entry in {channel}. I keep trying.",
}


_OF_ANOTHER_BLOCK = frozenset({CaseKind.UNBLOCK, CaseKind.UNWARN})
"""Their `until` is the end of a block that stays."""


def log_problem(problem: LogProblem, channel_id: int) -> str:
    return _PROBLEMS[problem].format(channel=f"<#{channel_id}>")


def entry(fact: LogText, *, for_moderators: bool = True) -> str:
    """A few lines of markdown, about 700 characters at most. `for_moderators`: nobody else can read them."""
    match fact:
        case RemixMade():
            text = _made(fact, for_moderators=for_moderators)
        case HeldBack():
            text = _held_back(fact, for_moderators=for_moderators)
        case RemixFailed():
            text = _failed(fact)
        case RefusedByRule():
            text = _refused(fact)
        case CaseAdded():
            text = _case(fact.case, for_moderators=for_moderators)
        case OftenUnsafe():
            text = _often_unsafe(fact)
        case ReasonChanged():
            text = _reason_changed(fact, for_moderators=for_moderators)
        case ResultDeleted():
            text = _deleted(fact, for_moderators=for_moderators)
        case BudgetSpent():
            text = _budget(fact.warning)
    return text


def _made(made: RemixMade, *, for_moderators: bool) -> str:
    job = made.job
    posts = [message_link(job.guild_id, post.channel_id, post.message_id) for post in made.posts]
    style = f" · style {plain(job.request.style_name, _STYLE)}" if job.request.style_name else ""
    where = " ".join(posts) or "handed over privately"
    return (
        f"**Remix** `{job.id}` · <@{job.user_id}> in <#{job.channel_id}> · {_cost(made.cost)} · {where}{style}\n"
        f"{_prompt(job, behind_spoiler=job.review_word is not None) if for_moderators else _NOT_HERE}"
    )


def _held_back(held: HeldBack, *, for_moderators: bool) -> str:
    job = held.job
    held_back = REVIEW_WORD if job.review_word is not None else LISTED_PICTURE
    why = IN_VAIN if job.approved_at is not None else held_back
    return (
        f"**Not posted** `{job.id}` · <@{job.user_id}> in <#{job.channel_id}> · {why}, so its author alone has "
        f"it\n{_prompt(job, behind_spoiler=True) if for_moderators else _NOT_HERE}"
    )


_NOT_HERE = "-# Not only moderators can read this channel, so the prompt isn't here."


def _prompt(job: Job, *, behind_spoiler: bool) -> str:
    """Behind a spoiler, if it has a word that others should not have to read."""
    if not behind_spoiler:
        return quote(job.prompt, _PROMPT)
    return f"> ||{plain(one_line(job.prompt), _PROMPT)}||" if job.prompt else ""


def _failed(failed: RemixFailed) -> str:
    """Without the prompt, which may be what Ideogram refused."""
    job = failed.job
    why = FAILURES[job.failure_kind].short if job.failure_kind else "for an unknown reason"
    return f"**Failed** `{job.id}` · <@{job.user_id}> in <#{job.channel_id}> · {why} · {_cost(failed.cost)}"


def _refused(refused: RefusedByRule) -> str:
    refusal, why = refused.refusal, REFUSALS[refused.refusal.reason].short
    who = f"<@{refusal.user_id}> in <#{refusal.channel_id}>"
    if refused.repeats is None:
        return f"**Refused** · {who} · {why}"
    return f"**Refused** · {who} · {why} · {_times(refused.repeats)} within a minute"


def _case(case: Case, *, for_moderators: bool) -> str:
    if case.kind in OF_REPORTS and not for_moderators:
        return f"**Case {case.number}** · {actor(case.actor_id)} decided about a report"
    on = f" <@{case.target_id}>" if case.target_id else locked_channel(case)
    until = f" until {day_and_time(case.until)}" if case.until and case.kind not in _OF_ANOTHER_BLOCK else ""
    link = (
        f" · {message_link(case.guild_id, case.channel_id, case.message_id)}"
        if case.channel_id and case.message_id
        else ""
    )
    remix = f" · remix `{case.job_id}`" if case.job_id else ""
    did = f"{actor(case.actor_id)} {CASE_KINDS[case.kind].did}{on}{until}"
    head = f"**Case {case.number}** · {did}{remix}{link}{still_blocked(case)}"
    # Members can often read the log channel. Notes are for moderators, and the answer to an appeal for its author.
    is_private = case.kind in PRIVATE or (APPEAL in case.details and not for_moderators)
    reason = [quote(case.reason, _REASON)] if case.reason is not None and not is_private else []
    return "\n".join([head, *_changed(case), *reason])


def _often_unsafe(fact: OftenUnsafe) -> str:
    case, where = fact.case, ", in all servers together" if fact.everywhere else ""
    until = day_and_time(case.until) if case.until else "you unblock them"
    return (
        f"**Safety refusals** · <@{case.target_id}> · Ideogram's safety check refused {fact.refusals} of their remixes "
        f"within 24 hours{where}. Case {case.number} blocks them until {until}; you can undo it."
    )


def _reason_changed(changed: ReasonChanged, *, for_moderators: bool) -> str:
    before = quote(changed.before.reason, _REASON) if changed.before.reason else "> (none)"
    after = quote(changed.after, _REASON) if changed.after else "> (none)"
    head = f"**Case {changed.before.number}** · <@{changed.before.replaced_by}> changed the reason"
    if changed.kind in PRIVATE or ((changed.kind in OF_REPORTS or changed.of_appeal) and not for_moderators):
        return head
    return f"{head}\nBefore:\n{before}\nNow:\n{after}"


def _deleted(deleted: ResultDeleted, *, for_moderators: bool) -> str:
    job = deleted.job
    if job.removal is Removal.OWNER:
        who = f"<@{deleted.owner_id}> deleted what <@{job.user_id}> had made of their picture"
    else:
        who = f"<@{job.user_id}> deleted their remix"
    prompt = quote(job.prompt, _PROMPT) if for_moderators else _NOT_HERE
    kept = f" · moderators can look at it until {day_and_time(deleted.kept_until)}" if deleted.kept_until else ""
    return f"**Deleted** `{job.id}` · {who} in <#{job.channel_id}>{kept}\n{prompt}"


def _changed(case: Case) -> list[str]:
    """The setting before and after."""
    made = from_details(case.details)
    if isinstance(made, WordsChange):
        return [policy_words.words_counted(made)]
    return [policy_words.change(made)] if made else []


@clickable
def _budget(warning: BudgetWarning) -> str:
    budget = f"this server's {BUDGETS[warning.period]}"
    money, reset = f"{dollars(warning.spent)} of {dollars(warning.ceiling)}", day_and_time(warning.ends_at)
    if warning.percent < WARN_AT[0]:
        return f"**{warning.percent}% of {budget} is spent**: {money}. It resets on {reset}."
    return (
        f"**{budget.capitalize()} is used up**: {money}. I refuse new remixes until {reset}, or until you raise the "
        "budget with `/remix-config`."
    )


def _times(count: int) -> str:
    return "once more" if count == 1 else f"{count} more times"


def _cost(micros: int | None) -> str:
    return "not charged" if not micros else dollars(micros)
