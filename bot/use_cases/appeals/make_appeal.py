"""Makes an appeal of a case, or of what a rule refuses: a prompt, a picture, a result. Blocked people can too."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.rules.appeals import (
    A_DAY,
    APPEALABLE,
    APPEALABLE_FOR,
    LONGEST_PROMPT,
    LONGEST_TEXT,
    MOST_A_DAY,
    OPEN_FOR,
    REFUSAL_RECENT,
    Appealed,
    NotMade,
    Outcome,
    listed_of,
    picture_key,
    prompt_key,
)
from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.job_states import JobState
from bot.rules.matters import MatterKind
from bot.rules.refusals import Reason
from bot.rules.visible_text import can_be_seen
from bot.rules.words.entries import Action
from bot.rules.words.findings import WordFacts, first
from bot.storage.appeals import appealable, appeals
from bot.storage.appeals.appeals import Appeal, NewAppeal
from bot.storage.engine.database import Connection
from bot.storage.matters import matters, reports
from bot.storage.moderation import cases
from bot.storage.remixes import jobs, results
from bot.storage.remixes.jobs import Job
from bot.storage.review.held_back import is_held_back
from bot.storage.standing import member_blocks, pictures
from bot.use_cases.core import Core


@dataclass(frozen=True, slots=True)
class Appellant:
    """Who appeals, in which server, and where: empty if they are not in the server, so no rule exempts them."""

    guild_id: int
    user_id: int
    channel_ids: frozenset[int] = frozenset()
    role_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Made:
    """The appeal, and the matter that moderators decide."""

    appeal: Appeal
    matter_id: int


@dataclass(frozen=True, slots=True)
class RefusedPrompt:
    """As it is sent to Ideogram: with the ending of its style."""

    text: str = field(repr=False)


async def appeal_case(core: Core, who: Appellant, number: int, text: str) -> Made | NotMade:
    """Of a block, a warning, or what was done to a result of theirs."""

    def make(connection: Connection) -> Made | NotMade:
        now = core.clock()
        found = _case(connection, who, number, now)
        if isinstance(found, NotMade):
            return found
        return _make(connection, found, text, now)

    return _report(core, await core.database.transaction(make))


def _case(connection: Connection, who: Appellant, number: int, now: datetime) -> NewAppeal | NotMade:
    case = cases.find(connection, who.guild_id, number)
    # People only hear of what was done to them: a case of somebody else does not exist for them.
    if case is None or case.kind not in APPEALABLE or not appealable.concerns(connection, case, who.user_id):
        return NotMade.NOT_FOUND
    if case.actor_id == who.user_id:
        return NotMade.NOT_FOUND
    if case.undone_at is not None:
        return NotMade.OVER
    if case.kind is CaseKind.BLOCK:
        block = member_blocks.find_by_case(connection, who.guild_id, who.user_id, number)
        if block is None or block.is_over(now):
            return NotMade.OVER
    elif case.at < now - APPEALABLE_FOR:
        return NotMade.OVER
    acted_by = None if case.actor_id == BY_RULE else case.actor_id
    return NewAppeal(who.guild_id, who.user_id, Appealed.CASE, str(number), "", job_id=case.job_id, acted_by=acted_by)


async def appeal_prompt(core: Core, who: Appellant, prompt: RefusedPrompt, text: str) -> Made | NotMade:
    """Of a refusal by the server's word lists or its AutoMod. Only now is the prompt stored."""
    if not can_be_seen(prompt.text) or len(prompt.text) > LONGEST_PROMPT:
        return NotMade.NOT_REFUSED
    await core.words.prepare(core.database, who.guild_id, prompt.text)

    def make(connection: Connection) -> Made | NotMade:
        found = _appealed(core.words.judge(connection, who.guild_id, prompt.text), who)
        if isinstance(found, NotMade):
            return found
        key = prompt_key(prompt.text)
        new = NewAppeal(who.guild_id, who.user_id, found, key, "", prompt=prompt.text)
        return _make(connection, new, text, core.clock())

    return _report(core, await core.database.transaction(make))


def _appealed(words: WordFacts, who: Appellant) -> Appealed | NotMade:
    if words.is_cut:
        return NotMade.TOO_LONG
    if first(words.hits, Action.REFUSE) is not None:
        return Appealed.WORDS
    by_automod = list(words.of_automod(who.channel_ids, who.role_ids))
    return NotMade.NOT_REFUSED if first(by_automod, Action.REFUSE) is None else Appealed.AUTOMOD


