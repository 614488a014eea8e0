"""What nobody planned for: its person gets a sentence with a reference, the log has the rest, the bot goes on."""

import re

import pytest

from bot.storage.engine.database import OutcomeUnknownError
from bot.use_cases.remixes.deliver_result import DeliverResult
from bot.use_cases.remixes.generate_image import GenerateImage
from bot.use_cases.remixes.submit_remix import SubmitRemix
from tests.e2e.world import once_in_vain


class UnplannedError(Exception):
    """Nobody planned for it."""


async def break_down(*_arguments, **_options):
    raise UnplannedError


async def test_a_command_that_breaks_down_is_answered_with_a_reference(world, horse, monkeypatch, capsys):
    with monkeypatch.context() as broken:
        broken.setattr(SubmitRemix, "submit", break_down)
        result = await world.remix(world.mia, horse)
        await world.until(lambda: world.words_for(result), "a sentence")

    told = world.words_for(result)
    reference = re.search(r"Something went wrong on my side \(reference `([0-9a-f]{8})`\)", told)[1]
    assert reference in "".join(capsys.readouterr())
    assert "UnplannedError" not in told
    assert result.ephemeral
    await world.make(world.mia, horse)


async def test_a_command_of_which_nobody_knows_whether_it_is_stored_says_so(world, horse, monkeypatch):
    async def unsure(*_arguments, **_options):
        raise OutcomeUnknownError

    monkeypatch.setattr(SubmitRemix, "submit", unsure)
    result = await world.remix(world.mia, horse)
    await world.until(lambda: world.words_for(result), "a sentence")
    assert "I can't tell whether that was done. Please look before you do it again" in world.words_for(result)


@pytest.mark.parametrize("label", ["Again", "Details", "Delete"])
async def test_a_button_that_breaks_down_is_answered_with_a_reference(hasty_world, horse, monkeypatch, label):
    card = await hasty_world.make(hasty_world.mia, horse)
    monkeypatch.setattr(SubmitRemix, "submit_from", break_down)
    monkeypatch.setattr("bot.discord_app.removal.controls.find_deletion", break_down)
    monkeypatch.setattr("bot.discord_app.remixes.words.details", lambda _status, **_how: 1 / 0)

    result = await hasty_world.press(hasty_world.mia, card, label)

    await hasty_world.until(lambda: hasty_world.words_for(result), "a sentence")
    assert "Something went wrong on my side (reference `" in hasty_world.words_for(result)


async def test_a_call_that_breaks_down_may_have_been_paid_and_is_told_as_unknown(hasty_world, horse, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(GenerateImage, "record_answer", break_down)
        result = await hasty_world.remix(hasty_world.mia, horse)
        await hasty_world.told(result, "I can't tell if this was made")

    await hasty_world.make(hasty_world.mia, horse)
    assert len(hasty_world.ideogram.calls) == 2


async def test_a_delivery_that_breaks_down_is_tried_again_and_nothing_is_bought_again(world, horse, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(DeliverResult, "run", break_down)
        result = await world.remix(world.mia, horse)
        await world.until_job(once_in_vain, "a delivery that failed")

    world.later(60)

    await world.told(result, "**Done.**")
    assert len(world.ideogram.calls) == len(world.cards()) == 1


async def test_a_remix_asked_for_while_the_bot_stops_is_refused(world, horse):
    world.app.remixes.submit.stop()

    result = await world.remix(world.mia, horse)

    await world.told(result, "I'm restarting right now.")


async def test_a_remix_asked_for_on_a_full_disk_is_refused(make_world, horse):
    world = await make_world(min_free_disk_mb=1_000_000)
    world.app.remixes.submit._free_bytes = lambda: 0

    result = await world.remix(world.mia, horse)

    await world.told(result, "I can't store anything right now.")


async def test_a_command_that_discord_shows_in_an_older_form_is_answered(world):
    world.discord.backend.emit("INTERACTION_CREATE", await world.unknown_command(world.mia, "remix-old"))

    asked = list(world.discord.backend.interactions.values())[-1]
    await world.until(lambda: asked.responded, "an answer")
    assert world.reply_to(len(world.discord.backend.interactions)).content.startswith("I was just updated")
