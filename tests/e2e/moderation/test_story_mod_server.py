"""Cases, why, the queue and the pause: what a moderator sees and steers of the whole server."""

import discord
import pytest

from bot.rules.cases import CaseKind
from bot.rules.gate import Check
from bot.rules.job_states import JobState
from bot.rules.policies import Policy
from bot.storage.engine.tables.moderation import refusals
from bot.storage.moderation import cases
from bot.storage.moderation.cases import NewCase
from bot.storage.standing import policies
from tests.e2e.moderators import Desk
from tests.e2e.world import private_words

MARKS = {"yes": "🟢", "no": "🔴"}


@pytest.fixture
async def desk(hasty_world):
    return Desk(hasty_world)


def set_policy(world, **settings):
    world.app.core.database.transaction_now(policies.write, world.server.id, Policy(**settings))


async def test_cases_are_listed_by_member_moderator_and_kind_and_told_in_full(desk):
    world = desk.world
    await desk.press("block", member=world.mia, duration="1h", reason="spam")
    await desk.press("warn", member=world.ben, reason="no [faces](https://x.example)")
    await desk.press("warn", member=world.mia, reason="again", who=desk.max)

    assert [line.split()[0] for line in (await desk.press("cases")).splitlines()] == ["`3`", "`2`", "`1`"]
    mias = await desk.press("cases", member=world.mia)
    assert mias.startswith(f"`3` Warning <@{world.mia.id}> by <@{desk.max.id}> <t:")
    assert (await desk.press("cases", moderator=desk.max)).count("\n") == 0
    assert (await desk.press("cases", kind="block")).startswith("`1` Block")
    assert await desk.press("cases", kind="purge") == "No cases found."
    told = await desk.press("case", number=2)
    assert told.splitlines()[0] == "**Case 2: Warning**"
    assert r"> no \[faces\]\(https\:\/\/x\.example\)" in told
    assert await desk.press("case", number=9) == "There is no case with that number in this server."


async def test_more_cases_than_a_page_are_turned_also_after_a_restart(desk):
    world = desk.world
    for number in range(12):
        await desk.press("warn", member=world.mia, reason=f"number {number + 1}")
    result = await desk.maud.slash(world.channel, "remix-mod cases", member=world.mia)
    await world.told(result, "number 12")
    assert "number 2" not in private_words(result).replace("number 12", "")
    await world.restart()

    await desk.maud.click(result.response, label="Next")

    await world.until(lambda: "number 2" in private_words(result), "the older cases")
    assert private_words(result).splitlines()[-1].startswith("`1`")
    await desk.maud.click(result.response, label="Previous")
    await world.until(lambda: "number 12" in private_words(result), "the newer cases")


async def test_the_list_turns_for_moderators_alone_and_only_where_it_is_private(desk, horse):
    world = desk.world
    card = await world.make(world.mia, horse)
    await desk.press("warn", member=world.mia, reason="a secret")
    for who in (world.ben, desk.maud):
        for custom_id in ("cases:n9:::", "cases:p0:5:x:y:z", "blocks:n9:", "queue:n1:"):
            result = await world.click_forged(who, card.stored, f"remix:page:{custom_id}")
            await world.told_aside(result, "You need the **Moderate Members** permission")
    assert "secret" not in world.cards()[0].text


async def test_a_reason_is_put_right_later(desk, horse):
    world = desk.world
    await desk.press("block", member=world.mia, reason="spam")
    told = await desk.press("reason", number=1, reason="spam in the contest", who=desk.max)
    assert f"Reason changed by <@{desk.max.id}>" in told
    await world.told(await world.remix(world.mia, horse), "> spam in the contest")
    assert "Please give a reason" in await desk.press("reason", number=1, reason="\u202e")


async def test_nobody_rewrites_a_case_about_themselves_or_about_who_stands_above_them(desk):
    world = desk.world
    await desk.press("warn", member=desk.maud, reason="be kinder", who=desk.max)
    assert "You can't do that to yourself" in await desk.press("reason", number=1, reason="well done")
    add_case(world, CaseKind.WARN, desk.max.id)
    assert "isn't below yours" in await desk.press("reason", number=2, reason="shame")
    add_case(world, CaseKind.CONFIG)
    assert "Only people with **Manage Server**" in await desk.press("reason", number=3, reason="no")
    told = [await desk.press("case", number=number) for number in (1, 2, 3)]
    assert not [page for page in told if "edited" in page]


async def test_undoing_a_block_lets_in_again_and_does_not_block_again(desk, horse):
    world = desk.world
    await desk.press("block", member=world.mia)
    assert f"Case 1 (Block <@{world.mia.id}>) is undone." in await desk.press("undo", number=1)
    await world.make(world.mia, horse)
    assert "is already undone" in await desk.press("undo", number=1)
    assert "can't be undone" in await desk.press("undo", number=2)


async def test_why_tells_every_answer_of_the_gate_and_writes_no_refusal_down(desk):
    world = desk.world
    other = world.server.create_text_channel("art")
    set_policy(world, channels=frozenset({other.id}), new_member_s=86_400)
    await desk.press("block", member=world.mia, reason="spam")

    told = (await desk.press("why", member=world.mia)).splitlines()

    assert told[0] == f"**<@{world.mia.id}> can't make a remix in <#{world.channel.id}> now.**"
    no = [line for line in told if line.startswith(MARKS["no"])]
    assert [line.split("**")[1] for line in no] == [
        "Blocked in this server",
        "Channel not allowed",
        "Too new in this server",
    ]
    # Nobody asks about a picture, or about words.
    of_a_remix = {Check.PICTURE_OWNER, Check.PICTURE, Check.WORDS, Check.AUTOMOD}
    assert sum(line.startswith(MARKS["yes"]) for line in told) == len(Check) - len(no) - len(of_a_remix)
    assert "> You're blocked from making remixes in this server" in "\n".join(told)
    there = await desk.press("why", member=world.ben, channel=other)
    assert "🔴 **Too new in this server** until <t:" in there
    assert "🟢 Channel allowed" in there
    assert world.app.core.database.transaction_now(lambda connection: connection.execute(refusals.select()).all()) == []


