"""Moderators block, unblock and warn members; the member reads it, privately; who is above them is out of reach."""

import pytest
from simcord.builders import UserHandle

from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from tests.e2e.moderators import Desk, aside
from tests.e2e.world import private_words

COMMANDS = {
    "block": {"member": None},
    "unblock": {"member": None},
    "blocks": {},
    "warn": {"member": None, "reason": "spam"},
    "purge": {"member": None, "last": 1},
    "hide": {"remix": "1"},
    "unhide": {"remix": "1"},
    "remove": {"remix": "1"},
    "records deleted": {"remix": "1"},
    "cancel": {"remix": "1"},
    "member": {"member": None},
    "note": {"member": None, "note": "spam"},
    "records export": {},
    "inbox": {},
    "lock": {},
    "unlock": {},
    "cases": {},
    "case": {"number": 1},
    "reason": {"number": 1, "reason": "no"},
    "undo": {"number": 1},
    "why": {"member": None},
    "queue": {},
    "pause": {"reason": "no"},
    "resume": {},
}
MENUS = ("Hide remix", "Remove remix")


@pytest.fixture
async def desk(hasty_world):
    return Desk(hasty_world)


def offered(who, world):
    return {name for name in who.available_commands(world.channel) if name.startswith(("remix-mod", *MENUS))}


async def test_it_is_offered_to_who_may_moderate_members_and_to_nobody_else(desk):
    assert {f"remix-mod {name}" for name in COMMANDS} <= offered(desk.maud, desk.world)
    assert {name for name, _ in desk.world.discord.backend.commands[None]}.issuperset(MENUS)
    assert offered(desk.world.rosa, desk.world) == set()
    assert offered(desk.world.mia, desk.world) == set()


async def test_a_block_refuses_with_its_reason_and_end_and_is_lifted(desk, horse):
    world = desk.world
    told = await desk.press("block", member=world.mia, duration="24h", reason="spam @everyone")
    assert told.startswith("**Case 1.** ")
    assert r"> spam \@everyone" in told

    refused = await world.told(await world.remix(world.mia, horse), "from making remixes in this server until <t:")
    assert r"> spam \@everyone" in refused
    assert "you can appeal: </remix-appeal:" in refused
    listed = await desk.press("blocks")
    assert f"<@{world.mia.id}> until <t:" in listed

    assert "can make remixes here again" in await desk.press("unblock", member=world.mia)
    await world.make(world.mia, horse)
    assert await desk.press("blocks") == "Nobody is blocked here."
    assert "isn't blocked here" in await desk.press("unblock", member=world.mia)


async def test_a_block_survives_a_restart_and_ends_by_itself(desk, horse):
    world = desk.world
    await desk.press("block", member=world.mia, duration="30m")
    await world.restart()
    await world.told(await world.remix(world.mia, horse), "You're blocked from making remixes")
    world.later(31 * 60)
    await world.make(world.mia, horse)


async def test_what_the_member_has_waiting_is_told_of_and_ends_uncharged(desk, horse):
    world = desk.world
    world.hold_calls()
    for number in range(10):
        await world.remix(world.person(f"p{number}"), horse)
    await world.ideogram.until_running(10)
    waiting = await world.remix(world.mia, horse)
    await world.told(waiting, "You are next")

    told = await desk.press("block", member=world.mia, duration="24h", reason="gore, @everyone")
    assert "1 waiting remix of theirs will end uncharged." in told
    world.let_calls_go()

    ended = await world.told(waiting, "You're blocked from making remixes")
    assert "Nothing was charged" in ended
    assert "The block lasts until <t:" in ended
    assert r"> gore, \@everyone" in ended
    assert world.jobs()[-1].failure_kind is FailureKind.MEMBER_BLOCKED


@pytest.mark.parametrize("duration", ["soon", "0m", "2y"])
async def test_a_length_of_time_that_cannot_be_read_blocks_nobody(desk, horse, duration):
    assert "I can't read that length of time" in await desk.press("block", member=desk.world.mia, duration=duration)
    await desk.world.make(desk.world.mia, horse)


async def test_a_warning_is_read_privately_at_the_next_use_and_once(desk):
    world = desk.world
    told = await desk.press("warn", member=world.mia, reason="no faces, **please**")
    assert "will read it privately the next time they use the bot" in told
    assert "Not read yet" in await desk.press("case", number=1)

    listed = await world.ben.slash(world.channel, "my-remixes")
    assert aside(listed) == []
    mine = await world.mia.slash(world.channel, "my-remixes")
    await world.told_aside(mine, "**The moderators of this server have warned you:**\n> no faces, \\*\\*please\\*\\*")
    assert all(each.flags.ephemeral for each in mine.followups)
    again = await world.mia.slash(world.channel, "my-remixes")
    await world.told(again, "You haven't made a remix")

    assert aside(again) == []
    assert "Read <t:" in await desk.press("case", number=1)


