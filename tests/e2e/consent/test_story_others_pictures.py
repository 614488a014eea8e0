"""Remix picture and Remix avatar: one's own, those of others who agree, and those of nobody who does not want it."""

from dataclasses import replace

import pytest

from bot.rules.failures import FailureKind
from bot.rules.origins import Origin
from bot.rules.others_pictures import OthersPictures, RequestState
from bot.rules.policies import Policy
from bot.rules.refusals import Reason, Refused
from bot.storage.consent import picture_requests
from bot.storage.standing import policies
from bot.use_cases.remixes.starting_points import Start
from tests.e2e.cards import Card
from tests.integration.made_bot import asker

AVATAR = "a" * 32


def allow(world, others):
    world.app.core.database.transaction_now(policies.write, world.server.id, Policy(others_pictures=others))


async def posted(world, who, *pictures):
    return await who.send(world.channel, "look", attachments=pictures)


async def open_form(world, who, target, name="Remix picture"):
    shown = await who.context_menu(world.channel, name, target)
    await world.until(lambda: shown.modal or shown.response, "a form or an answer")
    return shown


async def remix(world, who, target, name="Remix picture", **typed):
    form = await open_form(world, who, target, name)
    assert form.modal, form.response.content
    return await world.submit_form(who, form, **({"prompt": "in oil"} | typed))


async def question(world, number=1):
    """The message that asks the picture's author."""
    await world.until(lambda: len(world.cards()) >= number, "a question")
    return world.cards()[number - 1]


async def answer(who, asked, label):
    return await who.click(asked.message, label=label)


@pytest.fixture
def own(hasty_world):
    return hasty_world


@pytest.fixture
def asks(hasty_world):
    allow(hasty_world, OthersPictures.ASK)
    return hasty_world


async def test_ones_own_picture_is_remixed_and_the_card_links_its_message(own, horse):
    message = await posted(own, own.mia, horse)
    result = await remix(own, own.mia, message)
    await own.told(result, "**Done.**")
    card = await own.card()
    link = f"https://discord.com/channels/{own.server.id}/{own.channel.id}/{message.id}"
    assert f"-# From [a picture]({link}) by {own.mia.mention}" in card.text
    assert card.notified == [own.mia.id]
    assert own.ideogram.calls[0].fields["image_weight"] == "60"


async def test_of_several_pictures_one_is_chosen(own, horse, plumeria):
    message = await posted(own, own.mia, horse, plumeria)
    form = await open_form(own, own.mia, message)
    assert own.fields_of(form)["picture"] == "0"
    await own.submit_form(own.mia, form, prompt="in oil", picture="1")
    await own.card()
    sent = own.sent_picture()
    await remix(own, own.mia, message, picture="0")
    await own.card(2)
    assert sent != own.sent_picture()


async def test_a_spoiler_stays_one(own, horse):
    name, data = horse
    message = await posted(own, own.mia, (f"SPOILER_{name}", data))
    await remix(own, own.mia, message)
    await own.card()
    assert own.job().behind_spoiler


async def test_a_card_of_the_bot_opens_remix_this(own, horse):
    card = await own.make(own.mia, horse)
    result = await remix(own, own.ben, card.message)
    await own.told(result, "**Done.**")
    assert own.job(2).root == 1
    assert own.job(2).user_id == own.ben.id


@pytest.mark.parametrize("others", [None, OthersPictures.OWN])
async def test_by_default_somebody_elses_picture_is_refused_before_anything_is_typed(own, horse, others):
    allow(own, others)
    message = await posted(own, own.mia, horse)
    shown = await open_form(own, own.ben, message)
    assert "not other people's" in shown.response.content
    assert (shown.modal, shown.ephemeral) == (None, True)


async def test_everyone_means_everyone(own, horse):
    allow(own, OthersPictures.EVERYONE)
    message = await posted(own, own.mia, horse)
    await remix(own, own.ben, message)
    card = await own.card()
    assert (card.lines[0], card.notified) == (own.ben.mention, [own.ben.id])
    assert f"by {own.mia.mention}" in card.text


async def test_a_message_without_a_picture_is_refused_kindly(own):
    message = await own.mia.send(own.channel, "no picture")
    shown = await open_form(own, own.mia, message)
    assert "I found no picture in that message" in shown.response.content


async def test_what_was_deleted_while_the_form_was_open_is_not_made(own, horse):
    message = await posted(own, own.mia, horse)
    form = await open_form(own, own.mia, message)
    own.discord.backend.delete_message(own.channel.id, message.id)
    result = await own.submit_form(own.mia, form, prompt="in oil")
    await own.told(result, "I no longer have the picture")
    assert own.jobs() == []


