"""Lets a prompt or a picture through that a rule refuses and a moderator allowed once. Every other check stays."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.rules.appeals import Appealed, prompt_key
from bot.rules.picture_memory import PictureFacts
from bot.rules.policies import Policy
from bot.rules.words.findings import WordFacts
from bot.storage.appeals import allowances
from bot.storage.engine.database import Connection
from bot.storage.remixes.jobs import Job
from bot.storage.standing import policies
from bot.use_cases.core import Core
from bot.use_cases.remixes.gate_facts import Asker

_PICTURES = (Appealed.PICTURE,)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the lists have against a prompt and a picture; `allowances`: would be used up for what they refuse."""

    words: WordFacts
    picture: PictureFacts
    allowances: Sequence[int] = ()


def judge(
    core: Core, connection: Connection, asker: Asker, sent_prompt: str | None, picture_hash: str | None, policy: Policy
) -> Judged:
    """Raises PictureUnknownError."""
    words = core.words.judge(connection, asker.guild_id, sent_prompt)
    picture = core.listed_pictures.judge(connection, asker.guild_id, picture_hash)
    used: list[int] = []
    if sent_prompt is not None and words.refuses:
        found = _find(core, connection, asker, allowances.PROMPTS, [prompt_key(sent_prompt)])
        if found is not None:
            words, used = words.without_refusals(), [found]
    if keys := _keys(picture, policy):
        found = _find(core, connection, asker, _PICTURES, keys)
        if found is not None:
            picture, used = picture.by_operator_alone(), [*used, found]
    return Judged(words, picture, used)


def _find(
    core: Core, connection: Connection, asker: Asker, appealed: tuple[Appealed, ...], keys: Sequence[str]
) -> int | None:
    return allowances.find_usable(connection, asker.guild_id, asker.user_id, appealed, keys, core.clock())


def _keys(picture: PictureFacts, policy: Policy) -> Sequence[str]:
    return [str(each.number) for each in picture.all_by_server(policy.memory)]


def use_up(connection: Connection, used: Sequence[int], job: Job) -> None:
    """In the transaction that accepts the remix, so that two of them cannot use the same one."""
    for allowance in used:
        allowances.use(connection, allowance, job)


def still_allowed(connection: Connection, job: Job, words: WordFacts) -> WordFacts:
    """For a remix that was accepted, before it is bought and before it is posted."""
    if not words.refuses:
        return words
    keys = [prompt_key(job.request.sent_prompt)]
    return words.without_refusals() if allowances.holds_for(connection, job, allowances.PROMPTS, keys) else words


def source_still_allowed(connection: Connection, job: Job, picture: PictureFacts) -> PictureFacts:
    """The same for its source. Its result is another picture, which nobody has allowed."""
    keys = _keys(picture, policies.read(connection, job.guild_id)) if picture.found else ()
    if not keys or not allowances.holds_for(connection, job, _PICTURES, keys):
        return picture
    return picture.by_operator_alone()
