"""The way of a paid result to its person: made to fit, in as many messages as it takes, and never lost."""

from datetime import timedelta

import discord
import pytest

from bot.discord_app.remixes import delivery
from bot.discord_app.rest.file_limits import FileLimits
from bot.images.processes.pool import PicturePool
from bot.rules.job_states import JobState
from tests.e2e.world import is_kept, once_in_vain, private_buttons, private_words

LIMIT = 60_000
"""Bytes: what this server lets be uploaded, in the stories about results that are too large."""


@pytest.fixture
def small_uploads(monkeypatch):
    """Simcord knows no upload limits: discord.py is told another one of servers without boosts."""
    limits = discord.Guild._PREMIUM_GUILD_LIMITS
    monkeypatch.setattr(
        discord.Guild, "_PREMIUM_GUILD_LIMITS", {tier: limit._replace(filesize=LIMIT) for tier, limit in limits.items()}
    )


async def kept(world):
    """It could not be delivered and waits for its person."""
    await world.until_job(is_kept, "the result is kept")


async def remix_into_a_closed_channel(world, horse):
    """Accepted while the channel was open; closed while the picture was made."""
    world.hold_calls()
    result = await world.remix(world.mia, horse)
    await world.ideogram.until_running(1)
    world.deny("send_messages")
    return result


@pytest.mark.usefixtures("small_uploads")
async def test_a_result_over_the_servers_upload_limit_is_made_to_fit_and_says_so(world, horse):
    world.ideogram.dials.long_side = 1024

    card = await world.make(world.mia, horse)

    assert card.files == ["remix-1-1.webp"]
    assert card.stored.attachments[0]["size"] <= LIMIT
    assert card.small[-1] == "Made smaller to fit this server's upload limit."
    assert f"{card.pictures[0].width}×{card.pictures[0].height}" in card.small[0]


async def test_a_result_that_fits_is_posted_byte_for_byte_as_it_came(world, horse):
    card = await world.make(world.mia, horse)

    assert card.pictures[0].format == "PNG"
    assert "smaller" not in card.text
    (result,) = (await world.app.remixes.statuses.of(1)).results
    posted = world.discord.backend.cdn.get(card.stored.attachments[0]["url"])
    assert posted == (world.settings.blob_dir / result.hash[:2] / result.hash).read_bytes()


async def test_an_upload_that_discord_finds_too_large_is_made_smaller_and_sent_again(world, horse):
    world.ideogram.dials.long_side = 1024
    world.discord.inject_error("POST", "/channels/*/messages", status=413, code=40005)

    card = await world.make(world.mia, horse)

    assert card.files == ["remix-1-1.webp"]
    assert card.small[-1] == "Made smaller to fit this server's upload limit."
    assert len(world.cards()) == 1


async def test_a_result_over_the_upload_limit_is_encoded_once(world, horse, monkeypatch):
    encoded, fit = [], PicturePool.fit

    async def count(pool, data, limit):
        encoded.append(limit)
        return await fit(pool, data, limit)

    async def limit_of(_limits, _guild_id):
        return 20_000

    monkeypatch.setattr(PicturePool, "fit", count)
    monkeypatch.setattr(FileLimits, "of", limit_of)
    world.ideogram.dials.long_side = 512

    card = await world.make(world.mia, horse)

    assert card.small[-1] == "Made smaller to fit this server's upload limit."
    assert encoded == [20_000]


async def test_more_than_ten_images_come_in_more_than_one_message(world, horse):
    world.ideogram.dials.fail = ["some-unsafe"]
    world.ideogram.dials.images = 23

    result = await world.remix(world.mia, horse)
    await world.told(result, "**Done.**")

    first, second = world.cards()
    assert (len(first.files), len(second.files)) == (10, 2)
    assert first.lines[0] == second.lines[0] == world.mia.mention
    assert first.small[1:] == ["11 images were withheld by Ideogram's safety check."]
    assert second.small[1:] == []
    assert str(first.stored.id) in private_words(result)
    assert str(second.stored.id) in private_words(result)


async def test_images_that_are_too_much_for_one_request_come_in_more_than_one_message(world, horse, monkeypatch):
    world.ideogram.dials.images = 3
    monkeypatch.setattr(delivery, "REQUEST_LIMIT", 150_000)

    result = await world.remix(world.mia, horse)
    await world.told(result, "**Done.**")

    assert sorted(name for card in world.cards() for name in card.files) == [f"remix-1-{n}.png" for n in (1, 2, 3)]
    assert len(world.cards()) > 1
    assert all(sum(file["size"] for file in card.stored.attachments) <= 150_000 for card in world.cards())


async def test_a_post_that_failed_is_tried_again_and_nothing_is_bought_again(world, horse):
    world.discord.inject_error("POST", "/channels/*/messages", status=500)
    result = await world.remix(world.mia, horse)
    await world.until_job(once_in_vain, "a delivery that failed")

    world.later(10)

    await world.told(result, "**Done.**")
    assert len(world.cards()) == len(world.ideogram.calls) == 1


@pytest.mark.parametrize("permission", ["send_messages", "view_channel"])
async def test_a_channel_that_closed_meanwhile_sends_the_picture_into_the_private_reply(world, horse, permission):
    world.hold_calls()
    result = await world.remix(world.mia, horse)
    await world.ideogram.until_running(1)
    world.deny(permission)

    world.let_calls_go()

    await world.told(result, "**Done.** I couldn't post it in that channel, so here it is, just for you:")
    assert [each.filename for each in result.response.attachments] == ["remix-1-1.png"]
    assert private_buttons(result) == []
    assert world.cards() == []
    assert world.job().state is JobState.DELIVERED


