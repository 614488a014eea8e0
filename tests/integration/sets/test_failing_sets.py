"""A ladder that fails is one failure for its author and moderators, and holds nobody else up."""

import asyncio

import sqlalchemy as sa

from bot.demo.ideogram_stand_in import Fault
from bot.rules.job_states import JobState
from bot.rules.log_kinds import LogKind
from bot.rules.policies import Policy
from bot.rules.strikes import StrikeKind
from bot.storage.engine.tables.moderation import log_entries, strikes
from bot.storage.standing import policies
from bot.use_cases.operator.audit_ledger import audit
from bot.use_cases.ports import PostFailedError
from tests.integration.made_bot import Poster
from tests.integration.sets.test_ladders import jobs_of, ladder


async def logged(bot):
    def read(connection):
        return connection.scalars(sa.select(log_entries.c.kind).order_by(log_entries.c.id)).all()

    return await bot.do(read)


async def failed(bot, *faults):
    await bot.do(policies.write, 11, Policy(log_channel=77))
    bot.stand_in.dials.fail = list(faults)
    made = await jobs_of(bot, await ladder(bot))
    await bot.work(*[job.id for job in made], slots=1)
    return made


async def test_an_entirely_failed_set_is_one_entry_in_the_log(bot):
    made = await failed(bot, *[Fault.PROMPT_UNSAFE] * 4)
    assert await logged(bot) == [LogKind.FAILURE]
    assert [await bot.money(job.id) for job in made] == [("released", None)] * 4
    assert (await bot.do(audit)).violations == []


async def test_another_reason_is_another_entry(bot):
    await failed(bot, Fault.PROMPT_UNSAFE, Fault.REJECTED, Fault.PROMPT_UNSAFE)
    assert await logged(bot) == [LogKind.FAILURE, LogKind.FAILURE, LogKind.REMIX]


async def test_an_unsafe_prompt_at_four_weights_is_one_refusal_and_blocks_nobody(bot):
    await failed(bot, *[Fault.PROMPT_UNSAFE] * 4)
    assert await safety_strikes(bot) == 1
    await failed(bot, *[Fault.PROMPT_UNSAFE] * 4)
    assert await safety_strikes(bot) == 2


async def safety_strikes(bot):
    def count(connection):
        is_safety = strikes.c.kind == StrikeKind.SAFETY
        return connection.scalar(sa.select(sa.func.count()).select_from(strikes).where(is_safety))

    return await bot.do(count)


class RefusesSets(Poster):
    async def post(self, delivery, part):
        if delivery.job.set_id is not None:
            self.looked.append(delivery.look_first)
            raise PostFailedError("503")
        return await super().post(delivery, part)


async def test_a_set_whose_post_fails_again_and_again_holds_up_no_other_delivery(bot):
    bot.poster = RefusesSets()
    bot.use_rules(bot.rules)
    made = await jobs_of(bot, await ladder(bot))

    async def delivered():
        return (await bot.job(other.id)).state is JobState.DELIVERED

    async with bot.working() as worker:
        for attempts in range(1, 4):
            while len(bot.poster.looked) < attempts:
                await bot.job(made[0].id)
                bot.clock.move(milliseconds=200)
                worker.wake()
            other = await bot.remix(2)
            worker.wake()
            await asyncio.wait_for(bot.heard.until(delivered), 5)
    assert {(await bot.job(job.id)).state for job in made} == {JobState.GENERATED}
    assert bot.paid_calls == 7
