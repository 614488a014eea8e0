"""Where the bot works: only in servers that may use it, and only in channels where it could post the result."""

import pytest
from simcord.backend import serializers
from simcord.builders import ChannelHandle

from bot.rules.policies import Policy
from bot.storage.standing import policies

WHAT_IT_IS_CALLED = {
    "send_messages": "Send Messages",
    "attach_files": "Attach Files",
    "view_channel": "View Channel",
}


def thread_in(world):
    backend = world.discord.backend
    thread = backend.create_thread(world.channel.id, "a thread", world.mia.id)
    backend.add_thread_member(thread.id, backend.bot_user.id)
    return ChannelHandle(world.discord, world.server, thread)


def nothing_happened(world):
    return world.jobs() == [] and world.ideogram.calls == []


@pytest.mark.parametrize("permission", WHAT_IT_IS_CALLED)
async def test_a_permission_that_the_bot_lacks_in_the_channel_is_named_before_anything_is_queued(
    world, horse, permission
):
    world.deny(permission)

    result = await world.remix(world.mia, horse)

    told = await world.told(result, "I couldn't post the result here")
    assert f"I'm missing the **{WHAT_IT_IS_CALLED[permission]}** permission. Ask a moderator" in told
    assert "charged" not in told
    assert nothing_happened(world)


async def test_all_permissions_that_are_missing_are_named_at_once(world, horse):
    world.deny("send_messages", "attach_files")

    result = await world.remix(world.mia, horse)

    await world.told(result, "I'm missing the **Send Messages** and **Attach Files** permissions. Ask a moderator")


async def test_in_a_thread_the_permission_for_threads_counts(world, horse):
    world.deny("send_messages_in_threads")

    result = await world.remix(world.mia, horse, channel=thread_in(world))

    await world.told(result, "I'm missing the **Send Messages in Threads** permission. Ask a moderator")
    assert nothing_happened(world)


async def test_a_thread_takes_results_where_the_channel_around_it_takes_none(world, horse):
    thread = thread_in(world)
    world.deny("send_messages")

    await world.remix(world.mia, horse, channel=thread)

    assert (await world.card(channel=thread)).files == ["remix-1-1.png"]


async def test_a_server_that_is_not_on_the_operators_list_is_told_how_to_get_there(make_world, horse):
    world = await make_world(allowed_guild_ids=frozenset({1}))

    result = await world.remix(world.mia, horse)

    told = await world.told(result, "This server isn't on my operator's list yet.")
    assert f"`{world.server.id}`" in told
    assert nothing_happened(world)


async def test_the_bot_does_not_answer_in_one_server_with_what_was_made_in_another(world, horse):
    elsewhere = world.discord.create_guild("Elsewhere")
    channel = elsewhere.create_text_channel("pictures")
    mia_there = elsewhere.add_member(world.mia.user)

    await world.remix(mia_there, horse, "there", channel=channel)
    await world.make(world.mia, horse, "here")

    assert (await world.card(channel=channel)).quoted == "> there"
    assert [card.quoted for card in world.cards()] == ["> here"]


async def test_a_role_that_is_left_out_stays_out_while_the_servers_roles_are_not_known_yet(world, horse):
    """After a start Discord tells of servers one by one; interactions come before that too."""
    left_out = world.server.create_role("muted")
    zoe = world.server.add_member(world.discord.create_user("zoe"), roles=[left_out])
    policy = Policy(ignored_roles=frozenset({left_out.id}))
    world.app.core.database.transaction_now(policies.write, world.server.id, policy)
    world.app.client.get_guild(world.server.id)._roles.clear()
    await world.told(await world.remix(zoe, horse), "One of your roles can't use remixes")
    assert world.jobs() == []


async def test_results_in_a_spoiler_channel_are_behind_a_spoiler(hasty_world, horse, monkeypatch):
    plain = serializers.channel_payload
    card = await hasty_world.make(hasty_world.mia, horse)
    assert card.files == ["remix-1-1.png"]
    monkeypatch.setattr(serializers, "channel_payload", lambda *channel: plain(*channel) | {"flags": 1 << 21})

    await hasty_world.mia.click(card.message, label="Again")

    assert (await hasty_world.card(2)).files == ["SPOILER_remix-2-1.png"]
    assert (await hasty_world.make(hasty_world.mia, horse)).files == ["SPOILER_remix-3-1.png"]


async def test_a_channel_of_a_type_that_came_later_takes_results(hasty_world, horse, monkeypatch):
    plain = serializers.channel_payload
    monkeypatch.setattr(serializers, "channel_payload", lambda *channel: plain(*channel) | {"type": 99})
    (guild,) = hasty_world.app.client.guilds
    monkeypatch.delitem(guild._channels, hasty_world.channel.id)

    card = await hasty_world.make(hasty_world.mia, horse)
    assert card.files == ["remix-1-1.png"]
    await hasty_world.mia.click(card.message, label="Again")

    assert (await hasty_world.card(2)).files == ["remix-2-1.png"]
