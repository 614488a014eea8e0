"""Moderators hide, show, remove and purge results, by command and by the message's menu, and cancel what waits."""

from types import SimpleNamespace

import discord
import pytest

from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from tests.e2e.moderators import Desk
from tests.e2e.world import is_kept

OPEN, COVERED = [False], [True]
REMEMBERED = "Pictures like them are refused here from now on."


@pytest.fixture
async def desk(hasty_world):
    return Desk(hasty_world)


def spoilers(card):
    return [bool(item.get("spoiler")) for item in card.gallery]


def link_to(world, card):
    return f"https://discord.com/channels/{world.server.id}/{world.channel.id}/{card.message.id}"


def refuse(*_arguments, **_options):
    raise discord.HTTPException(SimpleNamespace(status=500, reason="no"), "no")


@pytest.mark.parametrize("by", ["number", "link", "menu"])
async def test_a_result_is_hidden_and_shown_again(desk, horse, by):
    world = desk.world
    card = await world.make(world.mia, horse, "a *horse*")
    seen = [picture.tobytes() for picture in card.pictures]
    words = card.text
    reference = {"number": "1", "link": link_to(world, card)}.get(by)

    told = await (desk.press("hide", remix=reference) if reference else desk.menu("Hide remix", card))

    assert told == "**Case 1.** Its pictures are behind a spoiler, and its prompt is covered."
    (hidden,) = world.cards()
    assert spoilers(hidden) == COVERED
    assert [picture.tobytes() for picture in hidden.pictures] == seen
    assert "horse" not in str(hidden.stored)
    assert hidden.small == card.small
    assert (hidden.message.id, hidden.notified) == (card.message.id, [world.mia.id])
    assert await desk.press("unhide", remix="1") == "**Case 2.** Its pictures are visible."
    (shown,) = world.cards()
    assert spoilers(shown) == OPEN
    assert shown.text == words
    assert set(shown.buttons) == {"Again", "Edit", "Remix this", "More"}


async def test_what_its_author_sent_as_a_spoiler_stays_one_when_it_is_unhidden(desk, horse):
    await desk.world.make(desk.world.mia, horse, spoiler=True)
    await desk.press("hide", remix="1")
    await desk.press("unhide", remix="1")
    assert spoilers(desk.world.cards()[0]) == COVERED


async def test_all_messages_of_a_result_are_hidden(desk, horse):
    world = desk.world
    world.ideogram.dials.images = 11
    await world.remix(world.mia, horse)
    second = await world.card(2)
    await world.until_job(lambda job: job.state is JobState.DELIVERED, "it is delivered")

    await desk.menu("Hide remix", second)

    assert [spoilers(card) for card in world.cards()] == [COVERED * 10, COVERED]


async def test_hidden_after_a_restart_by_the_menu(desk, horse):
    card = await desk.world.make(desk.world.mia, horse)
    await desk.world.restart()
    assert "behind a spoiler" in await desk.menu("Hide remix", card)
    assert spoilers(desk.world.cards()[0]) == COVERED


async def test_a_result_whose_pictures_are_not_kept_is_hidden_too(desk, horse):
    world = desk.world
    card = await world.make(world.mia, horse)
    for file in world.settings.blob_dir.glob("*/*"):
        file.unlink()

    told = await desk.menu("Hide remix", card)

    assert "behind a spoiler" in told
    assert spoilers(world.cards()[0]) == COVERED
    assert "removed, and its pictures are no longer kept" in await desk.menu("Remove remix", card)
    assert world.cards() == []


async def test_a_card_that_discord_does_not_let_change_is_told_and_can_be_repeated(desk, horse, monkeypatch):
    world = desk.world
    await world.make(world.mia, horse)
    with monkeypatch.context() as broken:
        broken.setattr(world.app.client.http, "edit_message", refuse)
        assert "Discord didn't let me change every message" in await desk.press("hide", remix="1")
    assert spoilers(world.cards()[0]) == OPEN
    assert await desk.press("hide", remix="1") == "Its pictures are behind a spoiler, and its prompt is covered."
    assert spoilers(world.cards()[0]) == COVERED


async def test_undoing_a_hide_shows_the_pictures_again(desk, horse):
    await desk.world.make(desk.world.mia, horse)
    await desk.press("hide", remix="1", reason="too much")
    assert await desk.press("undo", number=1) == f"**Case 2.** Case 1 (Hide <@{desk.world.mia.id}>) is undone."
    assert spoilers(desk.world.cards()[0]) == OPEN
    assert "**Shown again** by" in await desk.press("case", number=1)


