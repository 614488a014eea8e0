"""Requests beyond the share of Discord's limit wait, results the shortest. The clock is the test's."""

import asyncio
from heapq import heappop, heappush
from itertools import count

import pytest
from yarl import URL

from bot.discord_app.rest.request_budget import RequestBudget, Urgency, _counts, requests_are

SHARE = 5


class Clock:
    """Calls what is due when a test moves it."""

    def __init__(self):
        self.now, self._due, self._numbers = 100.0, [], count()

    def __call__(self):
        return self.now

    def call_later(self, seconds, call):
        heappush(self._due, (self.now + seconds, next(self._numbers), call))

    async def move(self, seconds):
        end = self.now + seconds
        while self._due and self._due[0][0] <= end:
            self.now, _, call = heappop(self._due)
            call()
        self.now = end
        await turns()


async def turns():
    """Everybody who can go on has done so."""
    for _ in range(20):
        await asyncio.sleep(0)


class Sender:
    """Asks the budget, and keeps who left and when."""

    def __init__(self):
        self.clock, self.left, self.share, self.tasks = Clock(), [], SHARE, []
        self.budget = RequestBudget(lambda: self.share, self.clock, self.clock.call_later)

    def ask(self, name, urgency=Urgency.PERSON):
        async def leave():
            with requests_are(urgency):
                await self.budget.admit()
            self.left.append((name, self.clock.now))

        self.tasks.append(asyncio.create_task(leave()))
        return self.tasks[-1]

    @property
    def names(self):
        return [name for name, _ in self.left]


@pytest.fixture
async def sender():
    made = Sender()
    yield made
    for task in made.tasks:
        task.cancel()
    await asyncio.gather(*made.tasks, return_exceptions=True)


async def test_below_the_share_nothing_waits(sender):
    for _ in range(10):
        for n in range(SHARE):
            sender.ask(n)
        await turns()
        assert {at for _, at in sender.left[-SHARE:]} == {sender.clock.now}
        await sender.clock.move(1)
    assert len(sender.left) == 10 * SHARE


async def test_in_no_second_more_than_the_share_leaves(sender):
    for n in range(SHARE):
        sender.ask(n)
        await sender.clock.move(0.1)
    for n in range(30):
        sender.ask(n)
    for _ in range(100):
        await sender.clock.move(0.1)
    times = [at for _, at in sender.left]
    assert len(times) == 30 + SHARE
    assert all(later - earlier >= 0.999 for earlier, later in zip(times, times[SHARE:], strict=False))
    assert times[-1] < 107.1


async def test_results_go_before_people_and_those_before_logs(sender):
    for n in range(SHARE):
        sender.ask(f"first {n}")
    await turns()
    for n in range(3):
        sender.ask(f"log {n}", Urgency.BACKGROUND)
        sender.ask(f"person {n}")
        sender.ask(f"result {n}", Urgency.RESULT)
    await turns()
    await sender.clock.move(1)
    await sender.clock.move(1)
    assert sender.names[SHARE : 2 * SHARE] == ["result 0", "result 1", "result 2", "person 0", "person 1"]
    # The tenth turn is the oldest's.
    assert sender.names[2 * SHARE :] == ["log 0", "person 2", "log 1", "log 2"]


async def test_what_is_cancelled_takes_no_place_and_holds_nobody_up(sender):
    sender.share = 1
    sender.ask("first")
    await turns()
    given_up, behind = sender.ask("given up"), sender.ask("behind")
    await turns()
    given_up.cancel()
    await sender.clock.move(1)
    assert sender.names == ["first", "behind"]
    assert behind.done()


async def test_what_is_cancelled_in_the_moment_it_may_leave_gives_its_place_to_the_next(sender):
    sender.share = 1
    sender.ask("first")
    await turns()
    let_go, behind = sender.ask("let go"), sender.ask("behind")
    await turns()
    sender.clock.now += 1
    sender.budget._on_time()
    let_go.cancel()
    await turns()
    assert sender.names == ["first", "behind"]
    assert behind.done()


async def test_what_is_cancelled_long_after_it_was_let_go_is_cancelled_and_no_more(sender):
    """The event loop was held up in between, and the place has become free meanwhile."""
    sender.share = 1
    sender.ask("first")
    await turns()
    let_go = sender.ask("let go")
    await turns()
    sender.clock.now += 1
    sender.budget._on_time()
    sender.clock.now += 5
    assert sender.budget._room() == 1
    let_go.cancel()
    with pytest.raises(asyncio.CancelledError):
        await let_go


async def test_a_larger_share_is_used_at_the_next_look_and_a_smaller_one_held(sender):
    for n in range(20):
        sender.ask(n)
    await turns()
    sender.share = 2
    await sender.clock.move(1)
    assert len(sender.left) == SHARE + 2
    sender.share = 10
    await sender.clock.move(1)
    assert len(sender.left) == SHARE + 2 + 10


async def test_what_was_wanted_is_what_left_and_what_waits(sender):
    for n in range(SHARE + 4):
        sender.ask(n)
    await turns()
    assert sender.budget.wanted_per_s() == SHARE + 4
    await sender.clock.move(2)
    assert sender.budget.wanted_per_s() == 2
    await sender.clock.move(10)
    assert sender.budget.wanted_per_s() == 0


@pytest.mark.parametrize(
    ("url", "counted"),
    [
        ("https://discord.com/api/v10/channels/1/messages", True),
        ("https://discord.com/api/v10/webhooks/1/token/messages/@original", False),
        ("https://discord.com/api/v10/interactions/1/token/callback", False),
        ("https://cdn.discordapp.com/attachments/1/2/a.png", False),
        ("wss://gateway.discord.gg/?v=10", False),
    ],
)
def test_interactions_the_websocket_and_files_do_not_count(url, counted):
    assert _counts(URL(url)) is counted
