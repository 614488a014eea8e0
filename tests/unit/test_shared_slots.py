"""The line for slots that several processes share: the first in line asks, the others wait."""

import asyncio
from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from bot.storage.engine.databases.process import OnlyProcess
from bot.worker.shared_slots import SharedSlots


class Two(OnlyProcess):
    workers = 2


@pytest.fixture
def grown():
    return []


@pytest.fixture
def slots(grown):
    return SharedSlots(SimpleNamespace(limit=4, in_flight=0), Two(), 1, lambda: grown.append(True))


async def asking(*places):
    """Which of them may ask now."""
    waits = [asyncio.create_task(place.wait()) for place in places]
    for _ in range(5):
        await asyncio.sleep(0)
    done = [wait.done() for wait in waits]
    for wait in waits:
        wait.cancel()
    return done


async def test_only_the_first_in_line_asks_and_a_refused_one_is_before_all_others(slots):
    with slots.line_up() as first, slots.line_up() as second:
        assert await asking(first, second) == [True, False]
        with slots.line_up(first=True) as refused:
            assert await asking(first, refused) == [False, True]
            refused.began()
            assert await asking(first, second) == [True, False]
        first.began()
        assert slots.in_flight == 1
    assert slots.in_flight == 0


async def test_as_many_ask_at_once_as_its_share_has_room_for():
    slots = SharedSlots(SimpleNamespace(limit=6, in_flight=0), Two(), 10, lambda: None)
    with ExitStack() as stack:
        places = [stack.enter_context(slots.line_up()) for _ in range(5)]
        assert await asking(*places) == [True, True, True, False, False]
        places[0].began()
        assert await asking(*places[1:]) == [True, True, False, False]


async def test_one_that_gets_no_slot_keeps_its_place_and_asks_again_in_time(slots):
    with slots.line_up() as first, slots.line_up() as second:
        await first.wait()
        first.no_slot(0.05)
        assert await asking(first, second) == [False, False]
        await first.wait()
        first.no_slot(60.0)
        assert await asking(first, second) == [False, False]
        slots.recorded()
        assert await asking(first, second) == [True, False]


async def test_a_slot_that_became_free_while_it_asked_is_asked_for_at_once(slots):
    with slots.line_up() as first:
        await first.wait()
        slots.recorded()
        first.no_slot(60.0)
        assert await asking(first) == [True]


async def test_news_of_other_processes_lets_it_ask_but_not_all_the_time(slots):
    with slots.line_up() as first:
        await first.wait()
        first.no_slot(60.0)
        slots.look()
        assert await asking(first) == [False]
        async with asyncio.timeout(5):
            await first.wait()


async def test_a_process_with_its_share_lets_the_others_ask_first_and_then_takes_what_they_leave(slots, grown):
    with slots.line_up(images=8) as first, slots.line_up() as second, slots.line_up() as third:
        first.began()
        assert (slots.room, grown) == (2, [])
        assert await asking(second) == [True]
        second.began()
        assert await asking(third) == [False]
        async with asyncio.timeout(5):
            await third.wait()
        third.began()
        assert (slots.in_flight, slots.room, grown) == (10, 3, [True])
    assert slots.room == 2


async def test_at_a_stop_nobody_waits(slots):
    with slots.line_up() as first, slots.line_up() as second:
        await first.wait()
        first.no_slot(60.0)
        slots.stop()
        assert await asking(first, second) == [True, True]


async def test_one_that_gives_up_lets_the_next_one_ask(slots):
    with slots.line_up() as first:
        await first.wait()
        second = slots.line_up()
        place = second.__enter__()
        assert await asking(place) == [False]
    assert await asking(place) == [True]
    second.__exit__(None, None, None)
