"""Functions that wait at the same moment run in one transaction, each as if it were alone."""

import asyncio

import pytest
import sqlalchemy as sa

from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.engine.together import Together
from bot.storage.processes import call_slots


@pytest.fixture
def together(database):
    return Together(database, ends=lambda outcome: outcome == "no more")


def write(name, outcome):
    def function(connection):
        call_slots.write_limit(connection, name, {"limit": 1})
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return function


async def written(database):
    return await database.transaction(lambda c: set(c.scalars(sa.text("SELECT api FROM call_limits"))))


async def ask(together, *outcomes):
    asked = [together.run(write(f"{number}", outcome)) for number, outcome in enumerate(outcomes)]
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_each_gets_its_own_outcome_and_one_that_fails_undoes_only_what_it_did(together, database):
    failed = ZeroDivisionError()
    assert await ask(together, "a", failed, "b") == ["a", failed, "b"]
    assert await written(database) == {"0", "2"}
    assert await ask(together, failed) == [failed]


async def test_what_follows_one_that_ends_it_has_the_same_outcome_and_does_not_run(together, database):
    assert await ask(together, "a", "no more", "b", "c") == ["a", "no more", "no more", "no more"]
    assert await written(database) == {"0", "1"}
    assert await ask(together, "a") == ["a"]


async def test_without_the_database_nobody_waits_for_ever(together):
    def broken(connection):
        connection.exec_driver_sql("SELECT * FROM nowhere")

    outcomes = await asyncio.gather(*(together.run(broken) for _ in range(3)), return_exceptions=True)
    assert [isinstance(outcome, DatabaseUnavailableError) for outcome in outcomes] == [True] * 3


async def test_those_that_come_while_others_run_are_next_and_one_that_went_away_holds_up_nobody(together, database):
    first = asyncio.create_task(together.run(write("first", "a")))
    gone = asyncio.create_task(together.run(write("gone", "b")))
    await asyncio.sleep(0)
    gone.cancel()
    later = asyncio.create_task(together.run(write("later", "c")))
    assert (await first, await later) == ("a", "c")
    assert {"first", "later"} <= await written(database)