@pytest.mark.parametrize("by", ["number", "link", "menu"])
async def test_a_result_is_removed(desk, horse, by):
    world = desk.world
    card = await world.make(world.mia, horse)
    reference = {"number": "#1", "link": link_to(world, card)}.get(by)

    told = await (desk.press("remove", remix=reference) if reference else desk.menu("Remove remix", card))

    assert told == f"**Case 1.** The remix is removed, and its pictures are no longer kept. {REMEMBERED}"
    assert world.cards() == []
    listed = await world.mia.slash(world.channel, "my-remixes")
    assert "You haven't made a remix" not in await world.told(listed, "removed by the moderators")
    assert "can't be undone" in await desk.press("undo", number=1)
    assert "That's already done" in await desk.press("remove", remix="1")


async def test_a_message_that_discord_does_not_let_go_is_told_and_can_be_repeated(desk, horse, monkeypatch):
    world = desk.world
    await world.make(world.mia, horse)
    with monkeypatch.context() as broken:
        broken.setattr(discord.PartialMessage, "delete", refuse)
        assert "1 message couldn't be deleted yet" in await desk.press("remove", remix="1")
    (card,) = world.cards()
    for label in ("Details", "Again", "Compare"):
        await world.told(await world.press(world.mia, card, label), "I no longer have the picture")
    assert await desk.press("remove", remix="1") == "The remix is removed, and its pictures are no longer kept."
    assert world.cards() == []
    assert len((await desk.press("cases")).splitlines()) == 1


async def test_a_result_removed_while_it_is_made_is_never_shown_and_its_author_reads_why(desk, horse):
    world = desk.world
    world.hold_calls()
    mine = await world.remix(world.mia, horse)
    await world.ideogram.until_running(1)
    await desk.press("remove", remix="1", reason="that was @everyone's")
    world.let_calls_go()

    told = await world.told(mine, "a moderator removed it before it was posted")

    assert r"> that was \@everyone's" in told
    assert world.cards() == []
    assert world.job().failure_kind is FailureKind.REMOVED


async def test_a_kept_result_that_was_removed_cannot_be_got_again(desk, horse):
    world = desk.world
    listed = await keep_one(world, horse)
    await desk.press("remove", remix="1")
    result = await world.mia.click(listed.response, label="Get it again")
    await world.told(result, "have removed this remix, so you can't get it")


async def test_a_blocked_member_does_not_get_a_kept_result_until_the_block_is_over(desk, horse):
    world = desk.world
    listed = await keep_one(world, horse)
    await desk.press("block", member=world.mia, duration="1h")
    await world.told(await world.mia.click(listed.response, label="Get it again"), "You're blocked from making remixes")
    assert is_kept(world.job())
    await desk.press("unblock", member=world.mia)
    await world.told(await world.mia.click(listed.response, label="Get it again"), "Here it is")


async def keep_one(world, horse):
    """Mia's, which cannot be posted: the channel was closed, and her private reply is out of reach."""
    world.hold_calls()
    mine = await world.remix(world.mia, horse)
    await world.ideogram.until_running(1)
    world.deny("send_messages")
    world.expire_token(mine)
    world.let_calls_go()
    await world.until_job(is_kept, "it is kept")
    listed = await world.mia.slash(world.channel, "my-remixes")
    await world.told(listed, "kept for you")
    return listed


async def test_a_purge_takes_the_last_results_of_one_member(desk, horse):
    world = desk.world
    for who in (world.mia, world.mia, world.ben, world.mia):
        await world.make(who, horse)

    told = await desk.press("purge", member=world.mia, last=2, reason="spam")

    assert told == f"**Case 1.** 2 remixes are removed, and their pictures are no longer kept. {REMEMBERED}"
    assert [card.buttons["Again"] for card in world.cards()] == ["remix:again:1", "remix:again:3"]
    told = await desk.press("purge", member=world.mia, since="1h")
    assert told == f"**Case 2.** The remix is removed, and its pictures are no longer kept. {REMEMBERED}"
    assert "has no results here" in await desk.press("purge", member=world.mia, since="1h")
    assert "Choose how many" in await desk.press("purge", member=world.mia)
    assert "I can't read that length of time" in await desk.press("purge", member=world.mia, since="long")


async def test_a_waiting_remix_is_cancelled_and_its_author_reads_by_whom_and_why(desk, horse):
    world = desk.world
    await desk.press("pause", reason="a break")
    await desk.press("resume")
    world.hold_calls()
    for number in range(10):
        await world.remix(world.person(f"p{number}"), horse)
    await world.ideogram.until_running(10)
    mine = await world.remix(world.mia, horse)
    await world.told(mine, "You are next")

    told = await desk.press("cancel", remix="11", reason="not here")

    assert f"The remix of <@{world.mia.id}> is cancelled. Nothing was charged." in told
    await world.told(mine, "**Cancelled by a moderator.** Nothing was charged")
    await world.told(mine, "> not here")
    assert "It's no longer waiting" in await desk.press("cancel", remix="1")
    assert "It hasn't started yet" not in await desk.press("remove", remix="1")


