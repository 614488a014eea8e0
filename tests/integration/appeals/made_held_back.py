"""Results that were held back for a word, and their authors who appeal."""

from bot.rules.job_states import JobState
from bot.rules.words.automod import AutoModRule
from bot.storage.standing import automod
from bot.storage.standing.automod import AutoModRead
from bot.use_cases.appeals.make_appeal import Appellant, appeal_result
from tests.integration.appeals.made_appeals import MIA, NUDE, SERVER, list_word

EVERY_CALL_WAITS_S = 600.0


async def held_back(bot, user_id=MIA, prompt=NUDE, word="nude"):
    """The word is listed while it is made."""
    job = await bot.remix(user_id, prompt=prompt)
    await make_and_list(bot, job, lambda: list_word(bot, word))
    return await bot.job(job.id)


async def make_and_list(bot, job, list_):
    await list_while_made(bot, [job], list_)
    assert (await bot.job(job.id)).review_word is not None


async def list_while_made(bot, made, list_):
    """Until they are kept for their author."""
    bot.stand_in.dials.latency_s = EVERY_CALL_WAITS_S
    async with bot.working():
        await bot.stand_in.until_running(len(made))
        await list_()
        bot.stand_in.dials.latency_s = 0
        bot.stand_in.release()
        await bot.heard.until(lambda: are_kept(bot, made))


async def are_kept(bot, made):
    now = [await bot.job(job.id) for job in made]
    return all((job.state, job.due_at, job.lease) == (JobState.GENERATED, None, None) for job in now)


async def read_rule(bot, word="nude"):
    await bot.do(automod.write, SERVER, AutoModRead(bot.clock(), (AutoModRule(1, "x", (word,)),)))


async def appealed(bot, job=None, text="it is art", user_id=MIA):
    return await appeal_result(bot.core, Appellant(SERVER, user_id), (job or await held_back(bot)).id, text)


async def collect(bot, job):
    delivery = await bot.hand_over.take(job.id, job.user_id)
    await bot.hand_over.record_handed_over(delivery.job)
    return await bot.job(job.id)


async def is_unposted(bot, job):
    now = await bot.job(job.id)
    return (now.state, now.due_at, bot.poster.posted) == (JobState.GENERATED, None, [])
