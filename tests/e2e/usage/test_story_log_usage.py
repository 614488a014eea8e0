"""`/remix-mod records usage`: who used how much, as lines, as a chart and as a table; privately, for who moderates."""

import csv
from io import BytesIO

import discord
import pytest
from PIL import Image

from bot.discord_app.moderation.words import NOT_A_MODERATOR
from bot.images.bar_chart import WIDTH
from tests.e2e.cards import Card
from tests.e2e.world import private_words


@pytest.fixture
async def world(hasty_world):
    return hasty_world


def moderator(world):
    role = world.server.create_role("moderators", permissions=discord.Permissions(moderate_members=True))
    return world.server.add_member(world.discord.create_user("mo"), roles=[role])


async def ask(world, who, **options):
    result = await who.slash(world.channel, "remix-mod records usage", **options)
    await world.until(lambda: private_words(result), "an answer")
    assert result.ephemeral
    return result


async def test_a_moderator_reads_who_used_how_much_with_a_chart_and_a_table(world, horse):
    await world.make(world.mia, horse)
    await world.make(world.mia, horse, speed="QUALITY")
    await world.make(world.ben, horse, speed="TURBO")
    mo = moderator(world)

    result = await ask(world, mo, days=7)

    card = Card(world.discord, result.response._message)
    assert card.lines[:3] == [
        "**Usage in this server in the last 7 days:** 3 remixes · $0.19",
        f"1. <@{world.mia.id}> · 2 remixes · $0.16",
        f"2. <@{world.ben.id}> · 1 remix · $0.03",
    ]
    assert card.notified == []
    assert card.files == ["usage.png", "usage.csv"]
    assert Image.open(BytesIO(card.bytes_of(0))).width == WIDTH
    (shown,) = card.gallery
    assert "3 made" in shown["description"]
    assert "Quality $0.10" in shown["description"]
    rows = list(csv.DictReader(card.bytes_of(1).decode().splitlines()))
    assert {(row["member"], row["speed"], row["outcome"], row["remixes"], row["usd"]) for row in rows} == {
        (f"<@{world.mia.id}>", "Default", "made", "1", "0.060000"),
        (f"<@{world.mia.id}>", "Quality", "made", "1", "0.100000"),
        (f"<@{world.ben.id}>", "Turbo", "made", "1", "0.030000"),
    }


async def test_of_one_member_alone_and_of_a_member_who_made_nothing(world, horse):
    await world.make(world.mia, horse)
    mo = moderator(world)

    assert "<@" + str(world.mia.id) + "> in the last 30 days:** 1 remix" in private_words(
        await ask(world, mo, member=world.mia.user)
    )
    nothing = await ask(world, mo, member=world.ben.user)
    assert private_words(nothing) == f"No remixes by <@{world.ben.id}> in the last 30 days."


async def test_another_servers_usage_is_not_shown(world, horse):
    elsewhere = world.discord.create_guild("Elsewhere")
    eve = elsewhere.add_member(world.mia.user)
    await world.remix(eve, horse, channel=elsewhere.create_text_channel("pictures"))

    assert private_words(await ask(world, moderator(world))) == "No remixes in this server in the last 30 days."


async def test_who_does_not_moderate_is_not_offered_it_and_refused_where_a_server_offers_it(world):
    assert "remix-mod records usage" not in world.ben.available_commands(world.channel)
    command = world.discord.backend.find_command("remix-mod", None)
    world.server.set_command_permissions(int(command["id"]), {world.ben: True})

    told = private_words(await ask(world, world.ben))

    assert told == NOT_A_MODERATOR
