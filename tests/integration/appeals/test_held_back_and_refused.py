"""What cannot be posted any more, or is refused by another rule now, is not posted after an appeal."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.discord_app.kit.appealing.buttons import appeal_of_job
from bot.discord_app.kit.appealing.words import ended
from bot.rules.appeals import NotMade, Outcome
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.membership import Absent
from bot.rules.picture_memory import ListedBecause
from bot.rules.policies import Policy
from bot.rules.refusals import Reason, Refused
from bot.rules.removals import Removal
from bot.storage.engine.tables import remixes as tables
from bot.storage.privacy import opt_outs
from bot.storage.remixes import families
from bot.storage.standing import pictures, policies, words
from bot.storage.standing.pictures import EVERYWHERE, NewPicture
from bot.use_cases.appeals.decide_appeal import Decided
from bot.use_cases.appeals.end_appeals import to_tell
from bot.use_cases.appeals.own_appeals import find_what_happened
from bot.use_cases.appeals.read_appeal import read_appeal
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import block_member
from bot.use_cases.moderation.lock_channel import lock_channel
from bot.use_cases.remixes.expiry import forget_pictures
from tests.integration.appeals.made_appeals import BEN, MIA, ROSA, SERVER, decide
from tests.integration.appeals.made_held_back import appealed, collect, held_back, is_unposted, read_rule
from tests.integration.review.reviews import is_sound

CHANNEL = 22


async def lock(bot):
    await lock_channel(bot.core, Acting(SERVER, ROSA), CHANNEL, None)


async def block(bot):
    await block_member(bot.core, Acting(SERVER, ROSA), MIA, None)


async def leave(bot):
    bot.members.said[SERVER, MIA] = Absent.MEMBER


async def other_channels(bot):
    await bot.do(policies.write, SERVER, Policy(channels=frozenset({99})))


async def ban_result(bot):
    (result,) = await bot.results(1)
    await bot.do(
        pictures.add, EVERYWHERE, [NewPicture(result.hash, ListedBecause.ADDED, prints=b"")], None, bot.clock()
    )


async def list_in_automod(bot):
    """Which another decision than Allow once does not change."""
    await read_rule(bot)


@pytest.mark.parametrize(
    ("happens", "decision", "reason"),
    [
        (lock, "once", Reason.CHANNEL_LOCKED),
        (block, "once", Reason.MEMBER_BLOCKED),
        (leave, "allow", Reason.MEMBER_GONE),
        (other_channels, "once", Reason.CHANNEL_NOT_ALLOWED),
        (ban_result, "once", Reason.PICTURE_BANNED),
        (list_in_automod, "allow", Reason.AUTOMOD_REFUSED),
    ],
)
async def test_what_another_rule_refuses_now_is_not_posted_and_the_appeal_stays_open(bot, happens, decision, reason):
    job = await held_back(bot)
    made = await appealed(bot, job)
    await happens(bot)
    listed = await bot.do(words.read_by_key, SERVER)
    refused = await decide(bot, made, decision)
    assert isinstance(refused, Refused)
    assert refused.reason is reason
    assert await is_unposted(bot, job)
    # The exception and the change of the lists are not stored without the publication.
    assert await bot.do(words.read_by_key, SERVER) == listed
    assert (await read_appeal(bot.core, made.appeal.id)).appeal.outcome is None
    assert isinstance(await decide(bot, made, "keep"), Decided)


async def removed(bot, job):
    await bot.do(families.mark_removed, job.id, Removal.AUTHOR, bot.clock())


async def opted_out(bot, job):
    def opt_out(connection):
        connection.execute(sa.update(tables.jobs).where(tables.jobs.c.id == job.id).values(source_author_id=BEN))
        opt_outs.add(connection, BEN, bot.clock())

    await bot.do(opt_out)


async def expired(bot, job):
    bot.clock.now += timedelta(days=5)
    await forget_pictures(bot.core, timedelta(days=4))
    assert (await bot.job(job.id)).failure_kind is FailureKind.RESULT_EXPIRED


@pytest.mark.parametrize("ends", [removed, opted_out, expired])
async def test_what_is_gone_is_not_posted_and_both_sides_read_so(bot, ends):
    job = await held_back(bot)
    made = await appealed(bot, job)
    await ends(bot, job)
    done = await decide(bot, made, "once")
    assert (done.appeal.outcome, done.case, done.posted) == (Outcome.OVER, None, ())
    assert bot.poster.posted == []
    assert "there is nothing left to decide" in ended((await to_tell(bot.core))[0])
    assert await appealed(bot, job) is NotMade.NOT_KEPT
    assert await find_what_happened(bot.core, SERVER, MIA, job.id) is NotMade.NOT_KEPT
    assert await is_sound(bot)


async def test_what_its_author_has_fetched_ends_without_a_failure_once_it_is_old(bot):
    job = await collect(bot, await held_back(bot))
    bot.clock.now += timedelta(days=5)
    await forget_pictures(bot.core, timedelta(days=4))
    assert ((await bot.job(job.id)).state, [each.hash for each in await bot.results(job.id)]) == (
        JobState.DELIVERED,
        [None],
    )
    assert await appealed(bot, job) is NotMade.NOT_KEPT
    assert await is_sound(bot)


async def test_what_is_posted_cannot_be_appealed(bot):
    job = await bot.remix()
    await bot.work(job.id)
    assert await appealed(bot, job) is NotMade.OVER
    assert appeal_of_job(await bot.job(job.id)) == []
