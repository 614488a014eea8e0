"""Waiting: the private reply tells the place, the time and why it takes longer, keeps it true, and takes a Cancel."""

import re

import pytest

from bot.demo.ideogram_stand_in import Fault
from bot.discord_app.remixes import private_replies
from bot.rules.job_states import JobState
from bot.worker.worker import AHEAD
from tests.e2e.world import private_buttons, private_words


@pytest.fixture
async def busy_world(make_world, horse, monkeypatch):
    """Ideogram takes one at a time, and is busy with ben's. Positions are shown as often as they change."""
    monkeypatch.setattr(private_replies, "_REFRESH_AFTER_S", 0.0)
    world = await make_world(ideogram_max_in_flight=1, cooldown_s=0)
    world.hold_calls()
    await world.remix(world.ben, horse, "ben's")
    await world.ideogram.until_running(1)
    return world


def prompts(world):
    return [call.prompt for call in world.ideogram.calls]


async def test_a_waiting_person_is_told_place_and_time_and_can_cancel(busy_world, horse):
    first = await busy_world.remix(busy_world.mia, horse, "mia's")
    await busy_world.told(first, "**You are next.**")
    second = await busy_world.remix(busy_world.rosa, horse, "rosa's")

    told = await busy_world.told(second, "**Position 2 in the queue.**")

    assert told == "**Position 2 in the queue.**"  # nothing was made yet, so any time would be made up
    assert private_buttons(second) == ["Cancel"]
    assert second.ephemeral


async def test_a_person_whose_picture_is_being_made_is_told_so_and_can_no_longer_cancel(busy_world, horse):
    result = await busy_world.remix(busy_world.mia, horse, "mia's")
    await busy_world.told(result, "You are next")

    busy_world.ideogram.release()

    told = await busy_world.told(result, "**Making it now.**")
    # Ben's was made in no time on the test's clock, so this one is over its usual time at once.
    assert told.endswith(("Should be ready any moment now.", "Should be ready soon."))
    assert private_buttons(result) == []


async def test_the_place_is_shown_anew_when_it_changes(busy_world, horse):
    await busy_world.told(await busy_world.remix(busy_world.mia, horse, "mia's"), "You are next")
    waiting = await busy_world.remix(busy_world.rosa, horse, "rosa's")
    await busy_world.told(waiting, "Position 2")

    busy_world.ideogram.release()

    await busy_world.told(waiting, "**You are next.**")


async def test_a_cancel_stops_the_remix_and_frees_its_place(busy_world, horse):
    mias = await busy_world.remix(busy_world.mia, horse, "mia's")
    await busy_world.told(mias, "You are next")
    rosas = await busy_world.remix(busy_world.rosa, horse, "rosa's")
    await busy_world.told(rosas, "Position 2")

    await busy_world.mia.click(mias.response, label="Cancel")

    assert await busy_world.told(mias, "**Cancelled.**") == (
        "**Cancelled.** Nothing was charged, and your cooldown is reset."
    )
    assert private_buttons(mias) == []
    await busy_world.told(rosas, "You are next")
    busy_world.let_calls_go()
    await busy_world.told(rosas, "**Done.**")
    assert prompts(busy_world) == ["ben's", "rosa's"]


async def test_nobody_cancels_for_somebody_else(busy_world, horse):
    await busy_world.told(await busy_world.remix(busy_world.mia, horse, "mia's"), "You are next")

    clicked = await busy_world.click_forged(busy_world.rosa, busy_world.reply_to(2), "remix:cancel:2")

    await busy_world.told_aside(clicked, "Only the person who started a remix can cancel it.")
    assert busy_world.job(2).state is JobState.QUEUED


async def test_a_cancel_that_comes_too_late_is_told_and_changes_nothing(busy_world):
    clicked = await busy_world.click_forged(busy_world.ben, busy_world.reply_to(1), "remix:cancel:1")

    await busy_world.told_aside(clicked, "Too late to cancel: it's already being made or finished.")
    busy_world.let_calls_go()
    assert (await busy_world.card()).quoted == "> ben's"


