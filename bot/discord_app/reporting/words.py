"""What members read when they report a result, and moderators on its card."""

from collections import Counter
from collections.abc import Mapping

from bot.discord_app.kit.command_mentions import clickable
from bot.discord_app.kit.text import message_link, plain, quote, timestamp
from bot.rules.cases import CaseKind
from bot.rules.reports import MOST_ILLEGAL_A_DAY, ReportOutcome, ReportReason
from bot.rules.visible_text import one_line
from bot.storage.matters.matters import Matter
from bot.storage.matters.reports import Report
from bot.storage.moderation.cases import Case
from bot.use_cases.reporting.dismiss_report import Dismissed, NotDismissed
from bot.use_cases.reporting.report_facts import ReportFacts
from bot.use_cases.reporting.report_result import NotReported, Reported, TooOften

MENU = "Report remix"
FORM_TITLE = "Report this result"
REASON = "What is wrong with it?"
REASON_PLACEHOLDER = "Choose a reason"
TEXT = "What should the moderators know?"
TEXT_HELP = "Optional. Only moderators read it and see who you are"
LONGEST_TEXT = 300

FALSE_ILLEGAL = (
    "-# **Dismiss as abuse** counts against who reported. Whether anything is kept of what was removed, and can be "
    "brought back, the operator of this bot knows."
)
UPHOLD = "It was right"
DISMISS, FALSE, HIDE, REMOVE, WARN, BLOCK = "Dismiss", "Dismiss as abuse", "Hide", "Remove", "Warn", "Block"
ONLY_IN_SERVERS = "Results can be reported in the server where they are."
NO_REASON = "Please choose a reason."

REASONS: Mapping[ReportReason, str] = {
    ReportReason.SEXUAL: "Sexual content",
    ReportReason.VIOLENT: "Violence or gore",
    ReportReason.HATEFUL: "Hate or harassment",
    ReportReason.OF_ME: "It shows me, or uses my picture",
    ReportReason.SPAM: "Spam",
    ReportReason.OTHER: "Something else",
    ReportReason.ILLEGAL: "Illegal content",
}
REASON_HELP: Mapping[ReportReason, str] = {
    ReportReason.ILLEGAL: "Such as sexual content with children. Removed at once; false reports count against you",
}

_NOT_REPORTED: Mapping[NotReported, str] = {
    NotReported.NOT_FOUND: "That message shows none of my results, so there is nothing that I could report.",
    NotReported.GONE: "That result is gone already. Thank you all the same!",
    NotReported.OWN: "That's yours. **More** → **Delete** on its card takes it down.",
    NotReported.DONE_BEFORE: "You've reported it already, and each person can report a result once.",
    NotReported.ONE_AT_A_TIME: (
        "The moderators of this server found no reason for several of your reports, so I take one at a time from you "
        "here, and they haven't decided the last one yet. **Nothing was reported.** You'll hear how it ends. Illegal "
        "content can be reported all the same."
    ),
}
_OUTCOMES: Mapping[ReportOutcome, str] = {
    ReportOutcome.REMOVED: "Removed",
    ReportOutcome.HIDDEN: "Hidden",
    ReportOutcome.ACTED: "Dismissed after acting on its author",
    ReportOutcome.DISMISSED: "Dismissed",
    ReportOutcome.FALSE: "Dismissed as abuse",
    ReportOutcome.GONE: "Deleted meanwhile",
    ReportOutcome.EXPIRED: "Nobody decided in time",
}
_NOT_DISMISSED: Mapping[NotDismissed, str] = {
    NotDismissed.CLOSED: "Somebody has decided it already. Nothing was changed.",
    NotDismissed.REPORTED_BY_YOU: (
        "You reported it yourself, so another moderator decides. What you can do to any remix, you can do to this one: "
        "`/remix-mod hide`, `remove`, `warn`."
    ),
    NotDismissed.ABOUT_YOU: "It's about you, so another moderator decides. Where there is none, you can dismiss it.",
}
_DID: Mapping[CaseKind, str] = {CaseKind.WARN: "warned its author", CaseKind.BLOCK: "blocked its author"}
_LISTED = 6
_PROMPT = 300
_TEXT = 150


def reported(_done: Reported) -> str:
    return (
        "Thank you. The moderators will look at it, and only they know that it was you. I'll tell you how it ends, by "
        "direct message if I can, else when you next use me."
    )


