"""Reads what moderators need to decide an appeal: what was done, and which rules refuse the prompt now."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.rules.appeals import Appealed, listed_of
from bot.rules.matters import MatterKind
from bot.rules.words.entries import Action
from bot.storage.appeals import appealable, appeals
from bot.storage.appeals.appeals import Appeal
from bot.storage.engine.database import Connection
from bot.storage.matters import matters
from bot.storage.matters.matters import Matter
from bot.storage.moderation.cases import Case
from bot.storage.remixes import results
from bot.storage.remixes.jobs import Job
from bot.storage.standing import pictures
from bot.storage.standing.pictures import ListedPicture
from bot.use_cases.appeals.decide_appeal import words_to_allow
from bot.use_cases.appeals.post_held_back import find_held
from bot.use_cases.core import Core


@dataclass(frozen=True, slots=True)
class AppealFacts:
    """`case`: what is appealed, if it is one. `found`: the listed words, or the rules, that refuse the prompt now.

    `listed`: the pictures on the server's list that the refused one is like. `by_automod`: no list of the server
    refuses the prompt, but its AutoMod does. `held`: the results that a decision can still post; `pictures`: of these.
    """

    appeal: Appeal
    case: Case | None
    found: Sequence[str] = field(default=(), repr=False)
    listed: Sequence[ListedPicture] = ()
    by_automod: bool = False
    held: Sequence[Job] = ()
    pictures: Sequence[bytes] = field(default=(), repr=False)


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
        of_words = appeal.appealed in {Appealed.WORDS, Appealed.RESULT}
        read = words_to_allow(core, connection, appeal) if of_words else None
        return OpenAppeal(matter, appeal, [entry.text for entry in read.entries.values()] if read else ())

    return await core.database.read(find)


async def read_appeal(core: Core, appeal_id: int, *, with_pictures: bool = True) -> AppealFacts | None:
    """None: it is no longer kept. Raises BlobsAwayError."""

    def read(connection: Connection) -> tuple[AppealFacts, Sequence[str]] | None:
        appeal = appeals.find(connection, appeal_id)
        if appeal is None:
            return None
        found, by_automod = _found(core, connection, appeal)
        held = find_held(connection, appeal) if appeal.outcome is None else ()
        case, listed = appealable.case_of(connection, appeal), _listed(connection, appeal)
        made = [each for job in held for each in results.of_job(connection, job.id)] if with_pictures else []
        hashes = [each.hash for each in made if each.hash is not None]
        return AppealFacts(appeal, case, found, listed, by_automod, held), hashes

    found = await core.database.read(read)
    if found is None:
        return None
    facts, hashes = found
    return replace(facts, pictures=await core.blobs.in_thread(core.blobs.find_all, hashes)) if hashes else facts


def _listed(connection: Connection, appeal: Appeal) -> Sequence[ListedPicture]:
    if appeal.appealed is not Appealed.PICTURE:
        return ()
    return pictures.find_all(connection, appeal.guild_id, listed_of(appeal.key))


def _found(core: Core, connection: Connection, appeal: Appeal) -> tuple[Sequence[str], bool]:
    """What refuses the prompt now, and whether only AutoMod does."""
    if appeal.prompt is None or appeal.outcome is not None:
        return (), False
    words = core.words.judge(connection, appeal.guild_id, appeal.prompt)
    own = list(dict.fromkeys(hit.entry.text for hit in words.hits if hit.action is Action.REFUSE))
    rules = list(dict.fromkeys(each.rule.name for each in words.by_automod if each.hit.action is Action.REFUSE))
    if appeal.appealed is Appealed.AUTOMOD or (appeal.appealed is Appealed.RESULT and rules and not own):
        return rules, True
    return own, False
