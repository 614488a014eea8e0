"""The bot process with its data in PostgreSQL: it is killed, its server crashes, and all is served and paid once."""

import asyncio
import json
import subprocess
import sys

import psycopg
import pytest

from tests.chaos.kills import PARKED
from tests.wire.bot_process import RECONNECTING, WITHIN_S

A_LONG_TIME_S = 600
PASSWORD = "made-up-pass"


@pytest.fixture
def url(postgresql):
    return postgresql.url(postgresql.create()).replace("bot@", f"bot:{PASSWORD}@")


@pytest.fixture
def house(often_started):
    often_started.expected_errors.add(RECONNECTING)
    return often_started


async def said(house, url, *arguments):
    """By another subcommand beside the bot: the exit code, and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=house.folder,
        env=house.environment({"DATABASE_URL": url, "BLOB_DIR": "data/blobs"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, errors = await process.communicate()
    assert PASSWORD.encode() not in out + errors
    return process.returncode, out.decode()


def states(url, *remixes):
    with psycopg.connect(url) as connection:
        found = dict(connection.execute("SELECT interaction_id, state FROM jobs").fetchall())
    return [found.get(remix.interaction.id) for remix in remixes]


async def test_killed_and_started_again_it_serves_everybody_once_and_its_books_are_in_order(house, url, postgresql):
    settings = {"DATABASE_URL": url, "BLOB_DIR": "data/blobs", "PROCESS_LEASE_S": "2"}
    bot = await house.start(**settings)
    first = await house.accepted()
    await first.until_told("**Done.**")
    house.ideogram.dials.latency_s = A_LONG_TIME_S
    asked = await house.accepted()
    await house.ideogram.until_running(1)
    await house.kill(bot)
    house.ideogram.dials.latency_s = 0
    bot = await house.start(**settings)
    await asked.until_told(PARKED)
    assert await (await house.launch(**settings)).ended() == 2
    # The server crashes, and is back.
    postgresql.restart()
    second = await house.accepted()
    await second.until_told("**Done.**")
    for remix in (first, second):
        remix.assert_served_once()
        assert house.calls_for(remix) == 1
    assert not asked.posts
    assert states(url, first, asked, second) == ["delivered", "outcome_unknown", "delivered"]
    assert await said(house, url, "audit") == (0, "3 jobs, 0 violations\n")
    code, out = await said(house, url, "doctor", "--json")
    found = {each["check"]: each["verdict"] for each in json.loads(out)["findings"]}
    assert {name: found[name] for name in ("database", "schema", "audit", "process")} == dict.fromkeys(
        ("database", "schema", "audit", "process"), "ok"
    )
    code, out = await said(house, url, "status", "--json")
    assert (code, json.loads(out)["phase"]) == (0, "running")
    (only,) = json.loads(out)["processes"]
    assert (only["name"].split()[0], only["leads"], only["dead"]) == ("all", True, False)
    assert (house.folder / "data" / "health.json").is_file()
    assert (await said(house, url, "health"))[0] == 0
    assert await bot.stop() == 0
    assert [line for process in house.processes for line in process.lines if PASSWORD in line] == []


async def test_a_process_whose_place_another_has_taken_ends(house, url):
    bot = await house.start(DATABASE_URL=url, PROCESS_LEASE_S="2")
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("UPDATE processes SET lease = 'another', beat_at = beat_at + 1000000000")
    async with asyncio.timeout(WITHIN_S):
        assert await bot.ended() == 1
    assert any("another remix-bot runs as all" in line for line in bot.told)
