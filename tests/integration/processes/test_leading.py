"""What one process does for all runs in the one that leads, and goes on in the next one."""

import asyncio
import re
import threading
from pathlib import Path

import pytest

from bot import leading
from bot.background_tasks import BackgroundTasks
from bot.leading import Leading
from bot.rules.roles import Part, Role
from bot.storage.processes.joined import JoinedProcess
from bot.storage.remixes import claims
from tests.integration.made_bot import Bot
from tests.integration.processes.made_processes import silence, until

LEASE_S = 60
SOON_S = 20


class Process:
    """One bot with its own tasks. `runs`: whether what only the leader does runs here."""

    def __init__(self, bot, url, lease):
        self.joined = JoinedProcess(url, lease, Part(Role.WORKER), LEASE_S)
        self.bot, self.runs = bot, False
        bot.use_process(self.joined)
        self.well = []
        self.tasks = BackgroundTasks(runs_again=self.well.append)
        self.leading = Leading(bot.core, bot.rules, self.tasks, lambda: self.tasks.start("housekeeping", self.run))

    async def run(self):
        self.runs = True
        try:
            await asyncio.Event().wait()
        finally:
            self.runs = False

    async def look(self):
        self.joined._beat()
        await self.leading.look()
        await asyncio.sleep(0)


@pytest.fixture
async def join(database, blobs, ideogram, stand_in, clock, url):
    made = []

    def join(lease):
        bot = Bot(database, blobs, ideogram, stand_in, clock, lease=lease)
        made.append(Process(bot, url, lease))
        return made[-1]

    yield join
    for each in made:
        await each.leading.stop()
        each.joined.close()


async def test_the_next_one_begins_when_the_leader_is_gone_and_the_leader_stops_when_it_may_not_act(join):
    first, second = join("one"), join("two")
    for each in (first, second):
        await each.look()
    assert (first.runs, second.runs) == (True, False)
    silence(first.bot.database.transaction_now, "one")
    # As if its last beat were too long ago.
    first.joined._sent_at -= LEASE_S
    await first.leading.look()
    await asyncio.sleep(0)
    assert not first.runs
    second.joined._beats_since -= LEASE_S
    await second.look()
    await second.look()
    await first.look()
    assert (first.runs, second.runs) == (False, True)
    # What failed there is for the new one to say.
    assert "housekeeping" in first.well
    assert (first.joined.name, second.joined.name) != (second.joined.name, first.joined.name)


def test_all_rounds_of_the_leader_are_said_to_be_well_once_it_leads_no_more():
    """Else the alarm of one that failed here would never end."""
    sources = [path.read_text() for path in Path(leading.__file__).parent.rglob("*.py")]
    reported = {
        name
        for source in sources
        for name in re.findall(r'(?:loop_did\(|^    name = )"(a round of [^"]+)"', source, re.MULTILINE)
    }
    assert reported == set(leading._ROUNDS)


async def test_the_jobs_of_one_that_could_only_delete_its_row_at_its_stop_go_on(join):
    first, second = join("one"), join("two")
    for each in (first, second):
        await each.look()
    job = await first.bot.remix(1)
    await first.bot.do(claims.claim_queued, "one", 1, first.bot.clock())
    # The server was away for the transaction that would have given its jobs back.
    first.joined.close()
    assert (await second.bot.job(job.id)).lease == "one"
    await second.look()
    assert (await second.bot.job(job.id)).lease is None


async def test_what_a_beat_has_found_is_looked_at_at_once(join, monkeypatch):
    """Slots wait for it: half a second more would pass until those of a dead process are in use again."""
    monkeypatch.setattr(leading, "_LOOK_EVERY_S", 3_600)
    first = join("one")
    running, given_up = asyncio.create_task(first.leading.run()), threading.Event()
    try:
        for count in (1, 2):
            async with asyncio.timeout(SOON_S):
                await asyncio.to_thread(until, lambda n=count: given_up.is_set() or first.leading._known[0] == n)
            join(f"beside {count}")
            first.joined._beat()
    finally:
        given_up.set()
        running.cancel()


async def test_a_death_right_after_another_process_came_is_not_looked_at_later(join, monkeypatch):
    """As after a kill, when the next start joins before the lease of the dead one is over."""
    # `silence` waits where PostgreSQL has just started, and a second later there would be nothing to see.
    monkeypatch.setattr(leading, "_ADOPT_EVERY_S", 3_600)
    first, second = join("one"), join("two")
    await first.look()
    third = join("three")
    await first.look()
    silence(first.bot.database.transaction_now, "two")
    first.joined._beats_since -= LEASE_S
    await first.look()
    assert not first.bot.database.transaction_now(second.joined.is_member)
    assert first.bot.database.transaction_now(third.joined.is_member)