async def test_images_that_were_withheld_are_told_privately_too(world, horse):
    world.ideogram.dials.fail = ["some-unsafe"]
    result = await remix_into_a_closed_channel(world, horse)

    world.let_calls_go()

    told = await world.told(result, "just for you:")
    assert told.endswith("\n1 image was withheld by Ideogram's safety check.")
    assert [each.filename for each in result.response.attachments] == ["remix-1-1.png"]


async def test_images_that_were_withheld_are_told_when_a_kept_result_is_fetched(world, horse):
    world.ideogram.dials.fail = ["some-unsafe"]
    result = await remix_into_a_closed_channel(world, horse)
    world.expire_token(result)
    world.let_calls_go()
    await kept(world)

    listed = await world.mia.slash(world.channel, "my-remixes")
    await world.told(listed, "kept for you")
    fetched = await world.mia.click(listed.response, label="Get it again")

    told = await world.told(fetched, "Here it is, just for you:")
    assert told.endswith("\n1 image was withheld by Ideogram's safety check.")


async def test_a_deleted_channel_sends_the_picture_nowhere_and_keeps_it_for_its_person(world, horse):
    """With the channel the private reply has gone too."""
    other = world.server.create_text_channel("other")
    world.hold_calls()
    await world.remix(world.mia, horse)
    await world.ideogram.until_running(1)
    world.discord.backend.delete_channel(world.channel.id)

    world.let_calls_go()
    await kept(world)

    listed = await world.mia.slash(other, "my-remixes")
    await world.told(listed, "couldn't be posted, kept for you")
    fetched = await world.mia.click(listed.response, label="Get it again")
    await world.told(fetched, "Here it is, just for you:")
    assert [each.filename for each in fetched.response.attachments] == ["remix-1-1.png"]


async def test_a_kept_result_is_fetched_once_from_the_list(world, horse):
    result = await remix_into_a_closed_channel(world, horse)
    world.expire_token(result)
    world.let_calls_go()
    await kept(world)

    listed = await world.mia.slash(world.channel, "my-remixes")
    await world.told(listed, "couldn't be posted, kept for you")
    fetched = await world.mia.click(listed.response, label="Get it again")
    await world.told(fetched, "Here it is, just for you:")
    again = await world.mia.click(listed.response, label="Get it again")

    await world.told(again, "There's nothing to get: it was delivered already")
    assert [each.filename for each in fetched.response.attachments] == ["remix-1-1.png"]
    assert fetched.ephemeral
    assert again.response.attachments == []
    assert world.job().state is JobState.DELIVERED
    assert len(world.ideogram.calls) == 1


async def test_a_kept_result_can_be_fetched_after_a_restart(world, horse):
    result = await remix_into_a_closed_channel(world, horse)
    world.expire_token(result)
    world.let_calls_go()
    await kept(world)
    await world.restart()

    listed = await world.mia.slash(world.channel, "my-remixes")
    await world.told(listed, "kept for you")
    fetched = await world.mia.click(listed.response, label="Get it again")

    await world.told(fetched, "Here it is, just for you:")


async def test_somebody_else_fetches_nothing(world, horse):
    result = await remix_into_a_closed_channel(world, horse)
    world.expire_token(result)
    world.let_calls_go()
    await kept(world)
    listed = await world.ben.slash(world.channel, "my-remixes")
    await world.told(listed, "You haven't made a remix in this server yet.")

    fetched = await world.click_forged(world.ben, world.reply_to(2), "remix:collect:1")

    await world.told(fetched, "There's nothing to get")
    assert fetched.response.attachments == []
    assert is_kept(world.job())


async def test_a_result_that_could_not_be_handed_over_stays_kept(world, horse):
    result = await remix_into_a_closed_channel(world, horse)
    world.expire_token(result)
    world.let_calls_go()
    await kept(world)
    listed = await world.mia.slash(world.channel, "my-remixes")
    await world.told(listed, "kept for you")
    world.discord.inject_error("PATCH", "/webhooks/*", status=500, times=None)

    failed = await world.mia.click(listed.response, label="Get it again")
    await world.until(lambda: world.words_for(failed), "a sentence")

    assert "reference" in world.words_for(failed)
    world.discord.backend.faults.clear()
    fetched = await world.mia.click(listed.response, label="Get it again")
    await world.told(fetched, "Here it is, just for you:")


async def test_a_result_that_comes_after_the_token_has_died_is_posted_all_the_same(world, horse):
    world.discord_time.ahead = timedelta(minutes=-20)
    await world.remix(world.mia, horse)
    world.discord_time.ahead = timedelta()

    card = await world.card()

    assert card.notified == [world.mia.id]
    await world.until_job(lambda job: job.state is JobState.DELIVERED, "it is delivered")


async def test_a_result_that_was_paid_and_not_posted_is_posted_after_a_restart(world, horse):
    world.discord.inject_error("POST", "/channels/*/messages", status=500)
    result = await world.remix(world.mia, horse)
    await world.until_job(once_in_vain, "a delivery that failed")
    await world.restart()

    world.later(10)

    await world.told(result, "**Done.**")
    assert len(world.cards()) == len(world.ideogram.calls) == 1
