"""Servers that review, and the moderators who decide, for the tests of reviews."""

from datetime import timedelta

from bot.rules.policies import Policy
from bot.storage.matters import matters
from bot.storage.remixes import jobs
from bot.storage.review import in_review
from bot.storage.standing import policies, words
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.operator.audit_ledger import audit

SERVER, CHANNEL, OTHER_CHANNEL = 11, 22, 23
MODERATOR = 900
DAY = timedelta(days=1)
IN_CHANNEL = Policy(review_channels=frozenset({CHANNEL}))


async def set_policy(bot, policy):
    """As an admin does, so that what waits is asked about again."""

    def write(connection):
        policies.write(connection, SERVER, policy)
        words.count_change(connection, SERVER)

    await bot.do(write)


async def held(bot, user_id=1, **options):
    """A remix in a server that reviews the channel, which waits for moderators."""
    await set_policy(bot, IN_CHANNEL)
    job = await bot.remix(user_id, **options)
    await bot.work(job.id)
    return await bot.job(job.id)


async def matter_of(bot, job):
    """The open one, else the last."""

    def find(connection):
        found = in_review.matter_of(connection, jobs.get(connection, job.id))
        return found or matters.find(connection, 1)

    return await bot.do(find)


def acting(reason=None, actor_id=MODERATOR):
    return Acting(SERVER, actor_id, reason)


async def publish(bot, job, actor_id=MODERATOR):
    return await bot.remixes.reviews.publish(acting(None, actor_id), (await matter_of(bot, job)).id)


async def refuse(bot, job, reason="not here", actor_id=MODERATOR):
    return await bot.remixes.reviews.refuse(acting(reason, actor_id), (await matter_of(bot, job)).id)


async def is_sound(bot):
    return (await bot.do(audit)).violations == []
