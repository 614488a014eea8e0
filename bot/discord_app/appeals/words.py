"""What people and moderators read about appeals."""

from collections.abc import Mapping, Sequence

from bot.discord_app.kit.appealing.words import what_was_appealed
from bot.discord_app.kit.command_mentions import clickable
from bot.discord_app.kit.text import day_and_time, plain, quote, timestamp
from bot.discord_app.moderation.case_words import CASE_KINDS, actor
from bot.discord_app.remixes.refusal_words import REFUSALS
from bot.rules.appeals import (
    ALLOWED_FOR,
    GIVEN_BACK_FOR,
    MOST_A_DAY,
    REMOVALS,
    Appealed,
    Decision,
    NotDecided,
    NotMade,
    Outcome,
)
from bot.rules.cases import CaseKind
from bot.rules.refusals import Refused
from bot.rules.visible_text import one_line
from bot.storage.appeals.appeals import Appeal
from bot.storage.moderation.cases import Case
from bot.storage.standing.pictures import ListedPicture
from bot.use_cases.appeals.decide_appeal import Decided
from bot.use_cases.appeals.read_appeal import AppealFacts

DESCRIPTION = "Ask the moderators to look again at a refusal, a block, a warning or a removal"
NOTHING_TO_APPEAL = (
    "**There is nothing to appeal.** You can appeal a block that holds, and for 30 days a warning, a removal or a "
    "hidden remix. A prompt that was refused can be appealed for a day, in its server."
)
CHOOSE = "What do you want to appeal?"
A_PROMPT = "A prompt that was refused"
FORM_TITLE = "Appeal"
TEXT = "Why should the moderators decide otherwise?"
TEXT_HINT = "Only the moderators read this. They also see who you are."
TEXT_HINT_OF_RESULT = "Only the moderators read this. They also see who you are, and your remix and its prompt."
PROMPT = "The prompt that was refused"
PROMPT_HINT = "The moderators read it. It is kept with your appeal."
ANSWER = "What do you want to tell the person?"
ANSWER_HINT = "Optional. They read it, without your name."
NOT_AN_ADMIN = "Only people with the **Manage Server** permission change the lists. You can allow it once."
DECIDED_ALREADY = "That appeal is decided already."
_TEXT = 800
_SHOWN_PROMPT = 600
_REASON = 140
_WORD = 40
_MOST_WORDS = 5
_CHOICE = 100

LABELS: Mapping[Decision, str] = {
    Decision.ALLOW_ONCE: "Allow once",
    Decision.ALLOW: "Allow this word",
    Decision.LIFT: "Lift",
    Decision.KEEP: "Keep",
}
ALLOW_PICTURE = "Allow this picture"

_NOT_MADE: Mapping[NotMade, str] = {
    NotMade.NOT_FOUND: "There is nothing of yours with that number that you could appeal.",
    NotMade.OVER: "That has ended already, or it is too long ago, so there is nothing left to appeal.",
    NotMade.NOT_REFUSED: "No rule of this server has anything against that prompt now. You can use it with `/remix`.",
    NotMade.PICTURE_ALLOWED: "That picture is allowed in this server by now. You can use it with `/remix`.",
    NotMade.TOO_LONG: "That prompt is too long to be checked, and no moderator can change that. Please shorten it.",
    NotMade.NOT_KEPT: "I no longer have that remix, so it can't be posted. You can make a new one with `/remix`.",
    NotMade.NO_TEXT: "Please write why the moderators should decide otherwise.",
    NotMade.OPEN_ALREADY: "You have appealed that already, and the moderators haven't decided yet.",
    NotMade.DECIDED: "You have appealed that before, and the moderators have decided that it stays.",
    NotMade.TOO_OFTEN: f"You can make {MOST_A_DAY} appeals in 24 hours in a server. Please try again later.",
}
_NOT_DECIDED: Mapping[NotDecided, str] = {
    NotDecided.DONE_BEFORE: DECIDED_ALREADY,
    NotDecided.OWN: "It's your own appeal, so another moderator decides it.",
    NotDecided.ACTED: (
        "You did what is appealed here, so another moderator decides. It stays in `/remix-mod inbox` for them."
    ),
    NotDecided.CANNOT: "That decision doesn't fit this appeal.",
    NotDecided.NOT_AN_ADMIN: NOT_AN_ADMIN,
    NotDecided.WORDS_STAY: (
        "The list of allowed words can't let this prompt through: nothing refuses it any more, or a pattern does. "
        "You can allow it once, or change the lists with `/remix-config words`."
    ),
    NotDecided.BUSY: "Its author is fetching the remix at this moment. Nothing was changed: please press it again.",
}
_OUTCOMES: Mapping[Outcome, str] = {
    Outcome.ALLOWED_ONCE: "Allowed once",
    Outcome.ALLOWED: "Allowed",
    Outcome.LIFTED: "Lifted",
    Outcome.KEPT: "Kept",
    Outcome.EXPIRED: "Nobody decided in time",
    Outcome.OVER: "Over before it was decided",
    Outcome.WITHDRAWN: "Withdrawn",
}


