"""What goes wrong at Ideogram: each failure has its sentence, says what was charged, and is not paid twice."""

import pytest

from bot.demo.ideogram_stand_in import Fault
from bot.rules import in_flight
from bot.rules.job_states import JobState
from tests.e2e.world import once_in_vain, private_buttons

NOTHING_CHARGED = "Nothing was charged"
SENTENCES = {
    Fault.REJECTED: ("Ideogram didn't accept this request.", NOTHING_CHARGED),
    Fault.PROMPT_UNSAFE: ("Ideogram's safety check refused the prompt.", NOTHING_CHARGED),
    Fault.PICTURE_UNSAFE: ("Ideogram's safety check refused the picture.", NOTHING_CHARGED),
    Fault.TOO_LARGE: ("The picture was too large for Ideogram.", NOTHING_CHARGED),
    Fault.UNSAFE: ("Ideogram's safety check withheld it.", "It still uses one of your remixes"),
    Fault.NULL_LINK: ("Ideogram's safety check withheld it.", "It still uses one of your remixes"),
    Fault.INTERNAL: ("I can't tell if this was made.", "I won't repeat it on my own"),
    Fault.UNAVAILABLE: ("I can't tell if this was made.", "I won't repeat it on my own"),
    Fault.RESET_BEFORE_READING: ("I can't tell if this was made.", "I won't repeat it on my own"),
    Fault.RESET: ("I can't tell if this was made.", "I won't repeat it on my own"),
    Fault.HTML: ("I can't tell if this was made.", "I won't repeat it on my own"),
    Fault.NO_DATA: ("I can't tell if this was made.", "I won't repeat it on my own"),
    Fault.TRUNCATED: ("I can't tell if this was made.", "I won't repeat it on my own"),
}


@pytest.mark.parametrize("fault", SENTENCES)
async def test_each_failure_is_told_privately_in_its_own_sentence_and_asked_for_once(world, horse, fault):
    world.ideogram.dials.fail = [fault]

    result = await world.remix(world.mia, horse, "a secret prompt")

    sentence, money = SENTENCES[fault]
    told = await world.told(result, sentence)
    assert money in told
    assert "Reference: `1`." in told
    assert "http" not in told
    assert len(world.ideogram.calls) == 1
    assert world.cards() == []
    assert "Cancel" not in private_buttons(result)


async def test_an_unknown_outcome_is_never_asked_for_again_by_itself(world, horse):
    world.ideogram.dials.fail = [Fault.RESET]
    result = await world.remix(world.mia, horse)
    await world.told(result, "I can't tell")

    world.later(3600)
    await world.restart()
    await world.make(world.ben, horse, "ben's")

    assert [call.prompt for call in world.ideogram.calls] == ["as a watercolour", "ben's"]
    assert world.job().state is JobState.OUTCOME_UNKNOWN


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.IN_FLIGHT])
async def test_what_surely_was_not_run_is_tried_again_by_itself(world, horse, fault, monkeypatch):
    monkeypatch.setattr(in_flight, "FIRST_WAIT_S", 0.02)
    world.ideogram.dials.fail = [fault]

    result = await world.remix(world.mia, horse)

    await world.told(result, "**Done.**")
    assert [call.billed for call in world.ideogram.calls] == [False, True]


async def test_a_link_that_fails_once_is_fetched_again_without_another_call(world, horse):
    world.ideogram.dials.fail = [Fault.LINK_500_ONCE]
    result = await world.remix(world.mia, horse)
    await world.until_job(once_in_vain, "a fetch that failed")

    world.later(10)

    await world.told(result, "**Done.**")
    assert len(world.ideogram.calls) == 1


@pytest.mark.parametrize("fault", [Fault.LINK_403, Fault.LINK_404])
async def test_a_result_that_is_gone_for_minutes_is_told_as_lost_and_does_not_count(hasty_world, horse, fault):
    world = hasty_world
    world.ideogram.dials.fail = [fault]
    result = await world.remix(world.mia, horse)
    await world.until_job(once_in_vain, "a fetch that failed")

    world.later(310)

    told = await world.told(result, "I couldn't get its picture from Ideogram.")
    assert "your cooldown is reset" in told
    assert len(world.ideogram.calls) == 1
    assert world.cards() == []


async def test_unknown_fields_in_an_answer_do_no_harm(world, horse):
    world.ideogram.dials.fail = [Fault.EXTRA_FIELDS]

    card = await world.make(world.mia, horse)

    assert card.files == ["remix-1-1.png"]


@pytest.mark.parametrize("fault", [Fault.KEY_REJECTED, Fault.FORBIDDEN, Fault.NO_FUNDS])
async def test_a_rejected_key_or_an_empty_balance_holds_the_queue_and_keeps_the_jobs(hasty_world, horse, fault):
    world = hasty_world
    world.ideogram.dials.always = fault
    result = await world.remix(world.mia, horse)

    told = await world.told(result, "I can't get remixes from Ideogram right now.")

    assert "keeps its place until <t:" in told
    assert "Nothing has been charged" in told
    assert world.job().state is JobState.QUEUED
    refused = await world.remix(world.ben, horse)
    await world.told(refused, "Remixing is paused: I can't get remixes from Ideogram until my operator fixes it.")
    assert len(world.jobs()) == len(world.ideogram.calls) == 1


async def test_a_held_queue_tries_one_job_at_a_start(hasty_world, horse):
    world = hasty_world
    world.ideogram.dials.always = Fault.KEY_REJECTED
    result = await world.remix(world.mia, horse)
    await world.told(result, "I can't get remixes from Ideogram")
    world.ideogram.dials.always = None

    await world.restart()

    await world.told(result, "**Done.**")
    await world.make(world.ben, horse)


async def test_a_held_queue_tries_one_job_every_five_minutes(hasty_world, horse):
    world = hasty_world
    world.ideogram.dials.always = Fault.NO_FUNDS
    result = await world.remix(world.mia, horse)
    await world.told(result, "I can't get remixes from Ideogram")
    world.later(301)
    await world.until(lambda: len(world.ideogram.calls) == 2, "a second try")
    await world.until_job(lambda job: job.state is JobState.QUEUED, "it is queued again")
    world.ideogram.dials.always = None

    world.later(301)

    await world.told(result, "**Done.**")
    await world.make(world.ben, horse)


async def test_a_held_job_that_waited_too_long_is_let_go_and_told(make_world, horse):
    world = await make_world(max_queue_age_s=1000)
    world.ideogram.dials.always = Fault.KEY_REJECTED
    result = await world.remix(world.mia, horse)
    await world.told(result, "I can't get remixes from Ideogram")

    world.later(1001)
    await world.app.watchers.housekeeping.once(forget=False)

    told = await world.told(result, "Your remix waited too long and timed out.")
    assert NOTHING_CHARGED in told
    assert world.job().state is JobState.FAILED


async def test_neither_prompt_nor_key_nor_token_nor_link_reaches_the_log(world, horse, capsys):
    world.ideogram.dials.fail = [Fault.RESET, Fault.LINK_404]
    parked = await world.remix(world.mia, horse, "a very secret prompt")
    await world.told(parked, "Reference")
    unfetched = await world.remix(world.ben, horse, "a very secret prompt")
    await world.told(unfetched, "**Made**, but I haven't been able to download it yet.")

    logged = "".join(capsys.readouterr())
    assert "job" in logged
    for secret in ("secret prompt", "demo-key", "sig=", parked._interaction.token, unfetched._interaction.token):
        assert secret not in logged
