"""Edit and Remix this: a new remix from an earlier one's source or result, through the same gate."""

import asyncio
from dataclasses import replace

import pytest

from bot.rules.origins import Origin
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RemixRequest
from bot.rules.removals import Removal
from bot.rules.resolutions import Resolution
from bot.storage.moderation import moderated_jobs
from bot.storage.remixes import families
from bot.use_cases.remixes.starting_points import Start
from tests.integration.made_bot import asker
from tests.integration.made_storage import START

NEW = RemixRequest("in oil", weight=80, speed=Speed.TURBO)


def edit(job, request=NEW, **changes):
    return Start(Origin.EDIT, job.id, request=request, **changes)


def of_result(job, request=NEW, **changes):
    return Start(Origin.RESULT, job.id, request=request, **changes)


def again(job):
    return Start(Origin.AGAIN, job.id)


def ladder(job):
    return Start(Origin.LADDER, job.id, speed=Speed.TURBO)


async def delivered(bot, user_id=1, **options):
    job = await bot.remix(user_id, **options)
    await bot.work(job.id)
    return await bot.job(job.id)


async def test_edit_sends_the_same_source_with_what_was_changed(bot):
    first = await delivered(bot, copyright_check=True)
    edited = (await bot.submit.submit_from(asker(2), edit(first))).job
    assert edited.request == replace(NEW, copyright_check=True)
    assert (edited.source_hash, edited.origin, edited.parent_id, edited.root_id) == (
        first.source_hash,
        Origin.EDIT,
        first.id,
        first.id,
    )
    assert edited.user_id == 2


async def test_several_edits_of_one_remix_can_be_open_at_once(bot):
    first = await delivered(bot)
    outcomes = [await bot.submit.submit_from(asker(2), edit(first)) for _ in range(2)]
    assert len({outcome.job.id for outcome in outcomes}) == 2


async def test_a_result_becomes_the_source_and_keeps_the_root(bot):
    first = await delivered(bot)
    second = (await bot.submit.submit_from(asker(2), of_result(first))).job
    assert second.source_hash != first.source_hash
    assert (second.origin, second.parent_id, second.parent_position, second.root_id) == (
        Origin.RESULT,
        first.id,
        0,
        first.id,
    )
    await bot.work(second.id)
    third = (await bot.submit.submit_from(asker(3), of_result(second))).job
    assert (third.parent_id, third.root_id) == (second.id, first.id)


@pytest.mark.parametrize("start", [edit, of_result, again, ladder])
async def test_what_cannot_be_built_on_is_refused(bot, start):
    first = await delivered(bot)
    await bot.do(lambda connection: moderated_jobs.set_hidden(connection, first.id, hidden=True))
    assert await bot.submit.submit_from(asker(2), start(first)) == Refused(Reason.RESULT_HIDDEN)
    await bot.do(families.mark_removed, first.id, Removal.MODERATOR, START)
    assert await bot.submit.submit_from(asker(2), start(first)) == Refused(Reason.PICTURE_GONE)


@pytest.mark.parametrize("start", [edit, of_result, again, ladder])
async def test_what_is_hidden_while_its_picture_is_read_is_refused_too(bot, monkeypatch, start):
    first = await delivered(bot)
    get = bot.blobs.get

    def get_while_a_moderator_hides_it(name):
        bot.database.transaction_now(lambda connection: moderated_jobs.set_hidden(connection, first.id, hidden=True))
        return get(name)

    monkeypatch.setattr(bot.blobs, "get", get_while_a_moderator_hides_it)
    assert await bot.submit.submit_from(asker(2), start(first)) == Refused(Reason.RESULT_HIDDEN)


async def test_authors_can_edit_their_own_hidden_remix_behind_a_spoiler(bot):
    first = await delivered(bot)
    await bot.do(lambda connection: moderated_jobs.set_hidden(connection, first.id, hidden=True))
    assert (await bot.submit.submit_from(asker(1), edit(first))).job.behind_spoiler


@pytest.mark.parametrize("start", [edit, of_result])
async def test_a_weight_with_another_shape_is_refused_before_money(bot, start):
    first = await delivered(bot)
    square = replace(NEW, resolution=Resolution(2048, 2048))
    assert await bot.submit.submit_from(asker(1), start(first, square)) == Refused(Reason.WEIGHT_WITH_OTHER_SHAPE)


async def test_a_private_button_is_for_the_author_alone(bot):
    first = await delivered(bot)
    assert await bot.submit.submit_from(asker(2), edit(first, is_private=True)) == Refused(Reason.PICTURE_GONE)
    await bot.submit.submit_from(asker(1), edit(first, is_private=True))


async def test_a_message_that_shows_another_remix_starts_nothing(bot):
    first, second = await delivered(bot), await delivered(bot)
    (post,) = await bot.posts(second.id)
    for start in (edit, of_result):
        refused = await bot.submit.submit_from(asker(1), start(first, message_id=post.message_id))
        assert refused == Refused(Reason.PICTURE_GONE)


async def test_an_interaction_that_arrives_twice_queues_once(bot):
    first = await delivered(bot)
    asked = asker(2)
    outcomes = await asyncio.gather(*(bot.submit.submit_from(asked, edit(first)) for _ in range(2)))
    assert len({outcome.job.id for outcome in outcomes}) == 1
