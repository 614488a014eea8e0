"""Pictures that moderators removed are recognised: as sources, while a remix waits, and before a result is posted."""

from functools import cache
from io import BytesIO

import pytest
from PIL import Image

from bot.demo.ideogram_stand_in.dials import Fault
from bot.discord_app.remixes.waiting_words import HELD_BACK_PICTURE, not_posted
from bot.discord_app.server_log.words import LISTED_PICTURE, entry
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.log_kinds import LogKind
from bot.rules.origins import Origin
from bot.rules.picture_memory import ListedBecause, PictureMemory
from bot.rules.policies import Policy
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RemixRequest
from bot.rules.reviews import ReviewReason
from bot.storage.engine.blobs.store import BlobsAwayError
from bot.storage.server_log import log_entries
from bot.storage.standing import pictures, policies
from bot.storage.standing.pictures import EVERYWHERE, NewPicture
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.remove_result import Purge, remove_result
from bot.use_cases.pictures.make_prints import MakePrints
from bot.use_cases.purges.second_moderator import purge_or_ask
from bot.use_cases.remixes.expiry import delete_unneeded, sweep_pictures
from bot.use_cases.remixes.sets.pick import Pick
from bot.use_cases.remixes.starting_points import Start
from bot.use_cases.remixes.submit_remix import Accepted
from bot.use_cases.removal.delete_result import delete_result
from bot.use_cases.server_log.log_facts import HeldBack
from tests.integration.made_bot import asker, click_again, picture
from tests.integration.remixes.test_letting_go import age_files, on_disk
from tests.unit.images.made_pictures import photo

SERVER, MODERATOR, MIA, BEN = 11, 4, 1, 2
ACTING = Acting(SERVER, MODERATOR)
REMEMBERED, BANNED = Refused(Reason.PICTURE_REMEMBERED), Refused(Reason.PICTURE_BANNED)
LIKE_ITS_SOURCE = 100


@cache
def horse(*, mirrored=False, quality=90):
    """The same photo, as several files."""
    with Image.open(BytesIO(photo("horse.png"))) as file:
        image = file.convert("RGB")
    image.thumbnail((200, 200))
    if mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


async def send(bot, source, user_id=MIA, **options):
    request = RemixRequest(**{"prompt": "a fox", "speed": Speed.TURBO, **options})
    return await bot.submit.submit(asker(user_id), request, source, spoiler=False)


async def make(bot, source, user_id=MIA, **options):
    accepted = await send(bot, source, user_id, **options)
    assert isinstance(accepted, Accepted), accepted
    await bot.work(accepted.job.id)
    return await bot.job(accepted.job.id)


async def go_on(bot, job, origin, user_id=BEN, *, work=True):
    request = None if origin is Origin.AGAIN else RemixRequest("a castle", speed=Speed.TURBO)
    accepted = await bot.submit.submit_from(asker(user_id), Start(origin, job.id, request=request))
    if work:
        await bot.work(accepted.job.id)
    return await bot.job(accepted.job.id)


async def remove(bot, job):
    await remove_result(bot.core, ACTING, job.id)
    await MakePrints(bot.core).look()


async def ban(bot, source, guild_id=EVERYWHERE):
    prints = await bot.core.pictures.prints(source, None, keep=True)
    new = NewPicture("not the name of this file", ListedBecause.ADDED, prints=prints)
    await bot.do(pictures.add, guild_id, [new], None, bot.clock())


async def listed(bot, guild_id=SERVER):
    return {(each.because, each.job_id) for each in await bot.do(pictures.newest, guild_id, 100)}


async def is_in_review(bot, job):
    now = await bot.job(job.id)
    shown = [posted for posted in bot.poster.posted if posted.job_id == job.id]
    return (now.state, now.review, shown) == (JobState.IN_REVIEW, ReviewReason.PICTURE, [])


async def is_kept(bot, job):
    now = await bot.job(job.id)
    shown = [posted for posted in bot.poster.posted if posted.job_id == job.id]
    return (now.state, now.due_at, now.lease, shown) == (JobState.GENERATED, None, None, [])


