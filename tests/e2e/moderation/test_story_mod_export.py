"""`/remix-mod records export`: the cases of one server as a private file."""

import csv
from io import StringIO

import pytest

from tests.e2e.moderators import Desk
from tests.e2e.world import private_words


@pytest.fixture
async def desk(hasty_world):
    return Desk(hasty_world)


async def export(desk, **options):
    world = desk.world
    result = await desk.maud.slash(world.channel, "remix-mod records export", **options)
    await world.until(lambda: private_words(result), "an answer")
    assert result.ephemeral
    if not result.response.attachments:
        return private_words(result), []
    data = world.discord.backend.cdn.get(result.response.attachments[0].url)
    return private_words(result), list(csv.DictReader(StringIO(data.decode("utf-8-sig"), newline="")))


async def test_the_cases_are_exported_by_member_kind_and_time(desk):
    world = desk.world
    assert await export(desk) == ("No cases found.", [])
    await desk.press("warn", member=world.mia, reason='=HYPERLINK("https://x.example")')
    world.later(3 * 3600)
    await desk.press("block", member=world.ben, duration="1h", reason="spam, with a comma")
    told, rows = await export(desk)
    assert told.startswith("2 cases, newest first.")
    assert [row["case"] for row in rows] == ["2", "1"]
    assert rows[0]["reason"] == "spam, with a comma"
    assert rows[1]["reason"] == '\'=HYPERLINK("https://x.example")'
    assert rows[1]["member"] == f"<@{world.mia.id}>"
    assert [row["case"] for row in (await export(desk, member=world.mia))[1]] == ["1"]
    assert [row["case"] for row in (await export(desk, kind="block"))[1]] == ["2"]
    assert [row["case"] for row in (await export(desk, since="2h"))[1]] == ["2"]
    assert "I can't read that length of time" in (await export(desk, since="ever"))[0]
