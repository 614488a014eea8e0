"""Moderators try a prompt, and look for what was posted before a word was listed."""

import pytest

from bot.storage.remixes import jobs
from bot.use_cases.moderation.prompts import search_posted as search
from tests.e2e.admins import Admins
from tests.e2e.automod import add_rule, let_read
from tests.e2e.cards import Card
from tests.e2e.moderators import Desk


@pytest.fixture
async def admins(hasty_world):
    return Admins(hasty_world)


async def test_a_moderator_reads_which_rule_a_prompt_would_hit_and_how_it_was_read(admins):
    world, desk = admins.world, Desk(admins.world)
    await admins.told("word-add", words="nude")
    await admins.told("word-add", words="gun", then="review")
    let_read(world)
    add_rule(world, "slur*", exempt=[admins.artists])

    told = await desk.press("test prompt", prompt="a nudе with a gun, n.u.d.e, slurs")
    assert told.splitlines() == [
        "**A member's remix with this prompt is refused.**",
        "- `nude` refuses: “nudе”, by letters that look alike",
        "- `gun` holds for review: “gun”, as it is written",
        "- `nude` holds for review: “n\\.u\\.d\\.e”, perhaps: digits, repeats or signs may stand for it",
        "- AutoMod rule **Bad words**: `slur*` refuses: “slur”, as it is written",
        "-# AutoMod's rules do not hold for exempt roles and channels, or for people with Manage Server.",
        "-# I read it as `a nudе with a gun n u d e slurs`",
        "-# I read it as `a nude with a gun n u d e slurs`",
        "-# I read it as `nude`",
    ]
    told = await desk.press("test prompt", prompt="a gun")
    assert told.startswith("**A member's remix with this prompt waits for review:**")
    told = await desk.press("test prompt", prompt="a menu")
    assert told.startswith("**No list of this server has anything against this prompt.**")
    assert (world.jobs(), len(admins.cases)) == ([], 2)


async def test_a_new_word_offers_to_look_for_what_is_posted_with_hide_and_remove(admins, horse):
    world, desk = admins.world, Desk(admins.world)
    world.discord.backend.add_member_role(world.server.id, admins.anna.id, desk.role.id)
    await world.make(world.mia, horse, "a nude")
    await world.make(world.ben, horse, "a menu")
    await world.make(world.ben, horse, "two NUDES, a nudе")
    answer = await admins.press("word-add", words="nude")
    found = await admins.anna.click(answer.response, label="Search posted remixes")
    told = await desk.words(found, "the search")
    assert "2 posted remixes have such words**, of the 3 that I looked at. There are no earlier ones." in told
    assert "||a nude||" in told
    assert "menu" not in told

    pressed = await admins.anna.click(found.response, custom_id="remix:log-remove:1")
    assert "removed" in (await desk.submit(pressed, "Remove", admins.anna)).lower()
    await world.until(lambda: world.app.core.database.transaction_now(jobs.get, 1).removed_at, "a removal")
    again = await admins.anna.click(answer.response, label="Search posted remixes")
    assert "1 posted remix has" in await desk.words(again, "the search")


async def test_the_search_goes_on_where_it_stopped_and_members_cannot_start_it(admins, horse, monkeypatch):
    world, desk = admins.world, Desk(admins.world)
    monkeypatch.setattr(search, "MOST_FOUND", 1)
    for _ in range(2):
        await world.make(world.mia, horse, "a nude")
    answer = await admins.press("word-add", words="nude")
    first = await admins.anna.click(answer.response, label="Search posted remixes")
    assert "1 posted remix has" in await desk.words(first, "the search")
    second = await admins.anna.click(first.response, label="Search earlier ones")
    assert "**Remix** `1`" in await desk.words(second, "the search")
    forged = await world.click_forged(world.mia, world.cards()[0].stored, "remix-mod:search:1:0")
    await world.told(forged, "Moderate Members")
    forged = await world.click_forged(admins.anna, world.cards()[0].stored, "remix-mod:search:7:0")
    await world.told(forged, "lists no words that I could search for")


async def test_what_is_only_allowed_is_not_looked_for(admins):
    answer = await admins.press("word-add", words="nude", then="allow")
    assert "Search" not in str(Card(answer._env, answer.response._message).stored.components)
