"""Where a private reply cannot be edited (any more) its person is told later, or in the channel that it went wrong."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.demo.ideogram_stand_in import Fault
from bot.discord_app.remixes import private_replies, private_reply
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.use_cases.core import News
from bot.use_cases.remixes.expiry import expire_jobs
from tests.e2e.world import is_kept, private_buttons

QUEUE_AGE_S = 1000
ENDINGS = {
    Fault.PROMPT_UNSAFE: "Ideogram's safety check refused the prompt.",
    Fault.INTERNAL: "I can't tell if this was made.",
    Fault.KEY_REJECTED: "Your remix waited too long and timed out.",
}
"""What becomes of a remix, and what /my-remixes says then."""


@pytest.fixture
async def world(make_world, monkeypatch):
    """Replies are brought up to date whenever something happens, and once a second."""
    monkeypatch.setattr(private_replies, "_REFRESH_AFTER_S", 0.0)
    monkeypatch.setattr(private_replies, "_REFRESHES_PER_S", 1000)
    return await make_world(cooldown_s=0, max_queue_age_s=QUEUE_AGE_S, keep_pictures_days=1, ideogram_max_in_flight=1)


async def remix_of_long_ago(world, who, photo, **options):
    """Discord's token of the private reply is dead, and the bot can tell by the interaction's id."""
    before = len(world.jobs())
    world.discord_time.ahead = timedelta(minutes=-20)
    result = await world.remix(who, photo, "a very secret prompt", **options)
    await world.until(lambda: len(world.jobs()) > before, "it is accepted")
    world.discord_time.ahead = timedelta()
    return result


async def ends(world, fault):
    if fault is Fault.KEY_REJECTED:
        world.later(QUEUE_AGE_S + 1)
        await world.app.watchers.housekeeping.once(forget=False)


def said(world):
    """The bot's plain words in the channel, oldest first."""
    return [card.stored.content for card in world.cards() if card.stored.content]


@pytest.mark.parametrize("fault", ENDINGS)
async def test_a_bad_end_is_told_in_the_channel_without_prompt_or_reason_and_the_list_tells_why(world, horse, fault):
    world.ideogram.dials.always = fault
    await remix_of_long_ago(world, world.mia, horse)
    await ends(world, fault)

    word = await world.card()

    sentence = r"<@[0-9]+>, your remix from <t:[0-9]+:R> didn't work out\. </my-remixes:[0-9]+> shows why\."
    assert re.fullmatch(sentence, word.stored.content)
    assert word.stored.content.startswith(world.mia.mention)
    assert (word.notified, word.files, word.stored.components) == ([world.mia.id], [], [])
    listed = await world.mia.slash(world.channel, "my-remixes")
    await world.told(listed, ENDINGS[fault])


@pytest.mark.parametrize("fault", [Fault.PROMPT_UNSAFE, Fault.INTERNAL])
async def test_a_bad_end_that_was_told_in_the_channel_is_not_told_again_at_the_next_start(world, horse, fault):
    world.ideogram.dials.always = fault
    await remix_of_long_ago(world, world.mia, horse)
    await world.until_job(lambda job: job.reply_token is None, "it counts as told")
    world.ideogram.dials.always = None

    await world.restart()
    await world.make(world.ben, horse)

    assert len(said(world)) == 1


async def test_a_bad_end_that_nobody_was_told_before_a_stop_is_told_in_the_channel_at_the_start(world, horse):
    world.ideogram.dials.always = Fault.KEY_REJECTED
    await remix_of_long_ago(world, world.mia, horse)
    await world.until_job(lambda job: job.attempts == 1 and job.lease is None, "it waits")
    world.bot_time.ahead += timedelta(seconds=QUEUE_AGE_S + 1)
    # The process ends before anybody hears of it.
    await expire_jobs(replace(world.app.core, news=News()))
    assert said(world) == []

    await world.restart()

    await world.until(lambda: said(world), "a word in the channel")
    assert said(world)[0].startswith(world.mia.mention)


async def test_a_bad_end_that_the_channel_did_not_take_for_now_is_told_there_later(world, horse):
    world.discord.inject_error("POST", "/channels/*/messages", status=500, times=2)
    world.ideogram.dials.always = Fault.PROMPT_UNSAFE
    await remix_of_long_ago(world, world.mia, horse)

    await world.until(lambda: said(world), "a word in the channel")

    await world.until_job(lambda job: job.reply_token is None, "it counts as told")
    assert len(said(world)) == 1


