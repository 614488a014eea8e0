"""A budget that is used up: people are told when it opens again, and the operator is told in their channel."""

import re
from datetime import timedelta
from math import ceil

TURBO = {"speed": "TURBO"}


def next_midnight(moment):
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def messages_in(world, channel):
    return [message.content for message in world.discord.backend.messages.get(channel.id, {}).values()]


async def test_who_comes_too_late_is_told_when_the_budget_opens_again(make_world, horse):
    world = await make_world(daily_budget_usd=60_000)
    await world.make(world.mia, horse)

    result = await world.remix(world.ben, horse)

    told = await world.told(result, "My budget for today doesn't have enough left for this remix.")
    opens = next_midnight(world.job(1).accepted_at)
    assert re.search(r"<t:([0-9]+):R>", told)[1] == str(ceil(opens.timestamp()))
    assert "othing was charged" in told
    assert len(world.jobs()) == 1


async def test_the_operator_is_told_in_their_channel_as_the_budget_fills(make_world, horse):
    world = await make_world(monthly_budget_usd=100_000, cooldown_s=0)
    office = world.server.create_text_channel("office")
    world.app.watchers.budgets._operator._channel_id = office.id

    await world.make(world.mia, horse)
    await world.until(lambda: len(messages_in(world, office)) == 1, "a first warning")
    await world.make(world.mia, horse, **TURBO)
    await world.until(lambda: len(messages_in(world, office)) == 2, "a second warning")

    first, second = messages_in(world, office)
    assert first.startswith("**50% of your monthly budget is spent**: $0.06 of $0.10.")
    assert second.startswith("**Your monthly budget is used up**: $0.09 of $0.10.")
    assert "`MONTHLY_BUDGET_USD`" in second


async def test_the_operator_is_told_in_their_channel_that_the_api_is_deprecated(make_world, horse):
    world = await make_world(cooldown_s=0)
    world.ideogram.dials.deprecated = True
    office = world.server.create_text_channel("office")
    world.app.watchers.api._operator._channel_id = office.id

    await world.make(world.mia, horse)
    await world.make(world.mia, horse)
    await world.until(lambda: len(messages_in(world, office)) == 1, "a warning")

    (told,) = messages_in(world, office)
    assert told.startswith("**Ideogram has deprecated the API that I use** (`v1`) since <t:1777420800:f>.")


async def test_an_operators_channel_that_is_closed_to_the_bot_harms_nobody(make_world, horse):
    world = await make_world(daily_budget_usd=100_000, cooldown_s=0)
    office = world.server.create_text_channel("office")
    world.app.watchers.budgets._operator._channel_id = office.id
    world.deny("send_messages", channel=office)

    await world.make(world.mia, horse)
    await world.make(world.mia, horse, **TURBO)

    assert messages_in(world, office) == []
