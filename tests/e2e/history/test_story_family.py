"""Where a remix comes from, and what others made of it: on the card, and in Details."""

import pytest
import sqlalchemy as sa

from bot.discord_app.kit.text import message_link
from bot.rules.job_states import JobState
from bot.storage.engine.tables import remixes as tables


@pytest.fixture
async def family(hasty_world, horse):
    """Mia's remix, and Ben's remix of its result."""
    first = await hasty_world.make(hasty_world.mia, horse, "a horse in autumn")
    form = await hasty_world.open_form(hasty_world.ben, first, "Remix this")
    await hasty_world.submit_form(hasty_world.ben, form, prompt="as a woodcut")
    second = await hasty_world.card(2)
    await hasty_world.until(lambda: hasty_world.job(2).state is JobState.DELIVERED, "it is delivered")
    return first, second


def link_to(world, card):
    return message_link(world.server.id, world.channel.id, card.stored.id)


async def details(world, who, card):
    return await world.told(await world.press(who, card, "Details"), "**Remix")


async def test_a_remix_of_a_result_says_whose_it_was_and_links_it(hasty_world, family):
    first, second = family
    assert second.small[1] == f"Remixed from [#1]({link_to(hasty_world, first)}) by {hasty_world.mia.mention}"
    assert second.notified == [hasty_world.ben.id]
    assert "Remixed from" not in first.text


async def test_details_show_both_directions_with_links_and_prompts(hasty_world, family):
    first, second = family
    of_second = await details(hasty_world, hasty_world.ben, second)
    assert f"Made from [#1]({link_to(hasty_world, first)}) by {hasty_world.mia.mention}: a horse in autumn" in of_second
    of_first = await details(hasty_world, hasty_world.ben, first)
    assert f"Went on as [#2]({link_to(hasty_world, second)}) by {hasty_world.ben.mention}: as a woodcut" in of_first


async def test_a_deleted_relative_has_neither_link_nor_prompt(hasty_world, family):
    first, second = family
    asked = await hasty_world.press(hasty_world.ben, second, "Delete")
    await hasty_world.told(asked, "Delete for good?")
    await hasty_world.ben.click(asked.response, label="Delete for good")
    await hasty_world.until(lambda: hasty_world.job(2).removed_at, "it is deleted")
    of_first = await details(hasty_world, hasty_world.mia, first)
    assert f"Went on as #2 by {hasty_world.ben.mention}" in of_first
    assert "woodcut" not in of_first


async def test_a_relative_of_another_channel_is_named_only(hasty_world, family):
    _, second = family
    elsewhere = sa.update(tables.jobs).where(tables.jobs.c.id == 1).values(channel_id=12)
    hasty_world.app.core.database.transaction_now(lambda connection: connection.execute(elsewhere))
    of_second = await details(hasty_world, hasty_world.ben, second)
    assert f"Made from #1 by {hasty_world.mia.mention}" in of_second
    assert "autumn" not in of_second
