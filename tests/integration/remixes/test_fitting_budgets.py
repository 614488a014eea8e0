"""No acceptance passes a budget, whoever asks at once; and the operator hears of it once."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.background_tasks import BackgroundTasks
from bot.rules.budgets import BudgetWarning, Period, Spending
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.storage.remixes import ledger, spending
from bot.use_cases.operator.watch_budgets import WatchBudgets
from bot.use_cases.remixes.cancel_remix import cancel_remix
from bot.use_cases.remixes.submit_remix import Accepted
from tests.integration.made_bot import RULES, asker
from tests.integration.made_storage import START

TOMORROW = datetime(2026, 5, 2, tzinfo=UTC)
NEXT_MONTH = datetime(2026, 6, 1, tzinfo=UTC)


class Operator:
    """Records the warnings that it gets."""

    def __init__(self) -> None:
        self.told: list[BudgetWarning] = []

    async def warn_of_budget(self, warning: BudgetWarning) -> None:
        self.told.append(warning)


def use_ceilings(bot, *, billed_images=1, **micros):
    ceilings = {Period(name): ceiling for name, ceiling in micros.items()}
    bot.use_rules(replace(RULES, ceilings=ceilings, billed_images=billed_images))


def watch(bot, operator, **micros):
    ceilings = {Period(name): ceiling for name, ceiling in micros.items()}
    return WatchBudgets(bot.core, replace(RULES, ceilings=ceilings), operator)


async def spent(bot):
    read = await bot.do(spending.read, bot.clock())
    return read[Period.DAY].micros, read[Period.MONTH].micros


async def test_of_ten_at_once_only_those_that_fit_are_accepted(bot):
    use_ceilings(bot, day=30_000 * 3 + 29_999)
    outcomes = await asyncio.gather(*(bot.ask(user_id) for user_id in range(10)))
    assert sum(isinstance(outcome, Accepted) for outcome in outcomes) == 3
    assert outcomes.count(Refused(Reason.BUDGET_DAY, until=TOMORROW, left=29_999)) == 7
    assert await spent(bot) == (90_000, 90_000)


async def test_a_dearer_speed_is_refused_where_a_cheaper_one_still_fits(bot):
    use_ceilings(bot, day=90_000)
    await bot.remix(1)
    assert await bot.ask(2, speed=Speed.QUALITY) == Refused(
        Reason.BUDGET_DAY, until=TOMORROW, left=60_000, fits=(Speed.DEFAULT, 60_000)
    )
    await bot.remix(2, speed=Speed.DEFAULT)
    assert (await bot.submit.look(asker(3), None)).refused == Refused(Reason.BUDGET_DAY, until=TOMORROW, left=0)


async def test_the_next_day_is_open_again_and_the_month_is_not(bot):
    use_ceilings(bot, day=30_000, month=60_000)
    await bot.remix(1)
    assert (await bot.ask(2)).reason is Reason.BUDGET_DAY
    bot.clock.move(hours=12)
    await bot.remix(2)
    bot.clock.move(days=1)
    assert await bot.ask(3) == Refused(Reason.BUDGET_MONTH, until=NEXT_MONTH, left=0)
    bot.clock.move(days=31)
    await bot.remix(3)


async def test_a_remix_counts_on_the_day_of_its_acceptance_whenever_it_is_settled(bot):
    job = await bot.remix(1)
    bot.clock.move(hours=13)
    await bot.do(ledger.settle, job.id, 90_000, bot.clock())
    assert await spent(bot) == (0, 90_000)
    bot.clock.now = START
    assert await spent(bot) == (90_000, 90_000)


async def test_a_cancelled_remix_gives_its_budget_back_and_a_parked_one_does_not(bot):
    use_ceilings(bot, day=60_000)
    first, second = await bot.remix(1), await bot.remix(2)
    await bot.do(ledger.mark_unresolved, second.id)
    assert (await bot.ask(3)).reason is Reason.BUDGET_DAY
    await cancel_remix(bot.core, first.id, 1)
    await bot.remix(3)
    assert await spent(bot) == (60_000, 60_000)


async def test_money_is_set_aside_for_as_many_images_as_a_call_may_bill(bot):
    use_ceilings(bot, day=120_000, billed_images=2)
    await bot.remix(1)
    await bot.remix(2)
    assert (await bot.ask(3)).reason is Reason.BUDGET_DAY
    assert await spent(bot) == (120_000, 120_000)


async def test_an_answer_with_more_images_than_were_expected_is_written_as_it_is(bot):
    use_ceilings(bot, day=40_000)
    bot.stand_in.dials.images = 3
    job = await bot.remix(1)
    await bot.work(job.id)
    assert await bot.money(job.id) == ("settled", 90_000)
    assert await spent(bot) == (90_000, 90_000)


@pytest.mark.parametrize("period", Period)
async def test_the_operator_is_warned_once_at_each_part_of_a_budget(bot, period):
    operator = Operator()
    budgets = watch(bot, operator, **{period: 300_000})
    for user_id in range(10):
        await bot.remix(user_id)
        await budgets.look()
        await budgets.look()
    assert [(warning.period, warning.percent, warning.spent) for warning in operator.told] == [
        (period, 50, 150_000),
        (period, 80, 240_000),
        (period, 100, 300_000),
    ]


async def test_a_warning_is_not_repeated_by_the_next_start_nor_by_money_that_comes_back(bot):
    operator = Operator()
    job = await bot.remix(1)
    await watch(bot, operator, day=60_000).look()
    await cancel_remix(bot.core, job.id, 1)
    await bot.remix(2)
    await watch(bot, operator, day=60_000).look()
    assert [warning.percent for warning in operator.told] == [50]
    bot.clock.move(days=1)
    await bot.remix(3)
    await watch(bot, operator, day=60_000).look()
    assert [warning.percent for warning in operator.told] == [50, 50]


async def test_a_change_of_a_job_makes_the_watch_look(bot):
    operator = Operator()
    budgets = watch(bot, operator, day=60_000)
    watching = asyncio.create_task(budgets.run())
    await asyncio.sleep(0)
    job = await bot.remix(1)
    assert operator.told == [], "the first look was before there was anything to tell"
    budgets.job_changed(job.id)
    while not operator.told:
        await bot.do(spending.read, START)
    watching.cancel()
    assert operator.told == [BudgetWarning(Period.DAY, 50, 30_000, 60_000, TOMORROW)]


async def test_a_watch_without_a_database_waits_for_the_next_change(bot):
    await asyncio.to_thread(bot.database.close)
    operator = Operator()
    await watch(bot, operator, day=60_000).look()
    assert operator.told == []


async def test_a_period_without_money_reads_as_nothing_spent(bot):
    assert await bot.do(spending.read, START) == {Period.DAY: Spending(), Period.MONTH: Spending()}


class OneFault(Operator):
    """Fails at the first warning, in a way that was not expected."""

    async def warn_of_budget(self, warning: BudgetWarning) -> None:
        await super().warn_of_budget(warning)
        if len(self.told) == 1:
            raise ValueError(warning)


async def test_an_unexpected_error_loses_no_other_warning(bot):
    operator = OneFault()
    await bot.remix(1)
    tasks = BackgroundTasks(first_wait_s=0.01)
    tasks.start("budgets", watch(bot, operator, day=60_000, month=60_000).run)
    while len(operator.told) < 2:
        await bot.do(spending.read, START)
    await tasks.stop()
    assert {warning.period for warning in operator.told} == set(Period)
