"""`/remix-help` tells a member privately what they may do here now, by the gate's own answer, and changes nothing."""

import discord
import sqlalchemy as sa

from bot.rules.policies import Policy
from bot.rules.prices import Speed
from bot.storage.engine.tables.moderation import refusals
from bot.storage.remixes import quotas
from bot.storage.standing import policies
from tests.e2e.cards import Card
from tests.e2e.world import private_words


async def ask(world, who=None):
    result = await (who or world.mia).slash(world.channel, "remix-help")
    await world.until(lambda: private_words(result), "help")
    assert result.ephemeral
    return Card(result._env, result.response._message)


def use(world, **policy):
    world.app.core.database.transaction_now(policies.write, world.server.id, Policy(**policy))


def refusals_written(world):
    count = sa.select(sa.func.count()).select_from(refusals)
    return world.app.core.database.transaction_now(lambda connection: connection.scalar(count))


async def test_where_nothing_is_set_a_member_reads_that_they_may_and_what_it_costs(world):
    card = await ask(world)
    assert card.lines[0].startswith("**You can start a remix now.**")
    assert card.lines[1:5] == [
        "- **Pace:** 30 seconds between two remixes, 3 in progress at once",
        "- **Left:** as many as you like",
        "- **Price per image:** Turbo $0.03 · Default $0.06 (if you choose none) · Quality $0.10",
        "- **Where:** in every channel where you can use commands",
    ]
    assert "Pictures are kept for 30 days." in card.text
    assert card.notified == []


async def test_who_may_not_now_reads_why_and_until_when_in_the_words_of_the_gate(world, horse):
    await world.make(world.mia, horse)
    card = await ask(world)
    assert card.lines[0].startswith("**Not now.** You can start your next remix <t:")
    assert "charged" not in card.lines[0]
    assert (await ask(world, world.ben)).lines[0].startswith("**You can start")


async def test_what_a_server_has_set_is_told_with_what_is_left_of_it(hasty_world, horse):
    world = hasty_world
    elsewhere = world.server.create_text_channel("elsewhere")
    use(
        world,
        channels=frozenset({world.channel.id, elsewhere.id}),
        daily_quota=2,
        monthly_quota=10,
        speeds=frozenset({Speed.TURBO}),
        keep_pictures_days=1,
        queue_limit=1,
    )
    now = world.bot_time()
    world.app.core.database.transaction_now(
        quotas.add_grant, world.server.id, world.mia.id, 3, now, now.replace(year=now.year + 1)
    )
    await world.make(world.mia, horse)
    card = await ask(world)
    assert "- **Pace:** no cooldown, 1 in progress at once" in card.lines
    assert "- **Left:** 1 of 2 today, 9 of 10 this month (UTC)" in card.lines
    assert "- **Price per image:** Turbo $0.03 (if you choose none)" in card.lines
    assert f"- **Where:** <#{world.channel.id}>, <#{elsewhere.id}>" in card.lines
    assert any(line.startswith("- **Extra remixes:** 3 until <t:") and line.endswith(":f>") for line in card.lines)
    assert "Pictures are kept for 1 day." in card.text


async def test_asking_writes_no_refusal_down(hasty_world, horse):
    world = hasty_world
    use(world, daily_quota=0)
    assert "you have no remixes for today" in (await ask(world)).lines[0]
    assert refusals_written(world) == 0
    assert world.jobs() == []
    await world.told(await world.remix(world.mia, horse), "you have no remixes for today")
    assert refusals_written(world) == 1


async def test_a_budget_that_has_no_room_for_any_speed_that_is_allowed_is_told(world):
    use(world, speeds=frozenset({Speed.DEFAULT, Speed.QUALITY}), daily_budget=50_000)
    assert "This server's budget for today doesn't have enough left" in (await ask(world)).lines[0]
    use(world, daily_budget=50_000)
    assert (await ask(world)).lines[0].startswith("**You can start")


async def test_what_the_bot_lacks_is_told_too(world):
    world.deny("attach_files")
    assert "I'm missing the **Attach Files** permission" in (await ask(world)).lines[0]


async def test_a_member_of_another_role_reads_what_holds_for_them(hasty_world):
    world = hasty_world
    artists = world.server.create_role("artists", permissions=discord.Permissions.none())
    artist = world.server.add_member(world.discord.create_user("artist"), roles=[artists])
    use(world, roles=frozenset({artists.id}))
    why = f"In this server, remixes are only for <@&{artists.id}>. If you think that's a mistake, ask the moderators."
    assert (await ask(world)).lines[0] == f"**Not now.** {why}"
    assert (await ask(world, artist)).lines[0].startswith("**You can start")