async def test_nobody_touches_what_is_of_the_owner_or_of_higher_roles_and_own_things_are_fine(desk, horse):
    world = desk.world
    maxs = await world.make(desk.max, horse)
    mauds = await world.make(desk.maud, horse)
    for told in (
        await desk.menu("Hide remix", maxs),
        await desk.menu("Remove remix", maxs),
        await desk.press("remove", remix="1"),
        await desk.press("purge", member=desk.max, last=5),
    ):
        assert told == "Their highest role isn't below yours. Nothing was changed."
    assert "behind a spoiler" in await desk.menu("Hide remix", mauds)
    assert "is undone" in await desk.press("undo", number=1)
    assert "behind a spoiler" in await desk.menu("Hide remix", mauds, who=desk.max)
    for command in ({"command": "unhide", "remix": "2"}, {"command": "undo", "number": 3}):
        assert "You can't do that to yourself" in await desk.press(**command)
    await desk.menu("Remove remix", mauds)
    assert [card.buttons["Again"] for card in world.cards()] == ["remix:again:1"]


async def test_what_is_of_somebody_who_has_left_can_be_removed(desk, horse):
    world = desk.world
    card = await world.make(desk.hugo, horse)
    assert "isn't below yours" in await desk.menu("Remove remix", card)
    world.server.remove_member(desk.hugo)
    await desk.menu("Remove remix", card)
    assert world.cards() == []


async def test_other_messages_and_other_servers_remixes_are_none(desk, horse):
    world = desk.world
    await world.make(world.mia, horse)
    other = world.discord.create_guild("Elsewhere")
    channel = other.create_text_channel("mods")
    moderates = other.create_role("mods", permissions=discord.Permissions(moderate_members=True))
    spy = other.add_member(world.discord.create_user("spy"), roles=[moderates])
    for command in ("hide", "remove", "cancel"):
        result = await spy.slash(channel, f"remix-mod {command}", remix="1")
        await world.told(result, "I can't find that remix here")
    chat = SimpleNamespace(message=await world.mia.send(world.channel, "hello"))
    assert "I can't find that remix here" in await desk.menu("Remove remix", chat)
    assert len(world.cards()) == 1


async def test_everything_made_of_a_removed_picture_goes_and_each_author_reads_why(desk, horse):
    world = desk.world
    card = await world.make(world.mia, horse, "vile thing")
    await world.ben.click(card.message, label="Again")
    bens = await world.card(2)
    await world.until(lambda: all(job.state is JobState.DELIVERED for job in world.jobs()), "both are delivered")

    told = await desk.menu("Remove remix", bens)

    assert told == (
        "**Case 1.** 2 remixes are removed, and their pictures are no longer kept. They were all made of the same "
        f"picture. {REMEMBERED}"
    )
    assert world.cards() == []
    assert await desk.press("reason", number=1, reason="illegal picture")
    for who in (world.mia, world.ben):
        listed = await who.slash(world.channel, "my-remixes")
        await world.told(listed, "removed by the moderators")
        await world.told(listed, "The moderators' reason: illegal picture")
    assert [job.source_hash for job in world.jobs()] == [None, None]


async def test_authors_read_the_reason_privately_with_their_next_remix(desk, horse):
    world = desk.world
    await world.make(world.mia, horse)
    await desk.press("remove", remix="1", reason="that was @everyone's")
    result = await world.remix(world.mia, horse)
    await world.told_aside(result, "The moderators of this server have removed a remix of yours")
    await world.told_aside(result, r"> that was \@everyone's")


async def test_the_prompt_of_a_hidden_remix_is_for_its_author_and_moderators_alone(desk, horse):
    world = desk.world
    card = await world.make(world.mia, horse, "a slur against somebody")
    await desk.press("hide", remix="1")
    for who, reads in ((world.ben, False), (world.mia, True), (desk.maud, True)):
        told = await world.told(await world.press(who, card, "Details"), "**Remix 1**")
        assert ("slur" in told) is reads
    # A remix of his own with that prompt would be in his /my-remixes.
    await world.told(await world.ben.click(card.message, label="Again"), "have hidden this remix")
    await world.mia.click(card.message, label="Again")
    repeated = await world.card(2)
    assert "slur" not in str(repeated.stored)
    await desk.press("undo", number=1)
    assert all("slur" in each.text for each in world.cards())


async def test_what_its_author_deleted_is_shown_to_moderators_for_a_day(desk, horse):
    world = desk.world
    card = await world.make(world.mia, horse, "gore")
    asked = await world.press(world.mia, card, "Delete")
    await world.told(asked, "Delete for good?")
    await world.told(await world.mia.click(asked.response, label="Delete for good"), "look at it for 24 hours")
    result = await desk.maud.slash(world.channel, "remix-mod records deleted", remix="1")
    await world.told(result, "was deleted by its author. Only moderators can see this")
    assert [each.filename for each in result.response.attachments] == ["SPOILER_remix-1-1.png"]
    assert result.ephemeral
    world.later(25 * 3600)
    assert await desk.press("records deleted", remix="1") == "Nothing of it is kept any more."