async def appeal_picture(core: Core, who: Appellant, key: str, text: str) -> Made | NotMade:
    """Of a refusal by the server's list of pictures. The picture itself is not kept."""

    def make(connection: Connection) -> Made | NotMade:
        now = core.clock()
        if not _had_picture_refused(connection, who, key, now):
            return NotMade.NOT_FOUND
        listed = pictures.find_all(connection, who.guild_id, listed_of(key))
        if not listed:
            return NotMade.PICTURE_ALLOWED
        case = cases.find(connection, who.guild_id, listed[0].case_number or 0)
        acted_by = None if case is None or case.actor_id == BY_RULE else case.actor_id
        known = picture_key([each.number for each in listed])
        return _make(
            connection, NewAppeal(who.guild_id, who.user_id, Appealed.PICTURE, known, "", acted_by=acted_by), text, now
        )

    return _report(core, await core.database.transaction(make))


async def appeal_result(core: Core, who: Appellant, job_id: int, text: str) -> Made | NotMade:
    """Of a result of theirs that was held back before it was posted. It is paid for, and can still be posted."""

    def make(connection: Connection) -> Made | NotMade:
        job = jobs.find(connection, job_id)
        if job is None or (job.guild_id, job.user_id) != (who.guild_id, who.user_id):
            return NotMade.NOT_FOUND
        if not is_held_back(job):
            return why_not_held(connection, job)
        # The pictures of a set would be posted together, so one appeal is about all of them.
        key, prompt = str(job.set_id or job.id), job.request.sent_prompt
        new = NewAppeal(who.guild_id, who.user_id, Appealed.RESULT, key, "", prompt=prompt, job_id=job.id)
        return _make(connection, new, text, core.clock())

    return _report(core, await core.database.transaction(make))


def why_not_held(connection: Connection, job: Job) -> NotMade:
    """`OVER`: it is posted, or about to be."""
    is_gone = job.removed_at is not None or job.state is JobState.FAILED
    is_kept = not is_gone and any(each.hash for each in results.of_job(connection, job.id))
    return NotMade.OVER if is_kept else NotMade.NOT_KEPT


def _had_picture_refused(connection: Connection, who: Appellant, key: str, now: datetime) -> bool:
    """When they sent it, or while their remix of it waited."""
    reasons = [Reason.PICTURE_REMEMBERED]
    if appealable.was_refused(connection, who.guild_id, who.user_id, reasons, now - REFUSAL_RECENT):
        return True
    return appealable.was_stopped(connection, who.guild_id, who.user_id, key, now - APPEALABLE_FOR)


def _make(connection: Connection, new: NewAppeal, text: str, now: datetime) -> Made | NotMade:
    """Everything that is the same whatever is appealed."""
    if not can_be_seen(text):
        return NotMade.NO_TEXT
    before = appeals.newest_about(connection, new.guild_id, new.user_id, new.appealed, new.key)
    if before is not None and before.outcome is None:
        return NotMade.OPEN_ALREADY
    if before is not None and before.outcome is Outcome.KEPT:
        return NotMade.DECIDED
    if before is not None and before.outcome is Outcome.LIFTED:
        # The case of a removal is not undone: its remixes were given back, and are not given back twice.
        return NotMade.OVER
    if appeals.count_since(connection, new.guild_id, new.user_id, now - A_DAY) >= MOST_A_DAY:
        return NotMade.TOO_OFTEN
    number = appeals.add(connection, replace(new, text=text[:LONGEST_TEXT]), now, now + OPEN_FOR)
    matter = matters.open_matter(
        connection,
        new.guild_id,
        MatterKind.APPEAL,
        number,
        now,
        job_id=new.job_id,
        about_id=new.user_id,
        # As the report: lifting the removal would take its fingerprints off the list.
        admins_only=new.job_id is not None and reports.was_illegal(connection, new.job_id),
    )
    appeal = appeals.find(connection, number)
    if appeal is None:
        raise LookupError("the appeal was just added")
    return Made(appeal, matter.id)


def _report(core: Core, made: Made | NotMade) -> Made | NotMade:
    if isinstance(made, Made):
        core.news.post_change_due()
    return made
