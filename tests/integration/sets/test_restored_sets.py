"""A restored set whose card may be in the channel: the job that began to post it finds it, and no other posts it."""

from bot.storage.restores import silence
from tests.integration.sets.test_ladders import jobs_of, ladder
from tests.integration.sets.test_restarting_sets import complete, restart, restarted_with_a_late_picture


async def test_the_first_of_a_set_does_not_post_what_another_one_has_begun_to(bot):
    """Both are marked, as both may be there. The first one looked for a card of its own, and posted all again."""
    late, *others = made = await jobs_of(bot, await ladder(bot))
    again = await restarted_with_a_late_picture(bot, made, late)
    bot.clock.move(seconds=5)
    again = await restart(again)
    await again.do(silence.look_first, bot.clock(), set())
    await complete(again, made)
    shown = [(posted.job_id, posted.post.positions) for posted in again.poster.posted]
    assert shown == [(others[0].id, (1, 2, 3)), (late.id, (0,))]
