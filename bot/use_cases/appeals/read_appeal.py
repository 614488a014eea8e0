"""Reads what moderators need to decide an appeal: what was done, and which rules refuse the prompt now."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.rules.appeals import Appealed, listed_of
from bot.rules.matters import MatterKind
from bot.rules.words.entries import Action
from bot.storage.appeals import appealable, appeals
from bot.storage.appeals.appeals import Appeal
from bot.storage.engine.database import Connection
from bot.storage.matters import matters
from bot.storage.matters.matters import Matter
from bot.storage.moderation.cases import Case
from bot.storage.standing import pictures
from bot.storage.standing.pictures import ListedPicture
from bot.use_cases.appeals.decide_appeal import words_to_allow
from bot.use_cases.core import Core


@dataclass(frozen=True, slots=True)
class AppealFacts:
    """`case`: what is appealed, if it is one. `found`: the listed words, or the rules, that refuse the prompt now.

    `listed`: the pictures on the server's list that the refused one is like.
    """

    appeal: Appeal
    case: Case | None
    found: Sequence[str] = field(default=(), repr=False)
    listed: Sequence[ListedPicture] = ()


@dataclass(frozen=True, slots=True)
class OpenAppeal:
    """`to_allow`: the words that Allow this word would put on the list of allowed ones."""

    matter: Matter
    appeal: Appeal
    to_allow: Sequence[str] = field(default=(), repr=False)


async def find_open_appeal(core: Core, guild_id: int, matter_id: int) -> OpenAppeal | None:
    """None: that server has no open appeal with that card."""

    def find(connection: Connection) -> OpenAppeal | None:
        matter = matters.find(connection, matter_id)
        if matter is None or matter.guild_id != guild_id or matter.kind is not MatterKind.APPEAL:
            return None
        appeal = appeals.find(connection, matter.subject)
        if appeal is None or appeal.outcome is not None:
            return None
        read = words_to_allow(core, connection, appeal) if appeal.appealed is Appealed.WORDS else None
        return OpenAppeal(matter, appeal, [entry.text for entry in read.entries.values()] if read else ())

    return await core.database.read(find)


async def read_appeal(core: Core, appeal_id: int) -> AppealFacts | None:
    """None: it is no longer kept."""

    def read(connection: Connection) -> AppealFacts | None:
        appeal = appeals.find(connection, appeal_id)
        if appeal is None:
            return None
        return AppealFacts(
            appeal,
            appealable.case_of(connection, appeal),
            _found(core, connection, appeal),
            _listed(connection, appeal),
        )

    return await core.database.read(read)


def _listed(connection: Connection, appeal: Appeal) -> Sequence[ListedPicture]:
    if appeal.appealed is not Appealed.PICTURE:
        return ()
    return pictures.find_all(connection, appeal.guild_id, listed_of(appeal.key))


def _found(core: Core, connection: Connection, appeal: Appeal) -> Sequence[str]:
    if appeal.prompt is None or appeal.outcome is not None:
        return ()
    words = core.words.judge(connection, appeal.guild_id, appeal.prompt)
    if appeal.appealed is Appealed.AUTOMOD:
        return list(dict.fromkeys(each.rule.name for each in words.by_automod if each.hit.action is Action.REFUSE))
    return list(dict.fromkeys(hit.entry.text for hit in words.hits if hit.action is Action.REFUSE))
