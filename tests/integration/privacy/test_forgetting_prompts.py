"""Prompts, channels and events go after their time. Money stays, and the audit stays clean."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.rules.job_states import JobState
from bot.rules.policies import Policy
from bot.rules.refusals import Reason, Refused
from bot.storage.engine.tables.remixes import job_events, jobs, ledger_entries
from bot.storage.privacy import forgetting
from bot.storage.standing import policies
from bot.use_cases.operator.audit_ledger import audit
from bot.use_cases.privacy.forget_prompts import forget_prompts
from bot.worker.housekeeping import Housekeeping
from tests.integration.made_bot import asker, click_again
from tests.integration.made_storage import START, add_job, walk

KEEP = timedelta(days=90)
MADE = (JobState.GENERATING, JobState.GENERATED, JobState.DELIVERED)


async def events_of(core, job_id):
    query = sa.select(sa.func.count()).select_from(job_events).where(job_events.c.job_id == job_id)
    return await core.database.transaction(lambda connection: connection.scalar(query))


async def made(bot):
    job = await bot.remix(prompt="a very private heron")
    await bot.work(job.id)
    return job


async def test_an_old_remix_keeps_its_money_and_nothing_else(bot):
    job = await made(bot)
    before = await bot.money(job.id)
    bot.clock.move(days=91)
    await Housekeeping(bot.core, keep_pictures=KEEP, keep_prompts=KEEP).once(forget=True)

    old = await bot.job(job.id)
    assert (old.prompt, old.channel_id, old.reply_token) == ("", 0, None)
    assert old.interaction_id == -job.id
    assert await events_of(bot.core, job.id) == 0
    assert await bot.money(job.id) == before
    assert await bot.do(lambda c: c.scalar(sa.select(sa.func.count()).select_from(ledger_entries))) > 0
    assert (await bot.do(audit)).violations == []


async def test_a_younger_remix_is_left_alone(bot):
    job = await made(bot)
    bot.clock.move(days=89)
    assert await forget_prompts(bot.core, KEEP) == 0
    assert (await bot.job(job.id)).prompt == "a very private heron"


async def test_a_server_can_choose_fewer_days_but_not_more(bot):
    job = await made(bot)
    await bot.do(policies.write, 11, Policy(keep_prompts_days=7))
    bot.clock.move(days=8)
    assert await forget_prompts(bot.core, KEEP) == 1
    assert (await bot.job(job.id)).prompt == ""

    second = await made(bot)
    await bot.do(policies.write, 11, Policy(keep_prompts_days=365))
    bot.clock.move(days=91)
    assert await forget_prompts(bot.core, KEEP) == 1
    assert (await bot.job(second.id)).prompt == ""


async def test_what_is_not_finished_keeps_its_prompt(bot):
    job = await bot.do(add_job)
    bot.clock.move(days=400)
    assert await forget_prompts(bot.core, KEEP) == 0
    assert (await bot.job(job.id)).prompt == "a fox"


async def test_a_post_that_still_stands_can_be_deleted_by_its_author(bot):
    job = await made(bot)
    bot.clock.move(days=91)
    await forget_prompts(bot.core, KEEP)
    assert len(await bot.posts(job.id)) == 1


async def test_again_on_a_remix_without_a_prompt_is_refused_kindly(bot):
    job = await made(bot)
    bot.clock.move(days=91)
    await forget_prompts(bot.core, KEEP)
    assert (await bot.job(job.id)).source_hash is not None
    assert await bot.submit.submit_from(asker(1), click_again(job.id)) == Refused(Reason.PICTURE_GONE)


def steps_of(connection, function, *args):
    """What it returns, and how many instructions of SQLite's virtual machine it took."""
    hundreds = []
    driver = connection.connection.driver_connection
    driver.set_progress_handler(lambda: hundreds.append(None), 100)
    try:
        return function(connection, *args), 100 * len(hundreds)
    finally:
        driver.set_progress_handler(None, 0)


@pytest.mark.sqlite_only  # there is no one writer elsewhere
def test_however_many_remixes_there_are_the_writer_is_not_kept_busy(database):
    def fill(connection):
        job = walk(connection, add_job(connection), *MADE)
        names = [column.name for column in jobs.c if column.name not in {"id", "interaction_id", "guild_id"}]
        copied = ", ".join(names)
        numbers = "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 30009)"
        connection.exec_driver_sql(
            f"{numbers} INSERT INTO jobs (id, interaction_id, guild_id, {copied})"  # noqa: S608 - our own column names
            f" SELECT n.i, -n.i, n.i % 50 + 20, {copied} FROM n, jobs WHERE jobs.id = {job.id}"
        )
        connection.exec_driver_sql(
            "INSERT INTO job_events (job_id, at, to_state, cause) SELECT id, 0, 'queued', 'test' FROM jobs"
        )

    def forget(guild_id):
        return database.transaction_now(steps_of, forgetting.forget_finished, guild_id, START + KEEP, START + KEEP, 50)

    database.transaction_now(fill)
    found, looked = database.transaction_now(steps_of, forgetting.remembered_servers)
    assert len(found) == 51
    # To look at each of the 30,000 takes several instructions each.
    assert looked < 30_000
    batches = [forget(guild_id) for guild_id in found[-5:] for _ in range(12)]
    assert [forgotten for forgotten, _ in batches] == [50] * 60
    assert max(steps for _, steps in batches) < 30_000