async def test_the_form_of_somebody_else_or_a_forged_one_starts_nothing(own, horse):
    message = await posted(own, own.mia, horse)
    await open_form(own, own.mia, message)
    elsewhere = own.server.create_text_channel("elsewhere")
    for who, number, channel in ((own.ben, 1, own.channel), (own.mia, 999, own.channel), (own.mia, 1, elsewhere)):
        result = await own.submit_forged(who, f"remix:picture:{number}", channel=channel, prompt="in oil")
        await own.told(result, "I no longer have the picture")
    assert own.jobs() == []


async def test_a_form_that_names_the_card_of_another_channel_starts_nothing(own, horse):
    card = await own.make(own.mia, horse)
    elsewhere = own.server.create_text_channel("elsewhere")
    custom_id = f"remix:form:result:1:{card.stored.id}"
    result = await own.submit_forged(own.ben, custom_id, channel=elsewhere, prompt="in oil")
    await own.told(result, "I no longer have the picture")
    assert len(own.jobs()) == 1


async def test_a_form_over_a_restart_still_works(own, horse):
    message = await posted(own, own.mia, horse)
    form = await open_form(own, own.mia, message)
    await own.restart()
    await own.submit_form(own.mia, form, prompt="in oil")
    await own.card()


# Asking.


async def test_nothing_is_made_before_the_author_says_yes(asks, horse):
    message = await posted(asks, asks.mia, horse)
    form = await open_form(asks, asks.ben, message)
    assert "is asked first, and can read this" in str(form.modal)
    result = await asks.submit_form(asks.ben, form, prompt="a secret wish")
    await asks.told(result, "I've asked")
    asked = await question(asks)
    assert asked.notified == [asks.mia.id]
    assert "a secret wish" not in asked.text
    assert (asks.jobs(), asks.ideogram.calls) == ([], [])

    seen = await answer(asks.mia, asked, "What will it become?")
    await asks.told(seen, "a secret wish")
    await answer(asks.mia, asked, "Yes, go ahead")
    card = await asks.card(2)
    assert (card.lines[0], card.quoted) == (asks.ben.mention, "> a secret wish")
    assert "They agreed." in (await question(asks)).text
    await asks.told(result, "**Done.**")


async def test_only_the_author_can_answer(asks, horse):
    message = await posted(asks, asks.mia, horse)
    await remix(asks, asks.ben, message)
    asked = await question(asks)
    for label in ("Yes, go ahead", "No", "What will it become?", "No, and don't ask me again"):
        result = await answer(asks.ben, asked, label)
        await asks.told(result, "Only the person who is asked")
    assert asks.jobs() == []


async def test_a_no_ends_it_for_a_day(asks, horse):
    message = await posted(asks, asks.mia, horse)
    result = await remix(asks, asks.ben, message)
    asked = await question(asks)
    await asks.told(await answer(asks.mia, asked, "No"), "Nothing was made")
    await asks.told(result, "They'd rather not")
    assert "They'd rather not." in (await question(asks)).text
    again = await remix(asks, asks.ben, message)
    await asks.told(again, "within the last 24 hours")
    assert asks.jobs() == []
    stored = asks.app.core.database.transaction_now(picture_requests.find, 1)
    assert (stored.state, stored.request, stored.reply_token) == (RequestState.DECLINED, None, None)


async def test_two_clicks_on_yes_queue_one(asks, horse):
    message = await posted(asks, asks.mia, horse)
    await remix(asks, asks.ben, message)
    asked = await question(asks)
    await answer(asks.mia, asked, "Yes, go ahead")
    asks.deliver_twice()
    await asks.card(2)
    assert len(asks.jobs()) == 1


async def test_a_yes_over_a_restart_counts(asks, horse):
    message = await posted(asks, asks.mia, horse)
    await remix(asks, asks.ben, message)
    asked = await question(asks)
    await asks.restart()
    await answer(asks.mia, asked, "Yes, go ahead")
    await asks.card(2)


async def test_a_question_ends_after_a_day(asks, horse):
    message = await posted(asks, asks.mia, horse)
    await remix(asks, asks.ben, message)
    asked = await question(asks)
    asks.later(86_401)
    with asks.discord.reachable():
        await asks.app.watchers.questions.end_old()
    assert "This question is over" in (await question(asks)).text
    forged = await asks.click_forged(asks.mia, asked.stored, "remix:ask:yes:1")
    await asks.told(forged, "This question is over")
    assert asks.jobs() == []


