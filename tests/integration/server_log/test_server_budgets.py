"""A server's own budget: its moderators are warned in the log channel, once for each part, and anew when it changes."""

from dataclasses import replace

import pytest

from bot.background_tasks import BackgroundTasks
from bot.rules.budgets import Period
from bot.rules.cases import CaseKind
from bot.rules.policies import Policy
from bot.rules.prices import Speed
from bot.storage.engine.database import Database
from bot.storage.moderation import cases
from bot.storage.moderation.cases import NewCase
from bot.storage.server_log import log_entries
from bot.storage.standing import policies
from bot.use_cases.server_log import log_facts
from bot.use_cases.server_log.log_facts import BudgetSpent
from bot.use_cases.server_log.watch_server_budgets import WatchServerBudgets
from tests.integration.made_bot import PRICES
from tests.integration.made_storage import add_job

HERE = 11
DAY, MONTH = Period.DAY, Period.MONTH


class Office:
    def __init__(self, core):
        self.core, self.database, self.clock, self.woken = core, core.database, core.clock, 0
        self.restart()

    def restart(self):
        self.watch = WatchServerBudgets(self.core, PRICES.__getitem__, self._wake)

    def _wake(self):
        self.woken += 1

    def do(self, function, *args, **kwargs):
        return self.database.transaction_now(function, *args, **kwargs)

    def allow(self, log_channel=77, **budget):
        self.do(policies.write, HERE, Policy(log_channel=log_channel, **budget))

    async def spend(self, guild_id=HERE):
        """Three cents, on the day of START."""
        job = self.do(add_job, 1, guild_id=guild_id)
        self.watch.job_changed(job.id)
        await self.watch.look()

    @property
    def warned(self):
        return [(each.warning.period, each.warning.percent) for each in self.do(self._facts)]

    def _facts(self, connection):
        entries = log_entries.take(connection, HERE, self.clock(), 99)
        facts = [log_facts.read(connection, each) for each in entries]
        return [fact for fact in facts if isinstance(fact, BudgetSpent)]


@pytest.fixture
def office(core):
    return Office(core)


async def test_each_part_of_each_budget_is_told_once(office):
    office.allow(daily_budget=150_000, monthly_budget=300_000)
    for _ in range(5):
        await office.spend()
    office.restart()
    await office.watch.look()

    assert office.warned == [(DAY, 50), (DAY, 80), (DAY, 100), (MONTH, 50)]


async def test_who_writes_the_log_is_woken_by_a_warning_and_by_nothing_else(office):
    office.allow(daily_budget=150_000)
    woken = []
    for _ in range(4):
        await office.spend()
        woken.append(office.woken)

    assert woken == [0, 0, 1, 2]


async def test_a_changed_budget_is_warned_of_anew_and_at_once(office):
    office.allow(daily_budget=60_000)
    await office.spend()
    await office.spend()
    office.allow(daily_budget=120_000)
    office.watch.case_added(office.do(cases.add, NewCase(HERE, CaseKind.CONFIG, 9), office.clock()))
    await office.watch.look()

    assert office.warned == [(DAY, 50), (DAY, 100), (DAY, 50)]


async def test_the_cheapest_remix_that_the_server_allows_is_what_no_longer_fits(office):
    office.allow(daily_budget=100_000, speeds=frozenset({Speed.QUALITY}))
    await office.spend()

    assert office.warned == [(DAY, 100)]


async def test_without_a_log_channel_nothing_counts_as_told(office):
    office.allow(log_channel=None, daily_budget=60_000)
    await office.spend()
    office.allow(daily_budget=60_000)
    office.watch.case_added(office.do(cases.add, NewCase(HERE, CaseKind.CONFIG, 9), office.clock()))
    await office.watch.look()

    assert office.warned == [(DAY, 50)]


async def test_another_servers_spending_warns_nobody_here(office):
    office.allow(daily_budget=60_000)
    await office.spend(guild_id=12)

    assert office.warned == []


async def test_a_day_later_it_begins_anew(office, clock):
    office.allow(daily_budget=60_000)
    await office.spend()
    clock.move(days=1)
    await office.watch.look()
    job = office.do(add_job, 2, now=clock())
    office.watch.job_changed(job.id)
    await office.watch.look()

    assert office.warned == [(DAY, 50), (DAY, 50)]


async def test_a_warning_that_met_an_unavailable_database_is_given_later(office, core, tmp_path):
    office.allow(daily_budget=60_000)
    await office.watch.look()
    job = office.do(add_job, 1, guild_id=HERE)
    office.watch.job_changed(job.id)
    away = Database(f"sqlite:///{tmp_path / 'away.db'}")
    away.close()

    office.watch._core = replace(core, database=away)
    assert not await office.watch.look()
    office.watch._core = core
    assert await office.watch.look()

    assert office.warned == [(DAY, 50)]


async def test_an_unexpected_error_loses_no_warning(office):
    errors = []

    def reservation(speed):
        if errors:
            raise errors.pop()
        return PRICES[speed]

    office.watch = WatchServerBudgets(office.core, reservation, office._wake)
    office.allow(daily_budget=60_000)
    await office.watch.look()
    tasks = BackgroundTasks(first_wait_s=0.01)
    tasks.start("budgets", office.watch.run)
    errors.append(ValueError("a price is missing"))
    office.watch.job_changed(office.do(add_job, 1, guild_id=HERE).id)
    while not office.woken:
        await office.database.transaction(log_entries.take, HERE, office.clock(), 1)
    await tasks.stop()

    assert tasks.failures == {"budgets": 1}
    assert office.warned == [(DAY, 50)]
