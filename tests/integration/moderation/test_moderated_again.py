"""Again, on what moderators have hidden or removed: no way around what they have decided."""

import pytest

from bot.rules.refusals import Reason, Refused
from bot.rules.removals import Removal
from bot.storage.moderation import moderated_jobs
from bot.storage.remixes import families
from tests.integration.made_bot import asker, click_again
from tests.integration.made_storage import START


async def delivered(bot):
    job = await bot.remix(1)
    await bot.work(job.id)
    return job


async def test_ones_own_hidden_result_that_is_asked_for_again_stays_behind_a_spoiler(bot):
    job = await delivered(bot)
    await bot.do(lambda connection: moderated_jobs.set_hidden(connection, job.id, hidden=True))
    again = await bot.submit.submit_from(asker(job.user_id), click_again(job.id))
    assert again.job.behind_spoiler


@pytest.mark.parametrize("when", ["before", "while its picture is read"])
async def test_a_removed_result_is_not_made_again_even_if_its_picture_is_still_there(bot, monkeypatch, when):
    job = await delivered(bot)
    if when == "before":
        await bot.do(families.mark_removed, job.id, Removal.MODERATOR, START)
    else:
        get = bot.blobs.get

        def get_while_a_moderator_removes_it(name):
            bot.database.transaction_now(families.mark_removed, job.id, Removal.MODERATOR, START)
            return get(name)

        monkeypatch.setattr(bot.blobs, "get", get_while_a_moderator_removes_it)
    assert await bot.submit.submit_from(asker(2), click_again(job.id)) == Refused(Reason.PICTURE_GONE)