async def test_a_removed_source_is_refused_from_everybody_as_it_is_and_changed(bot):
    job = await make(bot, horse())
    assert isinstance(await send(bot, horse(), BEN), Accepted)
    await remove(bot, job)
    for source in (horse(), horse(quality=40), horse(mirrored=True)):
        assert await send(bot, source, BEN) == REMEMBERED
    assert isinstance(await send(bot, photo("heather.webp"), BEN), Accepted)


async def test_a_removed_result_is_refused_as_a_source(bot):
    job = await make(bot, horse())
    (result,) = await bot.results(job.id)
    made = bot.core.blobs.get(result.hash)
    await remove(bot, job)
    assert await send(bot, made, BEN) == REMEMBERED
    assert await listed(bot) == {(ListedBecause.REMOVED_RESULT, job.id), (ListedBecause.REMOVED_SOURCE, job.id)}


async def test_without_a_list_nothing_is_looked_up_before_each_step_of_a_remix(bot, monkeypatch):
    await make(bot, picture(1))
    looked = []
    monkeypatch.setattr(bot.core.listed_pictures, "_look", lambda *asked: looked.append(asked))
    job = await make(bot, picture(2))
    assert looked == []
    monkeypatch.undo()
    await remove_result(bot.core, ACTING, job.id)
    assert await send(bot, picture(2), BEN) == REMEMBERED


async def test_the_same_file_is_refused_before_its_fingerprints_are_made(bot):
    """And a picture with too little in it for fingerprints is known by its file alone."""
    job = await make(bot, picture(7))
    await remove_result(bot.core, ACTING, job.id)
    assert await send(bot, picture(7), BEN) == REMEMBERED
    await MakePrints(bot.core).look()
    assert await send(bot, picture(7), BEN) == REMEMBERED
    assert isinstance(await send(bot, picture(8), BEN), Accepted)


async def test_its_file_stays_until_the_fingerprints_are_made_and_then_goes(bot):
    job = await make(bot, horse())
    await remove_result(bot.core, ACTING, job.id)
    age_files(bot)
    await sweep_pictures(bot.core)
    assert job.source_hash in on_disk(bot)
    await MakePrints(bot.core).look()
    await sweep_pictures(bot.core)
    assert on_disk(bot) == set()
    assert await send(bot, horse(mirrored=True), BEN) == REMEMBERED


async def test_a_refused_source_is_not_kept(bot):
    await ban(bot, horse())
    assert await send(bot, horse()) == BANNED
    age_files(bot)
    bot.clock.move(hours=1)
    await delete_unneeded(bot.core)
    assert on_disk(bot) == set()


@pytest.mark.parametrize("memory", [PictureMemory.OFF, PictureMemory.STRICT])
async def test_the_distance_is_the_servers(bot, memory):
    await bot.do(policies.write, SERVER, Policy(picture_memory=memory))
    job = await make(bot, horse())
    await remove(bot, job)
    refused = await send(bot, horse(quality=60), BEN)
    assert isinstance(refused, Accepted) if memory is PictureMemory.OFF else refused == REMEMBERED
    assert bool(await listed(bot)) == (memory is not PictureMemory.OFF)


async def test_the_operators_list_holds_in_all_servers_whatever_they_have_set(bot):
    await bot.do(policies.write, SERVER, Policy(picture_memory=PictureMemory.OFF))
    await ban(bot, horse())
    assert await send(bot, horse(mirrored=True)) == BANNED


async def test_a_list_of_another_server_means_nothing_here(bot):
    await ban(bot, horse(), guild_id=12)
    assert isinstance(await send(bot, horse()), Accepted)


async def test_deleting_ones_own_remix_puts_nothing_on_the_list(bot):
    job = await make(bot, horse())
    (post,) = await bot.posts(job.id)
    await delete_result(bot.core, job.id, (22, post.message_id), MIA, keep=None)
    assert (await bot.job(job.id)).removed_at
    assert await listed(bot) == set()


