"""A word is listed while a remix is made: its author appeals, and the remix is posted once moderators allow it."""

import pytest

from bot.rules.job_states import JobState
from bot.storage.remixes import ledger
from tests.e2e.appeals.hearing import Hearing
from tests.e2e.world import is_kept, private_buttons

HELD = "a word in its prompt is one that the moderators of this server don't allow"


@pytest.fixture
async def hearing(hasty_world):
    return Hearing(hasty_world)


async def held_back(hearing, horse):
    """The private reply of a remix whose word is listed after Ideogram was asked."""
    world = hearing.world
    world.hold_calls()
    result = await world.remix(world.mia, horse, "a nude")
    await world.until(lambda: world.ideogram.calls, "the paid call")
    hearing.list_word("nude")
    world.let_calls_go()
    await world.until_job(is_kept, "the remix is kept")
    await world.told(result, HELD)
    return result


def cost(world):
    return world.app.core.database.transaction_now(ledger.cost, 1)


async def test_its_author_looks_at_it_and_appeals_and_it_is_posted_once(hearing, horse):
    world, mia = hearing.world, hearing.world.mia
    result = await held_back(hearing, horse)
    assert private_buttons(result) == ["Appeal"]
    paid = cost(world)

    listed = await mia.slash(world.channel, "my-remixes")
    await world.told(listed, "kept for you")
    assert private_buttons(listed) == ["Get it again", "Edit", "Appeal"]
    fetched = await mia.click(listed.response, label="Get it again")
    await world.told(fetched, "Here it is")
    await world.until_job(is_kept, "it stays kept")
    assert private_buttons(fetched) == ["Appeal"]

    # Its custom id is all that the button needs.
    await world.restart()
    assert "The moderators have your appeal" in await hearing.appeal(fetched, mia, text="it is a statue")
    assert "You have appealed that already" in await hearing.appeal(result, mia)
    card = await hearing.card()
    assert f"<@{mia.id}> appeals a remix that wasn't posted · remix `1`" in card.text
    assert "> it is a statue" in card.text
    assert "> ||a nude||" in card.text
    assert "Refused because of `nude`" in card.text
    assert f"I post it in <#{world.channel.id}>, and nothing is bought again" in card.text
    assert len(card.stored.attachments) == 1
    assert list(card.buttons) == ["Allow once", "Allow this word", "Keep", "Claim"]

    said = await hearing.decide("Allow once", answer="Nice one")
    assert "**Case 1.** Appeal 1: allowed once. I'm posting the remix." in said
    await world.until_job(lambda job: job.state is JobState.DELIVERED, "it is posted")
    posted = await world.card()
    assert "a nude" in posted.text
    assert (len(world.cards()), len(world.ideogram.calls), cost(world)) == (1, 1, paid)
    closed = await hearing.closed_card("Allowed once")
    assert (closed.buttons, closed.stored.attachments) == ({}, [])
    await hearing.told_directly(mia, "I'm posting it in its channel")
    assert "> Nice one" in hearing.messages_to(mia)[0]
    late = await mia.click(fetched.response, label="Appeal")
    assert "there is nothing left to appeal" in await hearing.words(late, "the end")


async def test_another_rule_keeps_it_from_being_posted_and_moderators_read_which(hearing, horse):
    world, mia = hearing.world, hearing.world.mia
    result = await held_back(hearing, horse)
    await hearing.appeal(result, mia)
    await hearing.press("block", hearing.max, member=mia)
    said = await hearing.decide("Allow once")
    assert said.startswith("I can't post it now: ")
    assert "The appeal stays open" in said
    assert (world.cards(), is_kept(world.job())) == ([], True)
    await hearing.press("unblock", hearing.max, member=mia)
    assert "Appeal 1: kept." in await hearing.decide("Keep")
    await hearing.told_directly(mia, "it stays as it is")
    assert (world.cards(), is_kept(world.job())) == ([], True)