def not_reported(refused: NotReported | TooOften) -> str:
    if isinstance(refused, TooOften) and refused.as_illegal:
        return (
            f"You've reported {MOST_ILLEGAL_A_DAY} results as illegal content within a day. I take no more than that, "
            "because I remove such results before anybody looks. **Nothing was reported.** Please report this one for "
            "another reason: the moderators will look at it."
        )
    if isinstance(refused, TooOften) and refused.as_doubted:
        return (
            "The moderators of this server found no reason for several of your reports, so I take one a day from you "
            f"here. **Nothing was reported.** You can report more {timestamp(refused.until)}. Illegal content can be "
            "reported all the same."
        )
    if isinstance(refused, TooOften):
        return f"You've reported a lot lately. You can report more {timestamp(refused.until)}."
    return _NOT_REPORTED[refused]


def outcome(matter: Matter) -> str:
    if matter.outcome is None:
        return ""
    text = _OUTCOMES[ReportOutcome(matter.outcome)]
    if matter.closed_by is not None and matter.closed_by == matter.about_id:
        return f"{text}, by the person it is about: I know of no other moderator here"
    return text


def upheld(case: Case) -> str:
    return f"**Case {case.number}.** Upheld. It stays removed, and I tell who reported it."


def head(facts: ReportFacts) -> str:
    """It names no reporter and quotes nobody: members can often read the log channel."""
    if facts.is_illegal:
        is_gone = "removed at once" if facts.job.removed_at is not None else "hidden until an admin decides"
        return (
            f"**Report of illegal content** · remix `{facts.job.id}` · <@{facts.job.user_id}> in "
            f"<#{facts.job.channel_id}> · {is_gone}\nOnly the operator of this bot can see what is kept of it."
        )
    job = facts.job
    links = " ".join(
        message_link(job.guild_id, post.channel_id, post.message_id) for post in facts.posts if post.deleted_at is None
    )
    several = len(facts.reports) > 1
    times = f"{len(facts.reports)} times" if several else "once"
    hidden = " · hidden meanwhile" if job.hidden and job.removed_at is None else ""
    where = f"{links}{hidden}" if links else "its message is gone"
    counted = Counter(report.reason for report in facts.reports)
    reasons = ", ".join(
        f"{REASONS[reason]} ({number})" if several else REASONS[reason] for reason, number in counted.most_common()
    )
    return (
        f"**Report** · remix `{job.id}` · <@{job.user_id}> in <#{job.channel_id}> · {where}\n"
        f"Reported {times}: {reasons}"
    )


def details(facts: ReportFacts) -> str:
    """For moderators alone. Neither prompt nor pictures of what may be illegal."""
    if facts.is_illegal:
        return "\n".join([*(_report(report) for report in facts.reports[-_LISTED:]), FALSE_ILLEGAL])
    lines = [f"Prompt: ||{plain(one_line(facts.job.prompt), _PROMPT)}||"] if facts.job.prompt else []
    if not facts.pictures:
        lines.append("-# Its pictures are no longer kept.")
    lines += [_report(report) for report in facts.reports[-_LISTED:]]
    if len(facts.reports) > _LISTED:
        lines.append(f"-# and {len(facts.reports) - _LISTED} earlier ones")
    lines += [f"<@{case.actor_id}> {_DID[case.kind]} · case {case.number}" for case in facts.acted]
    return "\n".join(lines)


def _report(report: Report) -> str:
    who = f"<@{report.reporter_id}>" if report.reporter_id is not None else "somebody whose data was erased"
    new = "" if report.counts else " · doesn't count towards hiding"
    text = f"\n{quote(report.text, _TEXT)}" if report.text else ""
    return f"- {REASONS[report.reason]} · {who} {timestamp(report.at)}{new}{text}"


def dismissed(done: Dismissed) -> str:
    shown = " It's shown again." if done.shown else ""
    if done.is_gone:
        shown = " What was removed stays removed, unless the operator of this bot can bring it back."
    counts = " It counts against everybody who reported it." if done.outcome is ReportOutcome.FALSE else ""
    return f"**Case {done.case.number}.** Dismissed.{shown}{counts} I tell them how it ended."


@clickable
def not_dismissed(refused: NotDismissed) -> str:
    return _NOT_DISMISSED[refused]
