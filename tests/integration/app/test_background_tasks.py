"""A background task that fails is restarted, and that it failed can be seen."""

import asyncio

import pytest

from bot.background_tasks import BackgroundTasks


@pytest.fixture
def tasks():
    return BackgroundTasks(first_wait_s=0.0)


async def test_a_task_that_fails_is_restarted_and_counted(tasks):
    runs, third = [], asyncio.Event()

    async def fails_twice():
        runs.append(1)
        if len(runs) < 3:
            raise ZeroDivisionError
        third.set()
        await asyncio.Event().wait()

    tasks.start("fragile", fails_twice)
    await third.wait()
    assert tasks.failures == {"fragile": 2}
    await tasks.stop()


async def test_a_task_that_is_done_is_not_restarted(tasks):
    runs = []

    async def once():
        runs.append(1)

    tasks.start("short", once)
    await tasks._tasks["short"].task
    assert (runs, tasks.failures) == ([1], {"short": 0})


async def test_a_failure_of_one_leaves_the_others_alone(tasks):
    going_on, failed = asyncio.Event(), asyncio.Event()

    async def waits():
        await failed.wait()
        going_on.set()

    async def fails():
        failed.set()
        raise ZeroDivisionError

    tasks.start("other", waits)
    tasks.start("fragile", fails)
    await going_on.wait()
    await tasks.stop()


async def test_a_task_that_ran_well_for_a_while_is_restarted_as_soon_as_the_first_time(monkeypatch):
    waits, moments = [], iter([0.0, 1.0, 2.0, 3.0, 10.0, 110.0, 120.0])

    async def fails():
        if len(waits) == 3:
            return
        raise ZeroDivisionError

    async def sleep(seconds):
        waits.append(seconds)

    tasks = BackgroundTasks(first_wait_s=1.0, clock=lambda: next(moments))
    monkeypatch.setattr(asyncio, "sleep", sleep)
    tasks.start("fragile", fails)
    await tasks._tasks["fragile"].task
    assert waits == [1.0, 2.0, 1.0]
