"""Tells moderators what the lists of pictures would do with a source. Records nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bot.rules.gate import decide_picture
from bot.rules.picture_memory import Likeness, PictureMemory
from bot.rules.refusals import Refused
from bot.storage.engine.database import Connection
from bot.storage.moderation.cases import Case
from bot.storage.standing import pictures, policies
from bot.storage.standing.pictures import ListedPicture
from bot.use_cases.core import Core
from bot.use_cases.listed_pictures import judging
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.pictures.picture_list import case_of
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.pictures.read_picture import read_picture


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A listed picture that another one is like. `listed` and `case` None: it is on the operator's list."""

    likeness: Likeness
    listed: ListedPicture | None
    case: Case | None


@dataclass(frozen=True, slots=True)
class TriedPicture:
    """`refused`: what a member would read. `has_prints` False: there is too little in it to compare it with others."""

    refused: Refused | None
    found: Sequence[FoundPicture]
    memory: PictureMemory
    has_prints: bool


async def try_picture(core: Core, rules: OperatorRules, acting: Acting, picture: bytes) -> TriedPicture | Refused:
    """What the lists would do with that picture as a source. Keeps nothing. Refused: it cannot be a source at all."""
    read = await read_picture(core.pictures, rules.source, picture, acting.actor_id, keep=False)
    if isinstance(read, Refused):
        return read

    def ask(connection: Connection) -> TriedPicture:
        facts = core.listed_pictures.judge(connection, acting.guild_id, read.hash)
        policy = policies.read(connection, acting.guild_id)
        found = [_found(connection, acting.guild_id, each) for each in facts.found]
        return TriedPicture(decide_picture(facts, policy), found, policy.memory, bool(read.prints))

    # The store does not have it.
    at_hand = partial(core.prepare_picture, data=read.data, person=acting.actor_id)
    return await judging(lambda: core.database.read(ask), at_hand)


def _found(connection: Connection, guild_id: int, likeness: Likeness) -> FoundPicture:
    listed = None if likeness.by_operator else pictures.find(connection, guild_id, likeness.number)
    return FoundPicture(likeness, listed, case_of(connection, listed) if listed is not None else None)
