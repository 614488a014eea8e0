"""The lists themselves: their room, undoing, what a failing store does to them, and what forget-me leaves."""

from functools import partial

import pytest

from bot.rules.picture_memory import ListedBecause
from bot.rules.policy_problems import Problems
from bot.rules.refusals import Reason, Refused
from bot.storage.engine.blobs.store import BlobMissingError, BlobsAwayError
from bot.storage.standing import pictures
from bot.storage.standing.pictures import NewPicture
from bot.use_cases.moderation.pictures.picture_list import list_picture, list_results, read_pictures, take_off
from bot.use_cases.moderation.pictures.try_picture import try_picture
from bot.use_cases.moderation.remove_result import remove_result
from bot.use_cases.moderation.undo_case import NotUndone, Undone, undo_case
from bot.use_cases.pictures.make_prints import MakePrints
from bot.use_cases.privacy.erase import Erase
from bot.use_cases.remixes.submit_remix import Accepted
from bot.use_cases.server_policy.change_policy import undo_policy_change
from tests.integration.made_bot import picture
from tests.integration.picture_memory.test_remembering import (
    ACTING,
    BEN,
    MIA,
    REMEMBERED,
    SERVER,
    horse,
    make,
    remove,
    send,
)
from tests.integration.privacy.test_erasing import Discord
from tests.unit.images.made_pictures import photo


def new(name, because=ListedBecause.ADDED):
    return NewPicture(name, because, prints=b"")


async def names(bot, guild_id=SERVER):
    return [each.hash for each in await bot.do(pictures.newest, guild_id, 100)]


async def undo(bot, number):
    return await undo_case(bot.core, ACTING, number, partial(undo_policy_change, bounds=None))


@pytest.fixture
def room(monkeypatch):
    monkeypatch.setattr("bot.storage.standing.pictures.MOST_LISTED", 3)


@pytest.mark.usefixtures("room")
async def test_the_oldest_make_room_and_what_was_taken_off_goes_first(bot):
    for name in ("a", "b", "c"):
        await bot.do(pictures.add, SERVER, [new(name)], None, bot.clock())
        bot.clock.move(seconds=1)
    second = next(each.number for each in await bot.do(pictures.newest, SERVER, 9) if each.hash == "b")
    await bot.do(pictures.take_off, SERVER, [second])
    await bot.do(pictures.add, SERVER, [new("d")], None, bot.clock())
    assert await names(bot) == ["d", "c", "a"]
    bot.clock.move(seconds=1)
    await bot.do(pictures.add, SERVER, [new("e")], None, bot.clock())
    assert await names(bot) == ["e", "d", "c"]
    # Other lists have room of their own.
    await bot.do(pictures.add, 12, [new("a")], None, bot.clock())
    assert await names(bot, 12) == ["a"]


async def test_listing_and_taking_off_are_cases_that_can_be_undone(bot):
    case = await list_picture(bot.core, bot.rules, ACTING, horse())
    assert await send(bot, horse(mirrored=True)) == REMEMBERED
    assert isinstance(await undo(bot, case.number), Undone)
    assert isinstance(await send(bot, horse()), Accepted)
    # And the undoing too.
    again = await undo(bot, 2)
    assert isinstance(again, Undone)
    assert await send(bot, horse(mirrored=True)) == REMEMBERED
    assert await undo(bot, case.number) is NotUndone.DONE_BEFORE
    ((listed, listed_by),) = (await read_pictures(bot.core, SERVER, 9)).shown
    assert listed_by.number == case.number
    off = await take_off(bot.core, ACTING, listed.number)
    assert await take_off(bot.core, ACTING, listed.number) is None
    assert isinstance(await undo(bot, off.number), Undone)
    assert await send(bot, horse(mirrored=True)) == REMEMBERED


async def test_what_a_removal_has_listed_since_stays_when_an_older_listing_is_undone(bot):
    job = await make(bot, horse())
    case = await list_results(bot.core, ACTING, job)
    bot.clock.move(seconds=1)
    await remove(bot, job)
    assert isinstance(await undo(bot, case.number), Problems)
    assert len(await names(bot)) == 2