@clickable
def not_made(reason: NotMade) -> str:
    return _NOT_MADE[reason]


@clickable
def made(appeal: Appeal) -> str:
    return (
        f"**The moderators have your appeal** (number {appeal.id}). I'll tell you how it ends, by direct message if I "
        f"can, else when you next use me or `/remix-appeal`. If nobody decides by {day_and_time(appeal.ends_at)}, it "
        "stays as it is."
    )


def open_appeals(found: Sequence[Appeal]) -> str:
    if not found:
        return ""
    lines = [f"- appeal {each.id}: {_about(each)}, until {day_and_time(each.ends_at)}" for each in found]
    return "\n".join(["**The moderators have yet to decide:**", *lines])


def _about(appeal: Appeal) -> str:
    if appeal.case_number is not None:
        return f"case {appeal.case_number}"
    return what_was_appealed(appeal.appealed, None)


def choice(case: Case, server: str) -> str:
    """In a menu, which shows text as it is. `server`: its name, in a direct message."""
    what = what_was_appealed(Appealed.CASE, case.kind)
    where = f" in {server}" if server else ""
    return f"{what[0].upper()}{what[1:]} (case {case.number}){where}"[:_CHOICE]


def reason_of(case: Case) -> str | None:
    return one_line(case.reason)[:_CHOICE] if case.reason else None


def head(facts: AppealFacts) -> str:
    """Everybody who reads the log channel may read it."""
    appeal, case = facts.appeal, facts.case
    title = f"**Appeal {appeal.id}** · <@{appeal.user_id}>"
    if case is None:
        remix = f" · remix `{appeal.job_id}`" if appeal.appealed is Appealed.RESULT else ""
        what = what_was_appealed(appeal.appealed, None)
        return f"{title} appeals {what}{remix} · until {day_and_time(appeal.ends_at)}"
    did = f"{CASE_KINDS[case.kind].title} by {actor(case.actor_id)} {timestamp(case.at)}"
    return f"{title} appeals case {case.number} · {did} · until {day_and_time(appeal.ends_at)}"


@clickable
def details(facts: AppealFacts) -> str:
    """For moderators alone."""
    appeal, case = facts.appeal, facts.case
    lines = [quote(appeal.text, _TEXT) if appeal.text else "-# What they wrote is erased."]
    if case is not None:
        lines += [f"The reason of case {case.number}:", quote(case.reason or "No reason given", _REASON)]
        if case.kind is CaseKind.BLOCK:
            lines.append(f"-# Until {day_and_time(case.until) if case.until else 'somebody unblocks them'}")
    if appeal.prompt:
        # It is what a rule refuses, so nobody should have to read it.
        lines += ["The prompt:", f"> ||{plain(one_line(appeal.prompt), _SHOWN_PROMPT)}||"]
    return "\n".join([*lines, *_what_applies(facts)])


