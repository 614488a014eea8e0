"""The words of the Appeal buttons, and those in which people hear how their appeal ended."""

from collections.abc import Mapping

from bot.discord_app.kit.command_mentions import clickable
from bot.discord_app.kit.text import LONGEST_REASON, day_and_time, plain, quote
from bot.rules.appeals import ALLOWED_FOR, GIVEN_BACK_FOR, OPEN_FOR, REMOVALS, Appealed, Outcome
from bot.rules.cases import CaseKind
from bot.use_cases.appeals.own_appeals import Told

APPEAL = "Appeal"
_PROMPT = 300
_SERVER = 100


def appeal_case(number: int) -> str:
    """On a button, where several stand side by side."""
    return f"{APPEAL} case {number}"


_OF_CASE: Mapping[CaseKind, str] = {
    CaseKind.BLOCK: "your block",
    CaseKind.WARN: "a warning",
    CaseKind.HIDE: "a hidden remix",
    CaseKind.REMOVE: "a removed remix",
    CaseKind.PURGE: "removed remixes",
}
_OF_RULE: Mapping[Appealed, str] = {
    Appealed.WORDS: "a refused prompt",
    Appealed.AUTOMOD: "a refused prompt",
    Appealed.PICTURE: "a refused picture",
    Appealed.CASE: "what moderators did",
    Appealed.RESULT: "a remix that wasn't posted",
}
_LIFTED: Mapping[CaseKind, str] = {
    CaseKind.BLOCK: "The moderators have lifted it.",
    CaseKind.WARN: "The moderators have withdrawn it, so it no longer counts.",
    CaseKind.HIDE: "The moderators show it again.",
}

_OF_RESULT: Mapping[Outcome, str] = {
    Outcome.ALLOWED_ONCE: "The moderators allow it, so I'm posting it in its channel.",
    Outcome.ALLOWED: "The moderators now allow its words in this server, so I'm posting it in its channel.",
    Outcome.OVER: "I no longer have it, or it is posted or removed by now, so there is nothing left to decide.",
}


def what_was_appealed(appealed: Appealed, kind: CaseKind | None) -> str:
    """Such as `your block`, or `a refused prompt`."""
    return _OF_CASE.get(kind, _OF_RULE[appealed]) if kind is not None else _OF_RULE[appealed]


@clickable
def ended(told: Told, server: str = "") -> str:
    """`server`: its name, for a direct message."""
    appeal = told.appeal
    where = f" in **{plain(server, _SERVER)}**" if server else ""
    what = what_was_appealed(appeal.appealed, told.case.kind if told.case else None)
    number = f" (case {appeal.case_number})" if appeal.case_number is not None else ""
    lines = [f"**Your appeal**{where}: {what}{number}"]
    if appeal.prompt:
        lines.append(quote(appeal.prompt, _PROMPT))
    of_result = _OF_RESULT.get(appeal.outcome) if appeal.appealed is Appealed.RESULT and appeal.outcome else None
    lines.append(of_result or _outcome(told))
    if appeal.answer:
        lines.append(f"A moderator says:\n{quote(appeal.answer, LONGEST_REASON)}")
    return "\n".join(lines)


def _outcome(told: Told) -> str:
    appeal = told.appeal
    match appeal.outcome:
        case Outcome.ALLOWED_ONCE:
            return _allowed_once(told)
        case Outcome.ALLOWED:
            what = "that picture" if appeal.appealed is Appealed.PICTURE else "its words"
            return f"The moderators now allow {what} in this server, so you can make your remix."
        case Outcome.LIFTED:
            return _lifted(told)
        case Outcome.KEPT:
            return "The moderators have looked at it, and it stays as it is."
        case Outcome.EXPIRED:
            return f"Nobody decided within {OPEN_FOR.days} days, so it stays as it is. You can appeal again."
    return "It had ended before anybody decided, so there is nothing left to decide."


def _allowed_once(told: Told) -> str:
    appeal = told.appeal
    until = f" until {day_and_time(appeal.ended_at + ALLOWED_FOR)}" if appeal.ended_at else ""
    what = "this picture" if appeal.appealed is Appealed.PICTURE else "exactly this prompt"
    return f"You can make one remix with {what}, with `/remix` in that server{until}. All other rules and limits hold."


def _lifted(told: Told) -> str:
    appeal, kind = told.appeal, told.case.kind if told.case else CaseKind.BLOCK
    if kind in REMOVALS:
        until = f" until {day_and_time(appeal.ended_at + GIVEN_BACK_FOR)}" if appeal.ended_at else ""
        return (
            "The moderators take the removal back. The pictures are deleted, and nothing can bring them back. You can "
            f"make them again: as many remixes as were removed don't count against your quota{until}."
        )
    if not told.still_blocked:
        return f"{_LIFTED[kind]}{' You can make remixes again.' if kind is CaseKind.BLOCK else ''}"
    until = f"until {day_and_time(told.blocked_until)}" if told.blocked_until else "until a moderator unblocks you"
    return f"{_LIFTED[kind]} You are still blocked {until}, by another case, which you can appeal with `/remix-appeal`."
