"""`/remix-privacy`: what is kept, a copy of it, and having it erased. All of it private."""

import json

import discord
import pytest

from bot.discord_app.privacy import words
from bot.rules.job_states import JobState
from bot.rules.policies import Policy
from bot.storage.engine.tables.remixes import jobs
from bot.storage.standing import policies
from tests.e2e.cards import Card
from tests.e2e.world import private_words

SECRET = "my secret garden at dawn"


async def ask(world, who=None):
    result = await (who or world.mia).slash(world.channel, "remix-privacy")
    await world.until(lambda: private_words(result), "the card")
    assert result.ephemeral
    return result


def card_of(result):
    return Card(result._env, result.response._message)


async def press(world, result, label, who=None):
    clicked = await (who or world.mia).click(card_of(result).message, label=label)
    await world.until(lambda: private_words(clicked), f"an answer to {label}")
    return clicked


async def forget(world, who=None):
    confirm = await press(world, await ask(world, who), words.FORGET, who)
    assert "can't be undone" in private_words(confirm)
    await (who or world.mia).click(card_of(confirm).message, label=words.FORGET_NOW)


async def test_the_card_has_the_values_of_this_server_and_of_the_operator(make_world):
    world = await make_world(keep_prompts_days=60, keep_pictures_days=20)
    text = card_of(await ask(world)).text
    assert "until 60 days after" in text
    assert "at most 20 days" in text
    assert "Ideogram gets your picture" in text
    assert "stays in the Ideogram account" not in text
    own = Policy(keep_prompts_days=7, keep_pictures_days=1)
    world.app.core.database.transaction_now(policies.write, world.server.id, own)
    text = card_of(await ask(world)).text
    assert "until 7 days after" in text
    assert "at most 1 day." in text


async def test_with_v2_the_card_says_that_uploads_stay_at_ideogram(make_world):
    world = await make_world(ideogram_api="v2")
    assert "stays in the Ideogram account" in card_of(await ask(world)).text


async def test_the_copy_has_the_persons_own_data_and_nobody_elses(world, horse):
    await world.make(world.mia, horse, SECRET)
    await world.make(world.ben, horse, "ben's own words")
    result = await press(world, await ask(world), words.EXPORT)
    assert result.ephemeral
    (file,) = result.response.attachments
    document = json.loads(world.discord.backend.cdn.get(file.url))
    assert [remix["prompt"] for remix in document["remixes"]] == [SECRET]
    assert document["remixes"][0]["messages"][0]["link"].startswith("https://discord.com/channels/")
    assert "ben's own words" not in json.dumps(document)


async def test_a_second_copy_has_to_wait(world):
    result = await ask(world)
    await press(world, result, words.EXPORT)
    second = await press(world, result, words.EXPORT)
    assert "You can get the next one <t:" in private_words(second)


async def test_forget_me_asks_in_red_and_keep_it_changes_nothing(world, horse):
    await world.make(world.mia, horse, SECRET)
    confirm = await press(world, await ask(world), words.FORGET)
    (row,) = card_of(confirm).message.components
    styles = {button.label: button.style for button in row.children}
    assert styles[words.FORGET_NOW] is discord.ButtonStyle.danger
    await world.mia.click(card_of(confirm).message, label=words.KEEP)
    await world.until(lambda: private_words(confirm) == words.KEPT, "kept")
    assert world.job().prompt == SECRET


async def test_forget_me_takes_the_cards_and_the_prompts_and_cancels_what_waits(hasty_world, horse):
    world = hasty_world
    await world.make(world.mia, horse, SECRET)
    await world.make(world.ben, horse, "ben's own words")
    world.hold_calls()
    await world.remix(world.mia, horse, "being made")
    await world.until(lambda: any(job.state is JobState.GENERATING for job in world.jobs()), "a paid call")

    await forget(world)

    await world.until(lambda: world.job().prompt == "", "the prompt is gone")
    world.let_calls_go()
    await world.until(lambda: all(job.lease is None for job in world.jobs()), "the call is over")
    world.later(60)
    world.app.watchers.erase._woken.set()
    await world.until(lambda: [job.prompt for job in world.jobs()] == ["", "ben's own words", ""], "erased")
    await world.until(lambda: len(world.cards()) == 1, "only ben's card is left")
    assert "ben's own words" in world.cards()[0].text


async def test_what_has_no_prompt_any_more_is_listed_and_explained(hasty_world, horse):
    world = hasty_world
    await world.make(world.mia, horse, SECRET)
    world.app.core.database.transaction_now(lambda c: c.execute(jobs.update().values(prompt="", channel_id=0)))
    listed = await world.mia.slash(world.channel, "my-remixes")
    await world.until(lambda: private_words(listed), "the list")
    assert "prompt is no longer kept" in private_words(listed)
    details = await world.press(world.mia, world.cards()[0], "Details")
    await world.told(details, "prompt is no longer kept")
    again = await world.mia.click(world.cards()[0].message, label="Again")
    await world.told(again, "I no longer have the picture")


@pytest.mark.parametrize("who", ["mia", "ben"])
async def test_the_buttons_concern_the_person_who_clicks(hasty_world, horse, who):
    world = hasty_world
    await world.make(world.mia, horse, SECRET)
    shown = world.cards()[0].stored
    await world.click_forged(getattr(world, who), shown, "remix-privacy:forget-now")
    world.app.watchers.erase._woken.set()
    if who == "mia":
        await world.until(lambda: world.job().prompt == "", "erased")
    else:
        await world.app.watchers.erase.all_due()
        assert world.job().prompt == SECRET


async def test_entries_about_the_person_are_replaced_in_the_log_channel_and_others_stay(hasty_world, horse):
    world = hasty_world
    log_channel = world.server.create_text_channel("mod-log")
    own = Policy(log_channel=log_channel.id)
    world.app.core.database.transaction_now(policies.write, world.server.id, own)
    await world.make(world.mia, horse, SECRET)
    await world.make(world.ben, horse, "ben's own words")

    def log_text():
        return "\n".join(card.text for card in world.cards(log_channel))

    hers, his = f"<@{world.mia.id}>", f"<@{world.ben.id}>"
    await world.until(lambda: hers in log_text() and his in log_text(), "both entries")
    await forget(world)
    await world.until(lambda: hers not in log_text(), "her entry is replaced")
    assert words.ERASED_ENTRY in log_text()
    assert his in log_text()
    buttons = [label for card in world.cards(log_channel) for label in card.buttons]
    assert buttons.count("Remove") == 1
