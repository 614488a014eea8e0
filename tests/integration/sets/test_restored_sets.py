"""A restored set whose card may be in the channel: the job that began to post it finds it, and no other posts it."""

from datetime import timedelta

from bot.rules.sets import LONGEST_WAIT
from bot.storage.restores import silence
from tests.integration.sets.test_ladders import are_fetched, jobs_of, ladder, put_off
from tests.integration.sets.test_restarting_sets import complete, is_posted, restart


async def until_fetched(bot, *made):
    while not await are_fetched(bot, [job.id for job in made]):
        continue


async def test_the_first_of_a_set_does_not_post_what_another_one_has_begun_to(bot):
    """Both are marked, as both may be there. The first one looked for a card of its own, and posted all again."""
    late, *others = made = await jobs_of(bot, await ladder(bot))
    await bot.do(put_off, late.id, bot.clock() + timedelta(minutes=25))
    bot.poster.unheard = 1
    async with bot.working():
        await until_fetched(bot, *others)
        bot.clock.move(seconds=LONGEST_WAIT.total_seconds() + 30)
        bot.heard.worker.wake()
        await bot.heard.until(lambda: is_posted(bot))
    bot.clock.move(milliseconds=1)
    await bot.do(put_off, late.id, bot.clock())
    again = await restart(bot)
    async with again.working():
        await until_fetched(again, late)
    bot.clock.move(seconds=5)
    again = await restart(again)
    await again.do(silence.look_first, bot.clock(), set())
    await complete(again, made)
    shown = [(posted.job_id, posted.post.positions) for posted in again.poster.posted]
    assert shown == [(others[0].id, (1, 2, 3)), (late.id, (0,))]