async def test_a_members_photo_is_not_listed_because_of_what_somebody_else_made_of_it(bot):
    job = await make(bot, horse())
    edit = await go_on(bot, job, Origin.EDIT)
    of_result = await go_on(bot, edit, Origin.RESULT)
    await remove(bot, of_result)
    assert await listed(bot) == {(ListedBecause.REMOVED_RESULT, of_result.id)}
    await remove(bot, edit)
    made = {(ListedBecause.REMOVED_RESULT, each.id) for each in (of_result, edit)}
    assert await listed(bot) == made
    await remove(bot, job)
    assert (ListedBecause.REMOVED_SOURCE, job.id) in await listed(bot)


async def test_a_purge_lists_what_it_removes(bot):
    job = await make(bot, horse())
    await purge_or_ask(bot.core, ACTING, Purge(MIA, 10))
    assert await listed(bot) == {(ListedBecause.REMOVED_RESULT, job.id), (ListedBecause.REMOVED_SOURCE, job.id)}


async def test_a_source_that_ideogram_refuses_as_unsafe_is_refused_from_then_on(bot):
    bot.stand_in.dials.fail = [Fault.PICTURE_UNSAFE]
    job = await make(bot, horse())
    assert job.failure_kind is FailureKind.PICTURE_UNSAFE
    await MakePrints(bot.core).look()
    assert await listed(bot) == {(ListedBecause.UNSAFE, job.id)}
    assert await send(bot, horse(mirrored=True), BEN) == REMEMBERED


async def test_a_picture_that_is_listed_while_a_remix_waits_ends_it_free_of_charge(bot):
    accepted = await send(bot, horse())
    await ban(bot, horse(mirrored=True), guild_id=SERVER)
    await bot.work(accepted.job.id)
    over = await bot.job(accepted.job.id)
    assert (over.failure_kind, bot.calls) == (FailureKind.PICTURE_NOT_ALLOWED, 0)
    assert (await bot.money(over.id), await bot.cooldown()) == (("released", None), None)


async def test_a_source_that_is_listed_while_it_is_made_keeps_the_result_for_its_author(bot):
    await bot.do(policies.write, SERVER, Policy(log_channel=7))
    accepted = await send(bot, horse())
    bot.stand_in.dials.latency_s = 0.2
    async with bot.working():
        await bot.stand_in.until_running(1)
        await ban(bot, horse(), guild_id=SERVER)
    await bot.work(accepted.job.id)
    assert await is_in_review(bot, accepted.job)
    kinds = [each.kind for each in await bot.do(log_entries.take, SERVER, bot.clock(), 100)]
    assert LogKind.MATTER in kinds


async def test_a_result_like_one_of_the_operators_list_is_kept_and_no_moderator_decides(bot):
    await bot.do(policies.write, SERVER, Policy(log_channel=7))
    accepted = await send(bot, horse())
    bot.stand_in.dials.latency_s = 0.2
    async with bot.working():
        await bot.stand_in.until_running(1)
        await ban(bot, horse())
    await bot.work(accepted.job.id)
    assert await is_kept(bot, accepted.job)
    kinds = [each.kind for each in await bot.do(log_entries.take, SERVER, bot.clock(), 100)]
    assert LogKind.HELD_BACK in kinds
    kept = await bot.job(accepted.job.id)
    assert not_posted(kept) == HELD_BACK_PICTURE
    assert LISTED_PICTURE in entry(HeldBack(kept))


async def test_a_result_like_a_removed_picture_is_not_posted(bot):
    """With a high weight, the result looks like the source, which was changed until nothing recognised it."""
    before = await make(bot, horse(), weight=LIKE_ITS_SOURCE)
    (result,) = await bot.results(before.id)
    await ban(bot, bot.core.blobs.get(result.hash), guild_id=SERVER)
    await bot.do(policies.write, SERVER, Policy(picture_memory=PictureMemory.OFF))
    accepted = await send(bot, horse(), BEN, weight=LIKE_ITS_SOURCE)
    assert isinstance(accepted, Accepted)
    bot.stand_in.dials.latency_s = 0.2
    async with bot.working():
        await bot.stand_in.until_running(1)
        await bot.do(policies.write, SERVER, Policy(picture_memory=PictureMemory.NEAR))
    await bot.work(accepted.job.id)
    assert await is_in_review(bot, accepted.job)


