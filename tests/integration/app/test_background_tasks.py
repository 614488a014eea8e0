"""A background task that fails is restarted, and that it failed can be seen."""

import asyncio

import pytest

from bot import background_tasks
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


async def test_each_failure_is_told_and_that_it_runs_again_once_it_has_run_well(monkeypatch):
    monkeypatch.setattr(background_tasks, "_LONGEST_WAIT_S", 0.0)
    told, well = [], asyncio.Event()
    tasks = BackgroundTasks(
        first_wait_s=0.0,
        failed=lambda name: told.append(f"{name} failed"),
        runs_again=lambda name: (told.append(f"{name} runs"), well.set()),
    )
    runs = iter([ValueError, ValueError, None])

    async def run():
        if (error := next(runs)) is not None:
            raise error
        await asyncio.Event().wait()

    tasks.start("log channels", run)
    await well.wait()
    await tasks.stop()
    assert told == ["log channels failed", "log channels failed", "log channels runs"]


async def test_a_task_that_has_nothing_more_to_do_is_well():
    told = []
    tasks = BackgroundTasks(runs_again=told.append)

    async def ends():
        return

    tasks.start("budgets", ends)
    await asyncio.gather(*(each.task for each in tasks._tasks.values()))
    assert told == ["budgets"]
