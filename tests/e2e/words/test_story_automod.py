"""The server's own AutoMod rules hold for prompts, where the bot may read them, and the panel says what that costs."""

import pytest

from bot.storage.standing import automod, words
from tests.e2e.admins import Admins
from tests.e2e.automod import PRESETS, add_rule, let_read

REFUSED = "This server's AutoMod doesn't allow that prompt: **{}**. Please reword it."


@pytest.fixture
async def admins(hasty_world):
    return Admins(hasty_world)


def known(world):
    """The rules that the bot has read."""
    found = world.app.core.database.transaction_now(automod.find, world.server.id)
    return None if found is None or found.rules is None else [rule.keywords for rule in found.rules]


async def until_known(world, *rules):
    await world.until(lambda: known(world) == list(rules), "the rules of AutoMod")


async def test_a_rule_refuses_what_it_blocks_in_messages(admins, horse):
    world = admins.world
    let_read(world)
    add_rule(world, "slur*", allow_list=["slurry"], regex_patterns=["k.ll"])
    for prompt, piece in {"a SLURS": "SLUR", "a slυr": "slυr", "to kill": "kill"}.items():
        result = await world.remix(world.mia, horse, prompt)
        await world.told(result, REFUSED.format(piece))
        assert result.ephemeral
    assert (world.jobs(), world.ideogram.calls) == ([], [])
    # Discord undoes no tricks, so neither does its rule here.
    await world.make(world.mia, horse, "a slurry, s.l.u.r")


async def test_a_rule_that_changes_holds_at_once(admins, horse):
    world = admins.world
    let_read(world)
    number = add_rule(world, "fog")
    await until_known(world, ("fog",))
    await world.make(world.mia, horse, "a mist")
    world.discord.backend.edit_auto_mod_rule(
        world.server.id, number, {"trigger_metadata": {"keyword_filter": ["mist"]}}
    )
    await until_known(world, ("mist",))
    await world.told(await world.remix(world.mia, horse, "a mist"), REFUSED.format("mist"))
    world.discord.backend.delete_auto_mod_rule(world.server.id, number)
    await until_known(world)
    await world.make(world.mia, horse, "a mist")


async def test_its_exemptions_hold_and_people_who_manage_the_server_have_them_all(admins, horse):
    world = admins.world
    let_read(world)
    free = world.server.create_text_channel("free")
    add_rule(world, "fog", exempt=[admins.artists], where=[free])
    ben = world.ben
    world.discord.backend.add_member_role(world.server.id, ben.id, admins.artists.id)
    await world.told(await world.remix(world.mia, horse, "a fog"), REFUSED.format("fog"))
    await world.make(ben, horse, "a fog")
    await world.make(admins.anna, horse, "a fog")
    result = await world.remix(world.mia, horse, "a fog", channel=free)
    await world.until(lambda: len(world.cards(free)) == 1, "a card in the exempt channel")
    assert result.ephemeral


async def test_without_the_permission_all_works_and_the_panel_names_the_price(admins, horse):
    world = admins.world
    let_read(world, may=False)
    add_rule(world, "fog")
    await world.make(world.mia, horse, "a fog")
    told = await admins.told("panel")
    assert "I can't read its rules. To apply them to prompts I need **Manage Server**." in told
    assert "with it I could also change this server's settings" in told
    let_read(world)
    assert "these rules hold for prompts too: Bad words (1)" in await admins.told("panel")
    await world.told(await world.remix(world.mia, horse, "a fog"), REFUSED.format("fog"))


async def test_an_admin_turns_it_off_and_on(admins, horse):
    world = admins.world
    let_read(world)
    add_rule(world, "fog")
    await world.told(await world.remix(world.mia, horse, "a fog"), REFUSED.format("fog"))
    assert await admins.set("automod", "off") == "`automod` is now **off** (before: on). Case 1."
    assert "because `automod` is off" in await admins.told("words")
    await world.make(world.mia, horse, "a fog")
    await admins.set("automod", "default")
    await world.told(await world.remix(world.mia, horse, "a fog"), REFUSED.format("fog"))


async def test_what_cannot_be_applied_is_said(admins, horse):
    world = admins.world
    let_read(world)
    add_rule(world, trigger=PRESETS, presets=[1])
    add_rule(world, "fog", enabled=False)
    add_rule(world, "mist", actions=[2], regex_patterns=["(?=look)"])
    told = await admins.told("words")
    before = world.app.core.database.transaction_now(words.version, world.server.id)
    assert "Bad words (2, only alerts, so a prompt is held for review)" in told
    assert "Discord's own lists (slurs, sexual content, profanity) can't be read by any bot" in told
    assert "These patterns of AutoMod I can't read, because RE2 doesn't: `(?=look)`." in told
    await world.make(world.mia, horse, "a fog")
    result = await world.remix(world.mia, horse, "a mist")
    await world.told(result, "Until then only you and they can see it")
    assert world.app.core.database.transaction_now(words.version, world.server.id) == before