async def test_a_bad_end_that_the_channel_will_never_take_is_not_tried_again_and_the_list_tells_it(world, horse):
    world.hold_calls()
    world.ideogram.dials.always = Fault.INTERNAL
    await remix_of_long_ago(world, world.mia, horse)
    await world.ideogram.until_running(1)
    world.deny("send_messages")

    world.let_calls_go()

    await world.until_job(lambda job: job.reply_token is None, "it counts as told")
    listed = await world.mia.slash(world.channel, "my-remixes")
    await world.told(listed, ENDINGS[Fault.INTERNAL])
    assert len(asked_of_discord(world, "POST", f"/channels/{world.channel.id}/messages")) == 1


def asked_of_discord(world, method, path):
    return [each for each in world.discord.backend.http_requests if each.method == method and path in each.path]


async def test_a_result_that_was_delivered_is_followed_by_no_word_in_the_channel(world, horse):
    await remix_of_long_ago(world, world.mia, horse)
    await world.card()
    await world.until_job(lambda job: job.reply_token is None, "it counts as told")

    await world.restart()
    await world.make(world.ben, horse)

    assert said(world) == []


async def test_a_kept_result_that_expires_after_its_time_is_not_told_in_the_channel(world, horse):
    world.hold_calls()
    await remix_of_long_ago(world, world.mia, horse)
    await world.ideogram.until_running(1)
    world.deny("send_messages")
    world.let_calls_go()
    await world.until_job(is_kept, "the result is kept")
    world.discord.backend.get_channel(world.channel.id).overwrites.clear()

    world.later(24 * 3600 + 60)
    await world.app.watchers.housekeeping.once(forget=True)
    world.app.watchers.replies.job_changed(1)
    await world.restart()
    world.app.watchers.replies.job_changed(1)
    # No remix of somebody else: a day later by the bot's clock, housekeeping would take its new file for an old one.
    await world.app.watchers.replies.finish()

    assert world.job().failure_kind is FailureKind.RESULT_EXPIRED
    assert said(world) == []


def edits_of(world, result, words):
    """That say so. There may be others, as time goes by."""
    edits = asked_of_discord(world, "PATCH", f"/{result._interaction.token}/messages/@original")
    return [edit for edit in edits if words in str(edit.json)]


def dismiss(world, result):
    """Its person clicks the private reply away: Discord knows it no more."""
    world.discord.backend.delete_message(world.channel.id, result.response.id)


async def test_a_private_reply_that_cannot_be_reached_for_a_while_is_told_later(world, horse):
    world.hold_calls()
    world.ideogram.dials.always = Fault.INTERNAL
    result = await world.remix(world.mia, horse)
    await world.told(result, "**Making it now.**")
    world.discord.inject_error("PATCH", "/webhooks/*", status=503, times=2)

    world.let_calls_go()

    await world.told(result, ENDINGS[Fault.INTERNAL])
    assert said(world) == []


async def test_the_end_of_a_remix_whose_private_reply_was_dismissed_is_asked_of_discord_once(world, horse):
    world.hold_calls()
    world.ideogram.dials.always = Fault.INTERNAL
    result = await world.remix(world.mia, horse)
    await world.told(result, "**Making it now.**")
    dismiss(world, result)

    world.let_calls_go()

    await world.until_job(lambda job: job.reply_token is None, "it counts as told")
    world.app.watchers.replies.job_changed(world.job().id)
    await world.app.watchers.replies.finish()
    world.ideogram.dials.always = None
    await world.make(world.ben, horse)
    assert len(edits_of(world, result, "tell if this was made")) == 1
    assert said(world) == []


async def test_a_dismissed_private_reply_is_tried_again_only_when_there_is_news(world, horse, monkeypatch):
    monkeypatch.setattr(private_replies, "_TIME_STEP_S", 10**9)
    world.hold_calls()
    await world.remix(world.ben, horse)
    await world.ideogram.until_running(1)
    await world.told(await world.remix(world.rosa, horse), "You are next")
    result = await world.remix(world.mia, horse)
    await world.told(result, "Position 2")
    dismiss(world, result)

    world.ideogram.release()
    await world.until(lambda: edits_of(world, result, "You are next"), "news: it is next")
    for name in ("adam", "olga"):
        await world.told(await world.remix(world.person(name), horse), "Position")

    assert len(edits_of(world, result, "You are next")) == 1


async def test_a_cancel_is_shown_by_the_clicks_own_token_where_that_of_the_remix_is_dead(world, horse, monkeypatch):
    world.hold_calls()
    await world.remix(world.ben, horse)
    await world.ideogram.until_running(1)
    result = await world.remix(world.mia, horse)
    await world.told(result, "You are next")
    world.expire_token(result)
    monkeypatch.setattr(private_reply, "REPLY_LIFETIME", timedelta())

    await world.mia.click(result.response, label="Cancel")

    await world.told(result, "**Cancelled.**")
    assert private_buttons(result) == []
    assert world.job(2).state is JobState.CANCELLED
    assert said(world) == []