async def test_the_pictures_of_a_remix_are_listed_and_none_once_they_are_no_longer_kept(bot):
    job = await make(bot, horse())
    await list_results(bot.core, ACTING, job)
    await MakePrints(bot.core).look()
    ((listed, _),) = (await read_pictures(bot.core, SERVER, 9)).shown
    assert (listed.because, listed.job_id, listed.has_prints) == (ListedBecause.ADDED, job.id, True)
    await remove_result(bot.core, ACTING, job.id)
    assert await list_results(bot.core, ACTING, await bot.job(job.id)) is None


async def test_trying_a_picture_names_the_entry_and_records_nothing(bot):
    job = await make(bot, horse())
    await remove(bot, job)
    before = await bot.do(pictures.version, SERVER)
    tried = await try_picture(bot.core, bot.rules, ACTING, horse(mirrored=True))
    assert tried.refused == REMEMBERED
    found = tried.found[0]
    assert (found.listed.because, found.listed.job_id, found.case.number) == (ListedBecause.REMOVED_SOURCE, job.id, 1)
    other = await try_picture(bot.core, bot.rules, ACTING, photo("heather.webp"))
    assert (other.refused, other.found, other.has_prints) == (None, [], True)
    flat = await try_picture(bot.core, bot.rules, ACTING, picture(3))
    assert (flat.refused, flat.has_prints) == (None, False)
    assert await try_picture(bot.core, bot.rules, ACTING, b"no picture") == Refused(Reason.PICTURE_UNSUPPORTED)
    assert await bot.do(pictures.version, SERVER) == before


async def test_while_the_store_is_away_the_same_file_is_refused_and_the_rest_follows(bot, monkeypatch):
    job = await make(bot, horse())
    await remove_result(bot.core, ACTING, job.id)
    with monkeypatch.context() as away:
        away.setattr(bot.core.blobs, "get", raising(BlobsAwayError("away")))
        await MakePrints(bot.core).look()
    assert await send(bot, horse(), BEN) == REMEMBERED
    assert isinstance(await send(bot, horse(mirrored=True), BEN), Accepted)
    await MakePrints(bot.core).look()
    assert await send(bot, horse(mirrored=True), BEN) == REMEMBERED


def raising(error):
    def get(_name):
        raise error

    return get


async def test_one_file_that_cannot_be_read_does_not_keep_the_others_from_their_fingerprints(bot, monkeypatch):
    job = await make(bot, horse())
    await remove_result(bot.core, ACTING, job.id)
    first, second = await bot.do(pictures.without_prints, 9)
    get = bot.core.blobs.get
    monkeypatch.setattr(
        bot.core.blobs, "get", lambda name: raising(PermissionError())(name) if name == first else get(name)
    )
    await MakePrints(bot.core).look()
    assert await bot.do(pictures.without_prints, 9) == [first]
    assert first < second


async def test_a_file_that_is_gone_or_damaged_is_listed_by_its_name_alone(bot, monkeypatch):
    job = await make(bot, horse())
    await remove_result(bot.core, ACTING, job.id)
    monkeypatch.setattr(bot.core.blobs, "get", raising(BlobMissingError))
    await MakePrints(bot.core).look()
    assert [each.has_prints for each in await bot.do(pictures.newest, SERVER, 9)] == [False, False]
    assert await bot.do(pictures.without_prints, 9) == []


async def test_forget_me_leaves_the_fingerprints_and_nothing_that_leads_to_the_person(bot):
    job = await make(bot, horse())
    await remove(bot, job)
    erase = Erase(bot.core, Discord())
    await erase.ask(MIA)
    await erase.all_due()
    left = await bot.do(pictures.newest, SERVER, 9)
    assert [each.job_id for each in left] == [None, None]
    assert await send(bot, horse(mirrored=True), BEN) == REMEMBERED
