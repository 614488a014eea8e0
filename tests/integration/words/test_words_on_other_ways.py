"""A word that is listed later also stops a pick of a grid, and a prompt is not shown to the author of a picture."""

from dataclasses import replace

import pytest

from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RemixRequest
from bot.rules.words.entries import Action, WordEntry, key_of
from bot.storage.consent.picture_requests import PictureRequest
from bot.storage.privacy import erased_rows
from bot.storage.standing import words
from bot.use_cases.consent.requests import may_show_prompt
from bot.use_cases.remixes.sets.pick import Pick
from bot.use_cases.remixes.submit_remix import Accepted
from tests.integration.made_bot import asker


async def list_word(bot, text, action=Action.REFUSE):
    entry = WordEntry(text, action)
    await bot.do(words.write, 11, {key_of(entry): entry})


async def test_a_pick_is_a_post_so_its_prompt_is_asked_about_again(bot):
    job = await bot.remix(prompt="a nude")
    await bot.work(job.id)
    (post,) = await bot.posts(job.id)
    await list_word(bot, "nude")
    picked = await bot.remixes.picks.pick(asker(), Pick(job.id, post.message_id, 0, is_moderator=False))
    assert picked == Refused(Reason.WORD_REFUSED, word="nude")


@pytest.mark.parametrize(("text", "action"), [("nude", Action.REFUSE), ("nude", Action.REVIEW)])
async def test_a_prompt_that_is_refused_or_reviewed_is_not_shown_to_the_author_of_the_picture(bot, text, action):
    request = replace(_request(), request=RemixRequest("a nude"))
    assert await may_show_prompt(bot.core, request)
    await list_word(bot, text, action)
    assert not await may_show_prompt(bot.core, request)
    assert await may_show_prompt(bot.core, replace(request, request=RemixRequest("a menu")))


async def test_a_look_says_that_a_prompt_waits_for_a_review(bot):
    """So nobody is asked for their picture with it."""
    await list_word(bot, "nude", Action.REVIEW)
    assert (await bot.submit.look(asker(), None, prompt="a nude")).for_review
    assert not (await bot.submit.look(asker(), None, prompt="a menu")).for_review
    assert not (await bot.submit.look(asker(), None)).for_review


def _request():
    fields = dict.fromkeys(PictureRequest.__dataclass_fields__)
    return PictureRequest(**{**fields, "guild_id": 11})


async def test_a_server_that_was_erased_and_comes_back_is_asked_about_its_new_words(bot):
    await list_word(bot, "fox")
    assert (await bot.ask(prompt="a fox")).reason is Reason.WORD_REFUSED
    await bot.do(erased_rows.delete_server_rows, 11)
    await list_word(bot, "cat")
    assert (await bot.ask(prompt="a cat")).reason is Reason.WORD_REFUSED
    assert isinstance(await bot.ask(prompt="a fox"), Accepted)