def _what_applies(facts: AppealFacts) -> list[str]:
    appeal = facts.appeal
    lines = []
    if facts.found:
        found = ", ".join(f"`{plain(entry, _WORD)}`" for entry in facts.found[:_MOST_WORDS])
        lines.append(f"-# Refused because of {found}")
    elif appeal.appealed in {Appealed.WORDS, Appealed.AUTOMOD, Appealed.RESULT} and appeal.outcome is None:
        lines.append("-# Nothing refuses this prompt any more.")
    if facts.by_automod:
        lines.append(
            "-# A rule of this server's AutoMod refuses it. I can only let the prompt through once: an admin changes "
            "the rule in Discord, under *Server Settings*, *AutoMod*."
        )
    if appeal.appealed is Appealed.PICTURE:
        lines += [_listed(each) for each in facts.listed] or ["-# Nothing on the list is like this picture any more."]
        lines.append(
            "-# I don't keep refused pictures, so ask them to show it to you if you need to see it. **Allow once**: "
            f"one remix of such a picture, within {ALLOWED_FOR.days} days."
        )
    if facts.case is not None and facts.case.kind in REMOVALS:
        lines.append(
            f"-# The pictures are deleted. **Lift** can't bring them back: it lets them make as many remixes again "
            f"within {GIVEN_BACK_FOR.days} days, beyond their quota, also of the same picture."
        )
    if appeal.appealed in {Appealed.WORDS, Appealed.AUTOMOD}:
        lines.append(f"-# **Allow once**: one remix with exactly this prompt, within {ALLOWED_FOR.days} days.")
    if appeal.appealed is Appealed.RESULT:
        lines += _about_result(facts)
    return lines


def _about_result(facts: AppealFacts) -> list[str]:
    if not facts.held:
        return ["-# I no longer have it, or it is posted by now. So there is nothing left to post."]
    channel = f"<#{facts.held[0].channel_id}>"
    return [f"-# It is made and paid for. If you allow it, I post it in {channel}, and nothing is bought again."]


def _listed(listed: ListedPicture) -> str:
    case = f", case {listed.case_number}" if listed.case_number is not None else ""
    return f"-# Refused because it is like listed picture `{listed.number}`{case}"


def outcome(facts: AppealFacts, decided_by: int | None) -> str:
    appeal = facts.appeal
    if appeal.outcome is None:
        return ""
    text = _OUTCOMES[appeal.outcome]
    if decided_by is not None and decided_by == appeal.acted_by:
        return f"{text}, by the moderator who acted: I know of no other one here"
    return text


@clickable
def not_decided(reason: NotDecided) -> str:
    return _NOT_DECIDED[reason]


def cannot_post(why: Refused) -> str:
    return f"I can't post it now: {REFUSALS[why.reason].short}. The appeal stays open, and you can keep it as it is."


def decided(done: Decided) -> str:
    appeal = done.appeal
    if done.case is None and appeal.appealed is Appealed.RESULT:
        return f"Appeal {appeal.id} is closed: I no longer have the remix, or it is posted by now. Nothing was posted."
    if done.case is None:
        return f"Appeal {appeal.id} is closed: what it was about had ended already."
    posts = " I'm posting the remix." if done.posted else ""
    outcome_ = _OUTCOMES[appeal.outcome] if appeal.outcome is not None else ""
    return f"**Case {done.case.number}.** Appeal {appeal.id}: {outcome_.lower()}.{posts} I tell <@{appeal.user_id}>."


def form_title(decision: Decision, number: int) -> str:
    return f"{LABELS[decision]}: appeal {number}"


def allowed_words(found: Sequence[str]) -> str:
    """In the form of Allow this word; Discord shows at most 100 characters there."""
    return f"In everybody's prompts: {', '.join(found[:_MOST_WORDS])}"[:_CHOICE]
