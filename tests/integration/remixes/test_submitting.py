"""What is accepted is stored whole; what is refused leaves nothing behind."""

import asyncio
import errno
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.rules.estimates import Estimate, Readiness
from bot.rules.failures import ProviderProblem
from bot.rules.limits import Limits
from bot.rules.refusals import Reason, Refused
from bot.rules.resolutions import Resolution
from bot.storage.remixes import holds, queue_facts, retention
from bot.use_cases.remixes.cancel_remix import cancel_remix
from bot.use_cases.remixes.submit_remix import Accepted
from tests.integration.made_bot import RULES, asker, click_again, picture
from tests.integration.made_storage import START

MINUTE = Limits(cooldown=timedelta(minutes=1), waiting_per_person=3, waiting=5, shared=False)


def with_limits(limits):
    return replace(RULES, limits=limits)


def count(connection):
    tables = ("jobs", "reservations", "cooldowns", "job_events")
    return [connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) for name in tables]  # noqa: S608 - our tables


async def test_an_accepted_remix_has_its_row_its_money_its_cooldown_and_its_picture(bot):
    accepted = await bot.ask(7, weight=60, prompt="a fox")
    assert isinstance(accepted, Accepted)
    job = accepted.job
    assert (job.user_id, job.request.weight, job.prompt, job.queue_until) == (
        7,
        60,
        "a fox",
        START + timedelta(hours=1),
    )
    status = await bot.statuses.of(job.id)
    assert status.place == queue_facts.Place(0, Estimate(Readiness.UNMEASURED))
    assert await bot.money(job.id) == ("reserved", None)
    assert await bot.cooldown(7) == START
    assert bot.blobs.get(job.source_hash) == picture(7)
    assert bot.heard.changed == [job.id]


async def test_an_interaction_that_discord_delivers_twice_is_one_job(bot):
    bot.use_rules(with_limits(replace(MINUTE, waiting_per_person=1)))
    outcomes = await asyncio.gather(*(bot.ask(1, interaction_id=555) for _ in range(3)))
    assert len({outcome.job.id for outcome in outcomes}) == 1
    assert await bot.do(count) == [1, 1, 1, 1]


async def test_of_many_at_once_no_more_than_the_limit_get_in(bot):
    bot.use_rules(with_limits(replace(MINUTE, cooldown=timedelta(0))))
    outcomes = await asyncio.gather(*(bot.ask(1) for _ in range(8)))
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert refused == [Refused(Reason.PERSON_QUEUE_FULL, limit=3)] * 5
    assert await bot.do(count) == [3, 3, 1, 3]
    outcomes = await asyncio.gather(*(bot.ask(user_id) for user_id in range(2, 7)))
    assert outcomes.count(Refused(Reason.QUEUE_FULL, limit=5)) == 3


async def test_a_cooldown_is_for_a_person_in_a_server(bot):
    bot.use_rules(with_limits(MINUTE))
    await bot.remix(1)
    assert await bot.ask(1) == Refused(Reason.COOLDOWN, until=START + timedelta(minutes=1))
    await bot.remix(1, guild_id=12)
    await bot.remix(2)
    bot.clock.move(minutes=1)
    await bot.remix(1)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"weight": 50, "resolution": Resolution(2048, 2048)}, Reason.WEIGHT_WITH_OTHER_SHAPE),
        ({"shade": -1}, Reason.PICTURE_UNSUPPORTED),
    ],
)
async def test_what_is_wrong_with_the_picture_leaves_nothing_behind(bot, monkeypatch, options, reason):
    if options.get("shade") == -1:
        monkeypatch.setattr("tests.integration.made_bot.picture", lambda _shade: b"shopping list")
    outcome = await bot.ask(1, **options)
    assert outcome.reason is reason
    assert await bot.do(count) == [0, 0, 0, 0]
    assert bot.heard.changed == []


async def test_a_held_queue_takes_nothing_new(bot):
    await bot.do(holds.place, ProviderProblem.KEY_REJECTED, START)
    assert await bot.ask() == Refused(Reason.SERVICE_PAUSED)
    assert (await bot.submit.look(asker(), None)).refused == Refused(Reason.SERVICE_PAUSED)
    await bot.do(holds.lift)
    await bot.remix()


async def test_a_bot_that_is_stopping_takes_nothing_new(bot):
    bot.submit.stop()
    assert await bot.ask() == Refused(Reason.BOT_STOPPING)


async def test_a_disk_that_is_nearly_full_takes_nothing_new(bot):
    bot.free_bytes = RULES.min_free_bytes - 1
    assert await bot.ask() == Refused(Reason.DISK_FULL)
    bot.free_bytes = RULES.min_free_bytes
    await bot.remix()


async def test_a_picture_that_cannot_be_written_is_refused(bot, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert await bot.ask() == Refused(Reason.DISK_FULL)
    assert await bot.do(count) == [0, 0, 0, 0]


async def test_a_database_that_cannot_be_written_is_refused(bot):
    await asyncio.to_thread(bot.database.close)
    assert await bot.ask() == Refused(Reason.DISK_FULL)
    assert (await bot.submit.look(asker(), None)).refused == Refused(Reason.DISK_FULL)


async def test_again_repeats_the_inputs_for_whoever_asks_one_open_at_a_time(bot):
    first = await bot.remix(1, weight=60)
    again = await bot.submit.submit_from(asker(2), click_again(first.id))
    assert (again.job.request, again.job.user_id, again.job.parent_id) == (first.request, 2, first.id)
    assert again.job.source_hash == first.source_hash
    assert await bot.submit.submit_from(asker(2), click_again(first.id)) == Refused(Reason.AGAIN_ALREADY_OPEN)
    await bot.submit.submit_from(asker(3), click_again(first.id))
    await cancel_remix(bot.core, again.job.id, 2)
    assert isinstance(await bot.submit.submit_from(asker(2), click_again(first.id)), Accepted)


async def test_two_clicks_on_again_at_once_make_one_job(bot):
    first = await bot.remix(1)
    outcomes = await asyncio.gather(*(bot.submit.submit_from(asker(2), click_again(first.id)) for _ in range(4)))
    assert outcomes.count(Refused(Reason.AGAIN_ALREADY_OPEN)) == 3


async def test_again_goes_through_the_same_gate(bot):
    first = await bot.remix(1)
    bot.use_rules(with_limits(MINUTE))
    assert (await bot.submit.submit_from(asker(1), click_again(first.id))).reason is Reason.COOLDOWN


@pytest.mark.parametrize("lost", ["forgotten", "deleted", "damaged", "elsewhere", "never"])
async def test_again_needs_the_picture_and_the_server(bot, lost):
    first = await bot.remix(1)
    if lost == "forgotten":
        await bot.do(retention.forget_job, first.id)
    elif lost == "deleted":
        bot.blobs.path(first.source_hash).unlink()
    elif lost == "damaged":
        bot.blobs.path(first.source_hash).write_bytes(b"x")
    asked = asker(2, guild_id=12 if lost == "elsewhere" else 11)
    number = first.id + 1 if lost == "never" else first.id
    assert await bot.submit.submit_from(asked, click_again(number)) == Refused(Reason.PICTURE_GONE)
    assert await bot.do(count) == [1, 1, 1, 1]


async def test_again_on_a_disk_that_cannot_be_read_is_refused_kindly(bot, monkeypatch):
    def broken(_hash):
        raise OSError(5, "Input/output error")

    first = await bot.remix(1)
    monkeypatch.setattr(bot.blobs, "get", broken)
    assert await bot.submit.submit_from(asker(2), click_again(first.id)) == Refused(Reason.DISK_FULL)
