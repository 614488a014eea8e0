"""`remix-bot points` lists who has most over all servers, and what one person has points for."""

from datetime import UTC, datetime

import pytest

from bot.rules.points import PointKind
from bot.storage.engine.database import Database
from bot.storage.moderation import points


@pytest.fixture
async def settings(url):
    database = Database(url)
    for guild_id, kind in ((11, PointKind.WORD), (12, PointKind.REPORT)):
        await database.transaction(points.add, kind, guild_id, 5, datetime.now(UTC))
    database.close()
    return {"DATABASE_URL": url, "POINTS_LADDER": "3 warn"}


def test_who_has_most_and_what_for(run, settings):
    listed = run("points", **settings)
    assert (listed.returncode, listed.stdout.splitlines()) == (0, ["POINTS_LADDER: 3 warn", "5: 3 in 2 servers"])
    of_one = run("points", "5", **settings)
    assert of_one.stdout.splitlines()[1:] == ["server 11: 1 (word 1)", "server 12: 2 (report 2)"]
    assert run("points", "6", **settings).stdout.splitlines()[1:] == ["6 has no points."]


def test_a_wrong_ladder_stops_the_start_with_one_line(run):
    stopped = run("points", POINTS_LADDER="3 kick")
    assert stopped.returncode == 2
    assert stopped.stderr.splitlines() == [
        "POINTS_LADDER must be written like 5 warn, 10 block 7d, 20 block, or none for no ladder"
    ]