async def test_going_on_from_an_earlier_remix_is_asked_too(bot):
    job = await make(bot, horse())
    await ban(bot, horse(mirrored=True), guild_id=SERVER)
    assert await bot.submit.submit_from(asker(BEN), click_again(job.id)) == REMEMBERED
    edit = Start(Origin.EDIT, job.id, request=RemixRequest("a castle", speed=Speed.TURBO))
    assert await bot.submit.submit_from(asker(BEN), edit) == REMEMBERED
    (result,) = await bot.results(job.id)
    await ban(bot, bot.core.blobs.get(result.hash))
    this = Start(Origin.RESULT, job.id, request=RemixRequest("a castle", speed=Speed.TURBO))
    assert await bot.submit.submit_from(asker(BEN), this) == BANNED


async def test_a_picture_of_a_grid_is_asked_about_before_it_is_posted_alone(bot):
    job = await make(bot, horse())
    (post,) = await bot.posts(job.id)
    (result,) = await bot.results(job.id)
    await ban(bot, bot.core.blobs.get(result.hash))
    picked = await bot.remixes.picks.pick(asker(), Pick(job.id, post.message_id, 0, is_moderator=False))
    assert picked == BANNED


async def test_another_start_knows_the_list_too(bot):
    accepted = await send(bot, horse())
    await ban(bot, horse(), guild_id=SERVER)
    again = await bot.start_again()
    await again.work(accepted.job.id)
    assert (await again.job(accepted.job.id)).failure_kind is FailureKind.PICTURE_NOT_ALLOWED
    assert await send(again, horse(), BEN) == REMEMBERED


async def test_what_is_taken_off_the_list_is_allowed_again(bot):
    await ban(bot, horse(), guild_id=SERVER)
    assert await send(bot, horse()) == REMEMBERED
    (entry,) = await bot.do(pictures.newest, SERVER, 10)
    assert await bot.do(pictures.take_off, SERVER, [entry.number]) == [entry.number]
    assert isinstance(await send(bot, horse()), Accepted)


async def test_a_result_that_was_just_fetched_is_compared_without_asking_the_store_for_it(bot, monkeypatch):
    await ban(bot, photo("heather.webp"))
    accepted = await send(bot, horse())
    read, get = [], bot.core.blobs.get
    monkeypatch.setattr(bot.core.blobs, "get", lambda name: read.append(name) or get(name))
    await bot.work(accepted.job.id)
    (result,) = await bot.results(accepted.job.id)
    assert (await bot.job(accepted.job.id)).state is JobState.DELIVERED
    assert result.hash not in read


async def test_while_the_store_is_away_a_result_waits_until_its_source_can_be_compared(bot, monkeypatch):
    accepted = await send(bot, horse())
    bot.stand_in.dials.latency_s = 0.2
    get = bot.core.blobs.get

    def away(name):
        if name == accepted.job.source_hash:
            raise BlobsAwayError("away")
        return get(name)

    async with bot.working():
        await bot.stand_in.until_running(1)
        await ban(bot, photo("heather.webp"))
        bot.core.listed_pictures._prints.clear()
        monkeypatch.setattr(bot.core.blobs, "get", away)
    waits = await bot.job(accepted.job.id)
    assert (waits.state, waits.lease, bot.poster.posted) == (JobState.GENERATED, None, [])
    assert waits.due_at is not None
    monkeypatch.setattr(bot.core.blobs, "get", get)
    bot.clock.move(minutes=5)
    await bot.work(accepted.job.id)
    assert (await bot.job(accepted.job.id)).state is JobState.DELIVERED
