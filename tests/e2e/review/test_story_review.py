"""A remix that moderators look at first, from the command to the post or the refusal, and who sees what meanwhile."""

import pytest

from bot.rules.job_states import JobState
from bot.rules.policies import Policy
from bot.rules.words.entries import Action, WordEntry, key_of
from bot.storage.standing import policies, words
from tests.e2e.moderators import Desk
from tests.e2e.world import private_words

PROMPT = "a very secret fox"


@pytest.fixture
async def desk(hasty_world):
    world = hasty_world
    world.log = world.server.create_text_channel("log")
    write(world, review_channels=frozenset({world.channel.id}), log_channel=world.log.id)
    return Desk(world)


def write(world, **settings):
    world.app.core.database.transaction_now(policies.write, world.server.id, Policy(**settings))


async def in_review(world, horse, who=None):
    result = await world.remix(who or world.mia, horse, PROMPT)
    await world.until(lambda: world.jobs() and world.jobs()[-1].state is JobState.IN_REVIEW, "a remix in review")
    return result


async def review_card(world):
    await world.until(lambda: world.cards(world.log), "a card in the log")
    return world.cards(world.log)[0]


def said_in(world, channel):
    """Everything that anybody can read there."""
    return " ".join(f"{card.stored.content} {card.stored.components}" for card in world.cards(channel))


async def test_it_waits_for_a_moderator_who_publishes_it_and_nobody_else_sees_it_before(desk, horse):
    world = desk.world
    result = await in_review(world, horse)
    await world.told(result, "The moderators of this server look at it before it's posted")
    await world.told(result, "Until then only you and they can see it")
    seen = await world.mia.click(result.response, label="See it")
    await world.told(seen, "Only you and the moderators can see this")
    assert (seen.ephemeral, len(seen.response.attachments)) == (True, 1)
    card = await review_card(world)
    # Everybody reads this log channel, so the card has neither the prompt nor the picture.
    assert (PROMPT in said_in(world, world.log), card.gallery, world.cards(world.channel)) == (False, [], [])
    assert set(card.buttons) == {"Publish", "Refuse", "Show", "Claim"}
    assert " · until " in said_in(world, world.log)
    for who in (world.ben, world.mia, desk.hugo):
        assert "permission" in await desk.click("Publish", card, who)
    shown = await desk.maud.click(card.message, label="Show")
    await world.told(shown, PROMPT)
    assert "Published: I'm posting it" in await desk.click("Publish", card)
    posted = await world.card()
    assert (posted.notified, PROMPT in posted.text) == ([world.mia.id], True)
    await world.until(lambda: "**Published**" in said_in(world, world.log), "the card as it ended")
    assert " · until " not in said_in(world, world.log)
    assert "Publish" not in (await review_card(world)).buttons


async def test_a_refusal_needs_a_reason_and_its_author_reads_it(desk, horse):
    world = desk.world
    result = await in_review(world, horse)
    card = await review_card(world)
    assert "Please say why" in await desk.click("Refuse", card, reason=" ")
    answer = await desk.click("Refuse", card, reason="no foxes here")
    assert "It doesn't use one of their remixes. What" in answer
    await world.told(result, "decided not to post it. It doesn't use one of your remixes, and your cooldown is reset.")
    assert "no foxes here" in world.words_for(result)
    assert world.cards(world.channel) == []
    mine = await world.mia.slash(world.channel, "my-remixes")
    await world.told(mine, "no foxes here")


async def test_refusing_a_result_that_was_held_for_a_word_says_that_it_gives_a_point(desk, horse):
    world = desk.world
    write(world, log_channel=world.log.id)
    entry = WordEntry("fox", Action.REVIEW)
    world.app.core.database.transaction_now(words.write, world.server.id, {key_of(entry): entry})
    await in_review(world, horse)
    answer = await desk.click("Refuse", await review_card(world), reason="no foxes here")
    assert "It doesn't use one of their remixes, but gives them a point. What it cost stays spent." in answer


async def test_nobody_publishes_their_own_and_nobody_refuses_those_above_them(desk, horse):
    world = desk.world
    await in_review(world, horse, desk.max)
    card = await review_card(world)
    assert "It's about you" in await desk.click("Publish", card, desk.max)
    assert "isn't below yours" in await desk.click("Refuse", card, reason="no")
    assert "Published" in await desk.click("Publish", card)


async def test_without_a_log_channel_it_is_in_the_inbox(desk, horse):
    world = desk.world
    write(world, review_channels=frozenset({world.channel.id}))
    await in_review(world, horse)
    inbox = await desk.maud.slash(world.channel, "remix-mod inbox")
    await world.told(inbox, "1 thing waits")
    shown = await desk.maud.click(inbox.response, label="Open")
    await world.told(shown, PROMPT)
    done = await desk.maud.click(shown.response, label="Publish")
    await world.told(done, "Published")
    await world.card()


async def test_a_claim_keeps_others_from_it_and_time_ends_it(desk, horse):
    world = desk.world
    result = await in_review(world, horse)
    card = await review_card(world)
    await desk.click("Claim", card, desk.max)
    assert "claimed it" in await desk.click("Publish", card)
    world.later(3 * 86_400 + 60)
    await world.until(lambda: world.job().state is JobState.FAILED, "the end of the review")
    await world.until(lambda: "No moderator looked at it in time" in said_in(world, world.log), "the card")
    assert private_words(result)
