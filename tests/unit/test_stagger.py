"""Many that could go on at once do so some in each round of the event loop."""

import asyncio
from itertools import pairwise

from bot.stagger import Stagger


async def begun_in_rounds(tasks: list[asyncio.Task[None]], order: list[int], until: int) -> list[int]:
    """How many had begun after each round."""
    begun = [0]
    while len(order) < until:
        await asyncio.sleep(0)
        begun.append(len(order))
    await asyncio.gather(*tasks, return_exceptions=True)
    return begun


def come(stagger: Stagger, count: int, order: list[int]) -> list[asyncio.Task[None]]:
    async def one(number: int) -> None:
        await stagger.wait()
        order.append(number)

    return [asyncio.create_task(one(number)) for number in range(count)]


async def test_no_round_begins_more_than_that_and_all_begin_in_their_order():
    order: list[int] = []
    begun = await begun_in_rounds(come(Stagger(3), 20, order), order, 20)
    assert max(after - before for before, after in pairwise(begun)) == 3
    assert order == list(range(20))


async def test_who_comes_alone_does_not_wait():
    order: list[int] = []
    stagger = Stagger(1)
    for _ in range(3):
        tasks = come(stagger, 1, order)
        await asyncio.sleep(0)
        assert tasks[0].done()


async def test_who_gives_up_holds_nobody_up():
    order: list[int] = []
    tasks = come(Stagger(1), 4, order)
    await asyncio.sleep(0)
    tasks[1].cancel()
    await begun_in_rounds(tasks, order, 3)
    assert order == [0, 2, 3]
