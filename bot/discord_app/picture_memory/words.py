"""What admins and moderators read about the list of pictures that are not allowed."""

from bot.discord_app.kit import policy_words
from bot.discord_app.kit.command_mentions import clickable
from bot.discord_app.kit.text import plain, timestamp
from bot.discord_app.moderation.case_words import actor
from bot.discord_app.remixes.refusal_words import refusal
from bot.rules.picture_memory import MOST_LISTED, OPERATORS, WIDEST, Likeness, ListedBecause, PictureMemory
from bot.rules.policy_cases import PicturesChange, from_details
from bot.storage.moderation.cases import Case
from bot.storage.standing.pictures import ListedPicture
from bot.use_cases.moderation.pictures.picture_list import PictureList
from bot.use_cases.moderation.pictures.try_picture import FoundPicture, TriedPicture

ADD = "Don't allow a picture here: it, and what looks like it, is refused as a source and not posted as a result"
ADD_OPTIONS = {
    "picture": "The picture. Only its fingerprints are kept",
    "remix": "Or a remix: its number, or a link to its message. All of its pictures are listed",
    "reason": "Why, for the record",
}
REMOVE = "Take a picture off the list"
REMOVE_OPTIONS = {"number": "Its number, as /remix-config pictures shows it", "reason": "Why, for the record"}
LIST = "Show which pictures aren't allowed here, since when and why"
TEST = "Show whether a picture would be refused here, and because of which one, privately"
TEST_OPTIONS = {"picture": "The picture. It isn't kept, and nothing is recorded"}

WHICH = "Attach a picture, or name a remix with `remix`. Nothing was changed."
NOT_KEPT = "I no longer have the pictures of that remix. Attach one instead. Nothing was changed."
NOT_LISTED = "No picture on the list has that number. `/remix-config pictures` shows them. Nothing was changed."
_OFF = "`picture-memory` is off, so the list isn't asked, and removed pictures aren't put on it."
_BECAUSE = {
    ListedBecause.REMOVED_SOURCE: "source of a removed result",
    ListedBecause.REMOVED_RESULT: "removed result",
    ListedBecause.UNSAFE: "source that Ideogram refused as unsafe",
    ListedBecause.ADDED: "added",
}
_SHOWN = 12
_ROOM = 1_900
_FLAT = "There is too little in it for a comparison, so only the same file would be found."
_NOTHING = "**Nothing on the lists looks like this picture.**"


@clickable
def picture_list(found: PictureList) -> str:
    """The newest entries."""
    if not found.count:
        text = (
            "No picture is on the list. What moderators remove is put there, and `/remix-config picture-add` adds "
            "more. What was removed before this version isn't known."
        )
        return f"{text}\n{_OFF}" if found.memory is PictureMemory.OFF else text
    count = "1 picture isn't" if found.count == 1 else f"{found.count} pictures aren't"
    lines = [f"**{count} allowed here.** The newest first. I keep fingerprints of them, and no pictures."]
    if found.memory is PictureMemory.OFF:
        lines.append(_OFF)
    more = f"-# The oldest make room beyond {MOST_LISTED:,}. `/remix-config picture-remove` takes one off."
    for each, case in found.shown[:_SHOWN]:
        line = _line(each, case)
        if len("\n".join([*lines, line, more])) > _ROOM:
            break
        lines.append(line)
    return "\n".join([*lines, more])


def whole_list(found: PictureList) -> str:
    """For a file: as many as were read, one in a line."""
    return "\n".join(_plain_line(each, case) for each, case in found.shown) + "\n"


def is_whole(found: PictureList) -> bool:
    return found.count <= _SHOWN


def _line(listed: ListedPicture, case: Case | None) -> str:
    of = f" (remix `{listed.job_id}`)" if listed.job_id is not None else ""
    by = f" · by {actor(case.actor_id)}, case {case.number}" if case is not None else ""
    reason = f": {plain(case.reason, 80)}" if case is not None and case.reason else ""
    note = f" · {_only_file(listed)}" if listed.has_prints is False else ""
    return f"`{listed.number}` {_BECAUSE[listed.because]}{of} {timestamp(listed.listed_at)}{by}{note}{reason}"


def _plain_line(listed: ListedPicture, case: Case | None) -> str:
    parts = [str(listed.number), _BECAUSE[listed.because], f"{listed.listed_at:%Y-%m-%d %H:%M} UTC"]
    parts += [f"remix {listed.job_id}"] if listed.job_id is not None else []
    parts += [f"case {case.number} by {case.actor_id}"] if case is not None else []
    parts += [_only_file(listed)] if listed.has_prints is False else []
    return ", ".join(parts)


def _only_file(_listed: ListedPicture) -> str:
    return "too little in it, so only the same file is found"


def choice(listed: ListedPicture) -> str:
    """In the list that opens while somebody types a number."""
    of = f" (remix {listed.job_id})" if listed.job_id is not None else ""
    return f"{listed.number}: {_BECAUSE[listed.because]}{of}, {listed.listed_at:%d %b %Y}"


def changed(case: Case, memory: PictureMemory) -> str:
    made = from_details(case.details)
    text = policy_words.pictures_changed(made) if isinstance(made, PicturesChange) else ""
    off = f"\n{_OFF}" if memory is PictureMemory.OFF else ""
    return f"{text}. Case {case.number}.{off}"


@clickable
def tried(result: TriedPicture, guild_id: int) -> str:
    """Whether a member could use that picture, and which entries are near it."""
    if result.refused is not None:
        read = refusal(result.refused, guild_id)
        lines = [f"**A member's remix of this picture is refused.** They read:\n> {read}"]
    else:
        lines = ["**A member's remix of this picture is not refused.**" if result.found else _NOTHING]
    lines += [] if result.has_prints else [_FLAT]
    lines += [_OFF] if result.memory is PictureMemory.OFF else []
    for each in result.found:
        line = _found(each, result.memory)
        if len("\n".join([*lines, line])) > _ROOM:
            break
        lines.append(line)
    return "\n".join(lines)


def _found(each: FoundPicture, memory: PictureMemory) -> str:
    how = _how_alike(each.likeness)
    if each.likeness.by_operator:
        return f"- a picture on my operator's list, which holds at `{OPERATORS}`: {how}"
    entry = _line(each.listed, each.case) if each.listed is not None else f"`{each.likeness.number}`"
    now = "" if each.likeness.is_within(memory) else f". Not at `{memory}`, which is set here"
    return f"- {entry}\n  {how}{now}"


def _how_alike(likeness: Likeness) -> str:
    wave, slope = WIDEST
    if likeness.wave == likeness.slope == 0:
        return "the same picture"
    return (
        f"found at `{likeness.strictest}` and wider (it differs by {likeness.wave} and {likeness.slope}; "
        f"{wave} and {slope} are the most)"
    )