async def test_the_cancel_button_works_after_a_restart(make_world, horse):
    world = await make_world(cooldown_s=0)
    world.ideogram.dials.always = "401"
    result = await world.remix(world.mia, horse)
    await world.told(result, "I can't get remixes from Ideogram right now.")
    await world.restart()

    await world.mia.click(result.response, label="Cancel")

    await world.told(result, "**Cancelled.**")


async def test_what_waits_at_a_stop_goes_on_after_the_start(busy_world, horse):
    waiting = await busy_world.remix(busy_world.mia, horse, "mia's")
    await busy_world.told(waiting, "You are next")

    await busy_world.restart()

    await busy_world.told(waiting, "**Done.**")
    assert {card.quoted for card in busy_world.cards()} == {"> ben's", "> mia's"}
    assert sorted(prompts(busy_world)) == ["ben's", "mia's"]


async def test_an_interaction_that_discord_sends_twice_is_one_remix(world, horse):
    result = await world.remix(world.mia, horse)
    world.deliver_twice()

    await world.told(result, "**Done.**")

    assert len(world.jobs()) == len(world.ideogram.calls) == len(world.cards()) == 1
    assert private_words(result).startswith("**Done.**")
    assert result.followups == []


async def test_everybody_gets_their_own_picture_when_many_ask_at_once(make_world, horse):
    world = await make_world()
    people = [world.person(f"person {number}") for number in range(12)]

    results = [await world.remix(person, horse, f"for {person.name}") for person in people]
    for result in results:
        await world.told(result, "**Done.**")

    assert {(card.quoted, *card.notified) for card in world.cards()} == {
        (f"> for {person.name}", person.id) for person in people
    }
    assert world.ideogram.peak_in_flight <= 10


async def test_nobodys_second_remix_comes_before_anothers_first(busy_world, horse):
    """Once a few are claimed ahead of need, whose order is settled."""
    people = [busy_world.person(f"person {number}") for number in range(AHEAD)]
    asked = [(person, person.name) for person in people]
    asked += [(busy_world.mia, "mia's first"), (busy_world.mia, "mia's second"), (busy_world.rosa, "rosa's first")]
    for number, (person, prompt) in enumerate(asked, start=1):
        await busy_world.told(
            await busy_world.remix(person, horse, prompt), "You are next" if number == 1 else "Position"
        )

    busy_world.let_calls_go()
    await busy_world.card(len(asked) + 1)

    assert prompts(busy_world)[-3:] == ["mia's first", "rosa's first", "mia's second"]


@pytest.fixture
async def slow_world(make_world, monkeypatch):
    """One call at a time. Replies are shown as often as they change."""
    monkeypatch.setattr(private_replies, "_REFRESH_AFTER_S", 0.0)
    return await make_world(ideogram_max_in_flight=1, cooldown_s=0)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.TOO_MANY, "Ideogram is busy right now, and I keep trying."),
        (Fault.TOO_MANY_BARE, "Ideogram is busy right now, and I keep trying."),
        (Fault.IN_FLIGHT, "Ideogram is busy right now, and I keep trying."),
        (Fault.FORBIDDEN_PAGE, "Ideogram hasn't taken your remix yet, so I'll try again soon."),
    ],
)
async def test_who_waits_because_ideogram_takes_nothing_reads_that_and_until_when(slow_world, horse, fault, words):
    slow_world.ideogram.dials.always = fault
    first = await slow_world.remix(slow_world.mia, horse, "mia's")

    told = await slow_world.told(first, words)

    assert re.search(r"Your remix keeps its place until <t:[0-9]+:t>\. Nothing has been charged\.$", told)
    assert ":R>" not in told