async def test_after_a_never_nobody_is_asked_again_and_privacy_takes_it_back(asks, horse):
    message = await posted(asks, asks.mia, horse)
    await remix(asks, asks.ben, message)
    await asks.told(await answer(asks.mia, await question(asks), "No, and don't ask me again"), "nobody else")
    shown = await open_form(asks, asks.ben, message)
    assert "doesn't want others to remix" in shown.response.content
    privacy = await asks.mia.slash(asks.channel, "remix-privacy")
    await asks.told(privacy, "nobody else can make remixes of your pictures")
    await asks.mia.click(privacy.response, label="Let others remix my pictures")
    shown = await open_form(asks, asks.ben, message)
    assert shown.modal


async def test_nobody_is_asked_for_what_the_gate_refuses_anyway(make_world, horse):
    world = await make_world(cooldown_s=600)
    allow(world, OthersPictures.ASK)
    message = await posted(world, world.mia, horse)
    await world.make(world.ben, horse)
    result = await remix(world, world.ben, message)
    assert "> in oil" in await world.told(result, "You can start your next remix")
    assert len(world.cards()) == 1


async def test_the_picture_can_be_gone_before_the_yes(asks, horse):
    message = await posted(asks, asks.mia, horse)
    await remix(asks, asks.ben, message)
    asked = await question(asks)
    asks.discord.backend.delete_message(asks.channel.id, message.id)
    await asks.told(await answer(asks.mia, asked, "Yes, go ahead"), "It can't be made any more")
    assert asks.jobs() == []


# The author's rights.


async def test_the_author_can_take_the_result_down(own, horse):
    allow(own, OthersPictures.EVERYONE)
    message = await posted(own, own.mia, horse)
    result = await remix(own, own.ben, message)
    await own.told(result, "**Done.**")
    asked = await own.press(own.mia, await own.card(), "Delete")
    await own.told(asked, "made it of your picture")
    await own.mia.click(asked.response, label="Delete for good")
    await own.until(lambda: not own.cards(), "the card is deleted")


async def test_what_is_being_made_when_its_author_opts_out_is_never_shown(own, horse):
    allow(own, OthersPictures.EVERYONE)
    message = await posted(own, own.mia, horse)
    own.hold_calls()
    await remix(own, own.ben, message)
    await own.ideogram.until_running(1)
    await own.app.watchers.questions.opt_out(own.mia.id)
    own.let_calls_go()
    await own.until_job(lambda job: job.failure_kind is FailureKind.WITHDRAWN, "it is not shown")
    assert own.cards() == []


async def test_nobody_else_goes_on_from_a_picture_whose_author_opted_out(own, horse):
    """Also of pictures that were sent with /remix, and the author still can."""
    card = await own.make(own.mia, horse)
    await own.app.watchers.questions.opt_out(own.mia.id)
    await own.told(await own.ben.click(card.message, label="Again"), "doesn't want others to remix")
    for label in ("Edit", "Remix this"):
        result = await own.submit_form(own.ben, await own.open_form(own.ben, card, label), prompt="x")
        await own.told(result, "doesn't want others to remix")
    await own.told(await own.mia.click(card.message, label="Again"), "**Done.**")


async def test_a_remix_of_a_message_stays_in_its_channel(own, horse):
    """From /my-remixes, its author could take it anywhere."""
    message = await posted(own, own.mia, horse)
    await own.told(await remix(own, own.mia, message), "**Done.**")
    elsewhere = own.server.create_text_channel("elsewhere")
    asked = replace(asker(own.mia.id), guild_id=own.server.id, channel_id=elsewhere.id)
    outcome = await own.app.remixes.submit.submit_from(asked, Start(Origin.AGAIN, 1, is_private=True))
    assert outcome == Refused(Reason.PICTURE_STAYS, channels=(own.channel.id,))


# Avatars.


def give_avatar(world, who, picture):
    world.discord.backend.get_user(who.id).avatar = AVATAR
    urls = world.discord.backend.cdn
    url = f"https://cdn.discordapp.com/avatars/{who.id}/{AVATAR}.png?size=1024"
    urls._blobs[url] = picture[1]


async def test_an_avatar_is_remixed(own, horse):
    give_avatar(own, own.mia, horse)
    await remix(own, own.mia, own.mia, "Remix avatar")
    card = await own.card()
    assert f"From the avatar of {own.mia.mention}" in card.text


async def test_the_avatar_that_discord_gives_to_everybody_is_refused(own):
    shown = await open_form(own, own.mia, own.mia, "Remix avatar")
    assert "no avatar of their own" in shown.response.content


async def test_the_author_of_an_avatar_is_asked(asks, horse):
    give_avatar(asks, asks.mia, horse)
    await remix(asks, asks.ben, asks.mia, "Remix avatar")
    asked = await question(asks)
    assert "your avatar" in asked.text
    await answer(asks.mia, asked, "Yes, go ahead")
    assert isinstance(await asks.card(2), Card)