async def test_why_sees_what_the_bot_may_not_in_another_channel(desk):
    world = desk.world
    other = world.server.create_text_channel("art")
    world.deny("attach_files", channel=other)
    told = await desk.press("why", member=world.mia, channel=other)
    assert "🔴 **I'm missing permissions there**" in told
    assert "I'm missing the **Attach Files** permission" in told
    assert "can make a remix" in await desk.press("why", member=world.mia)


async def test_the_queue_tells_what_waits_and_runs_here(desk, horse):
    world = desk.world
    assert await desk.press("queue") == "**In this server:** 0 in progress · 0 waiting"
    world.hold_calls()
    asked = [await world.remix(world.person(f"p{number}"), horse, "a `fox` @here") for number in range(11)]
    await world.ideogram.until_running(10)
    await world.until(lambda: len(world.jobs()) == len(asked), "the last one waits")

    told = (await desk.press("queue")).splitlines()

    assert told[0] == "**In this server:** 10 in progress · 1 waiting"
    assert len(told) == 9
    assert all(line.endswith(r"a \`fox\` \@here · in progress") for line in told[1:])
    result = await desk.maud.slash(world.channel, "remix-mod queue")
    await world.told(result, "10 in progress")
    await desk.maud.click(result.response, label="Next")
    # Which of them waits is not settled: they asked at once.
    await world.told(result, "position 1")
    assert private_words(result).endswith(r"a \`fox\` \@here · position 1")  # no time: nothing has been measured


async def test_all_that_a_member_has_waiting_is_cancelled_and_they_read_why(desk, horse):
    world = desk.world
    world.hold_calls()
    for number in range(10):
        await world.remix(world.person(f"p{number}"), horse)
    await world.ideogram.until_running(10)
    waiting = [await world.remix(world.mia, horse) for _ in range(2)]
    await world.told(waiting[-1], "in the queue")
    told = await desk.press("cancel", member=world.mia, reason="spam @here")
    assert told.startswith(f"**Case 1.** 2 waiting remixes of <@{world.mia.id}> are cancelled. Nothing was charged.")
    for each in waiting:
        await world.told(each, "**Cancelled by a moderator.**")
        await world.told(each, r"> spam \@here")
    assert "has no remixes waiting here" in await desk.press("cancel", member=world.mia)
    assert "Choose one remix" in await desk.press("cancel")
    assert "Choose one remix" in await desk.press("cancel", remix="1", member=world.mia)
    assert "isn't below yours" in await desk.press("cancel", member=desk.max)


async def test_while_paused_people_read_the_reason_and_resumed_they_go_on(desk, horse):
    world = desk.world
    world.hold_calls()
    for number in range(10):
        await world.remix(world.person(f"p{number}"), horse)
    await world.ideogram.until_running(10)
    waiting = await world.remix(world.mia, horse)
    await world.told(waiting, "You are next")

    assert (await desk.press("pause", reason="a contest, @everyone")).startswith("**Case 1.** **Paused.**")

    reason = r"> a contest, \@everyone"
    await world.told(waiting, "The moderators of this server have paused remixing")
    await world.told(waiting, reason)
    await world.told(await world.remix(world.ben, horse), reason)
    assert reason in await desk.press("queue")
    world.let_calls_go()
    await world.until(lambda: len(world.cards()) == 10, "those that had begun are done")
    await world.restart()
    assert world.jobs()[-1].state is JobState.QUEUED
    await world.told(await world.mia.slash(world.channel, "my-remixes"), "waiting, paused by the moderators")

    assert (await desk.press("resume")).startswith("**Case 2.** **Resumed.**")

    await world.told(waiting, "**Done.**")
    assert "isn't paused" in await desk.press("resume")


async def test_another_server_goes_on_while_one_is_paused(desk, horse):
    world = desk.world
    other = world.discord.create_guild("Elsewhere")
    channel = other.create_text_channel("remixes")
    await desk.press("pause", reason="a break")
    await world.remix(world.person("zoe", other), horse, channel=channel)
    await world.card(1, channel)


async def test_undoing_a_pause_lets_everybody_go_on(desk, horse):
    world = desk.world
    await desk.press("pause", reason="a break")
    assert "is undone" in await desk.press("undo", number=1)
    await world.make(world.mia, horse)


async def test_settings_are_taken_back_by_who_may_manage_the_server_alone(desk):
    world = desk.world
    manages = world.server.create_role(
        "admins", permissions=discord.Permissions(manage_guild=True, moderate_members=True)
    )
    adam = world.server.add_member(world.discord.create_user("adam"), roles=[manages])
    add_config_case(world)
    assert "Only people with **Manage Server** can change it" in await desk.press("undo", number=1)
    assert "Only people with **Manage Server**" not in await desk.press("undo", number=1, who=adam)


def add_case(world, kind, target_id=None):
    new = NewCase(world.server.id, kind, 1, target_id)
    world.app.core.database.transaction_now(lambda connection: cases.add(connection, new, world.bot_time()))


def add_config_case(world):
    new = NewCase(world.server.id, CaseKind.CONFIG, 1, details={"field": "cooldown", "before": 30, "after": 60})
    world.app.core.database.transaction_now(lambda connection: cases.add(connection, new, world.bot_time()))