async def test_who_waits_behind_one_that_ideogram_does_not_take_reads_it_too_and_it_ends_with_it(slow_world, horse):
    slow_world.ideogram.dials.always = Fault.TOO_MANY_BARE
    await slow_world.told(await slow_world.remix(slow_world.mia, horse, "mia's"), "Ideogram is busy")
    second = await slow_world.remix(slow_world.ben, horse, "ben's")
    await slow_world.told(second, "**Position 2 in the queue.** Ideogram is busy right now")
    slow_world.ideogram.dials.always = None

    slow_world.later(130)

    await slow_world.told(second, "**Done.**")


async def test_one_that_takes_longer_than_usual_says_so_without_a_time(slow_world, horse):
    await slow_world.make(slow_world.mia, horse, "measured")
    slow_world.hold_calls()
    making = await slow_world.remix(slow_world.ben, horse, "ben's")
    await slow_world.ideogram.until_running(1)
    waiting = await slow_world.remix(slow_world.mia, horse, "mia's")
    await slow_world.told(waiting, "You are next")

    slow_world.later(600)

    assert await slow_world.told(making, "longer") == "**Making it now.** Ideogram is taking longer than usual."
    assert await slow_world.told(waiting, "longer") == "**You are next.** Ideogram is taking longer than usual."
    slow_world.let_calls_go()


async def test_a_first_remix_is_announced_without_a_made_up_time(slow_world, horse):
    slow_world.hold_calls()
    first = await slow_world.remix(slow_world.mia, horse)

    told = await slow_world.told(first, "**Making it now.**")

    assert told == "**Making it now.** This usually takes less than two minutes."
    slow_world.let_calls_go()


@pytest.mark.parametrize("fault", [Fault.LINK_403, Fault.LINK_REDIRECT])
async def test_a_picture_that_cannot_be_downloaded_is_not_called_being_posted(world, horse, fault):
    world.ideogram.dials.fail = [fault]
    result = await world.remix(world.mia, horse)

    told = await world.told(result, "**Made**, but I haven't been able to download it yet.")

    assert re.search(r"I'll keep trying until <t:[0-9]+:f> at the latest\.$", told)
    assert "post" not in told
    listed = await world.mia.slash(world.channel, "my-remixes")
    await world.told(listed, "being downloaded from Ideogram")


async def test_a_download_that_hangs_is_called_a_download(slow_world, horse):
    slow_world.ideogram.dials.fail = [Fault.LINK_HANGS_ONCE]
    result = await slow_world.remix(slow_world.mia, horse)
    # A download that starts after release() would hang until the test ends.
    await slow_world.ideogram.until_link_hangs()

    slow_world.later(6)

    assert await slow_world.told(result, "**Made.**") == "**Made.** I am downloading it from Ideogram now."
    slow_world.ideogram.release()
    await slow_world.told(result, "**Done.**")


async def test_a_time_that_is_over_is_replaced(slow_world, horse):
    await slow_world.make(slow_world.mia, horse, "measured")
    slow_world.hold_calls()
    making = await slow_world.remix(slow_world.ben, horse, "ben's")
    await slow_world.ideogram.until_running(1)
    await slow_world.told(making, "Should be ready")

    slow_world.later(3)

    await slow_world.told(making, "Should be ready any moment now.")
    assert "<t:" not in private_words(making)
    slow_world.let_calls_go()


async def test_the_third_cancel_in_ten_minutes_keeps_its_cooldown_and_says_so(busy_world, horse):
    for _ in range(2):
        result = await busy_world.remix(busy_world.mia, horse)
        await busy_world.told(result, "You are next")
        await busy_world.mia.click(result.response, label="Cancel")
        await busy_world.told(result, "your cooldown is reset")
    third = await busy_world.remix(busy_world.mia, horse)
    await busy_world.told(third, "You are next")

    await busy_world.mia.click(third.response, label="Cancel")

    told = await busy_world.told(third, "**Cancelled.**")
    assert "it doesn't use up one of your remixes" in told
    assert "your cooldown stays this time" in told