async def test_a_warning_is_told_after_a_remix_and_after_a_button_too(desk, horse):
    world = desk.world
    card = await world.make(world.ben, horse)
    await desk.press("warn", member=world.mia, reason="one")
    pressed = await world.open_more(world.mia, card)
    await world.told_aside(pressed, "> one")

    await desk.press("warn", member=world.mia, reason="two")
    await desk.press("warn", member=world.mia, reason="three")
    await world.told_aside(await world.remix(world.mia, horse), "> two\n> three")


async def test_a_warning_is_read_before_the_answer_to_again(desk, horse):
    """Discord puts the first follow-up in the place of a deferred answer, and the next status would replace it."""
    world = desk.world
    card = await world.make(world.ben, horse)
    await desk.press("warn", member=world.mia, reason="one")

    pressed = await world.mia.click(card.message, label="Again")

    await world.told_aside(pressed, "> one")
    await world.told(pressed, "**Done.**")
    assert "> one" not in private_words(pressed)


async def test_a_warning_is_read_with_a_remix_whose_options_are_refused_too(desk, horse):
    world = desk.world
    await desk.press("warn", member=world.mia, reason="one")
    refused = await world.remix(world.mia, horse, resolution="1x1")
    await world.told_aside(refused, "> one")
    await world.told(refused, "I don't know that resolution")


async def test_a_warning_is_told_after_help_too(desk):
    world = desk.world
    await desk.press("warn", member=world.mia, reason="one")
    await world.told_aside(await world.mia.slash(world.channel, "remix-help"), "> one")


async def test_a_warning_that_was_taken_back_is_never_read(desk):
    world = desk.world
    await desk.press("warn", member=world.mia, reason="a mistake")
    assert "is undone" in await desk.press("undo", number=1)
    mine = await world.mia.slash(world.channel, "my-remixes")
    await world.told(mine, "You haven't made a remix")
    assert aside(mine) == []


async def test_nobody_acts_on_the_owner_on_an_equal_or_higher_role_on_the_bot_or_on_themselves(desk):
    world = desk.world
    me = world.discord.backend.bot_user.id
    peer = world.server.add_member(world.discord.create_user("peer"), roles=[desk.role])
    reach = [
        (world.server.owner, "You can't do that to the server's owner"),
        (desk.max, "Their highest role isn't below yours"),
        (desk.hugo, "Their highest role isn't below yours"),
        (peer, "Their highest role isn't below yours"),
        (desk.maud, "You can't do that to yourself"),
        (UserHandle(world.discord, world.discord.backend.get_user(me)), "That's me"),
    ]
    for target, told in reach:
        for command in ("block", "unblock", "warn"):
            options = {"reason": "no"} if command == "warn" else {}
            assert told in await desk.press(command, member=target, **options)
    assert await desk.press("cases") == "No cases found."


async def test_who_is_higher_acts_on_who_is_lower(desk, horse):
    assert "is blocked from making remixes here" in await desk.press("block", who=desk.max, member=desk.maud)
    assert "You can't do that to yourself" in await desk.press("unblock", member=desk.maud)
    assert "You can't do that to yourself" in await desk.press("undo", number=1)
    await desk.world.told(await desk.world.remix(desk.maud, horse), "You're blocked from making remixes")


async def test_who_has_left_can_be_blocked(desk):
    world = desk.world
    world.server.remove_member(world.mia)
    assert "is blocked from making remixes here" in await desk.press("block", member=world.mia.user)


@pytest.mark.parametrize("command", COMMANDS)
async def test_who_may_not_moderate_is_refused_by_the_handler_itself(desk, horse, command):
    """Discord's own gate is the server's to open: here to everybody."""
    world = desk.world
    await world.make(world.mia, horse)
    for each in world.discord.backend.commands[None].values():
        each["default_member_permissions"] = None
    options = {name: world.mia if value is None else value for name, value in COMMANDS[command].items()}

    told = await desk.press(command, who=world.ben, **options)

    assert told == "You need the **Moderate Members** permission to use this."
    assert len(world.cards()) == 1
    assert not world.job().hidden
    assert world.job().state is JobState.DELIVERED


async def test_moderators_read_their_answers_alone(desk):
    result = await desk.maud.slash(desk.world.channel, "remix-mod blocks")
    await desk.world.until(lambda: private_words(result), "an answer")
    assert result.ephemeral
    assert desk.world.cards() == []
