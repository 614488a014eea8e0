"""What the case of an admin's change keeps: the raw values before and after, which undoing compares and restores."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from bot.rules.policy_fields import PolicyChange, RawPlan
from bot.rules.styles import RawStyle
from bot.rules.words.entries import Action, EntryKind
from bot.rules.words.lists import WordChange


@dataclass(frozen=True, slots=True)
class PlanChange:
    """A role's plan before and after."""

    role_id: int
    before: RawPlan
    after: RawPlan


@dataclass(frozen=True, slots=True)
class StyleChange:
    """A style before and after."""

    style: str
    before: RawStyle
    after: RawStyle


@dataclass(frozen=True, slots=True)
class WordsChange:
    """Entries of the word lists, all that one action has changed."""

    words: Sequence[WordChange]


@dataclass(frozen=True, slots=True)
class PicturesChange:
    """Numbers of entries that were put on the list of pictures that are not allowed, or taken off it."""

    listed: Sequence[int] = ()
    taken_off: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class RemixesGranted:
    """Remixes beyond the quota. `interaction_id` recognizes a command that Discord delivered twice."""

    remixes: int
    interaction_id: int


Restorable = PolicyChange | PlanChange | StyleChange | WordsChange | PicturesChange
RecordedChange = Restorable | RemixesGranted


def to_details(change: RecordedChange) -> Mapping[str, Any]:
    if isinstance(change, WordsChange):
        # Without names: ten thousand words are half a megabyte.
        return {"words": [[each.kind, each.text, each.before, each.after] for each in change.words]}
    return asdict(change)


def opposite(change: Restorable) -> Restorable:
    """The values before and after the other way round."""
    match change:
        case WordsChange():
            return WordsChange([replace(each, before=each.after, after=each.before) for each in change.words])
        case PicturesChange():
            return PicturesChange(listed=change.taken_off, taken_off=change.listed)
        case PolicyChange():
            return replace(change, before=change.after, after=change.before)
        case PlanChange():
            return replace(change, before=change.after, after=change.before)
    return replace(change, before=change.after, after=change.before)


def from_details(details: Mapping[str, Any]) -> RecordedChange | None:
    """None: that case is about something else."""
    if "words" in details:
        return WordsChange([_word(*each) for each in details["words"]])
    for name, change in _CHANGES.items():
        if name in details:
            return change(**{field.name: details[field.name] for field in fields(change)})
    return None


_CHANGES: Mapping[str, type[PicturesChange | RemixesGranted | PlanChange | StyleChange | PolicyChange]] = {
    "taken_off": PicturesChange,
    "remixes": RemixesGranted,
    "role_id": PlanChange,
    "style": StyleChange,
    "field": PolicyChange,
}
"""By a name that no other has in its details."""


def _word(kind: str, text: str, before: str | None, after: str | None) -> WordChange:
    return WordChange(EntryKind(kind), text, Action(before) if before else None, Action(after) if after else None)
