"""Two processes draw the same card at once: the older drawing never stands, whichever arrives last."""

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.storage.moderation import moderated_jobs
from bot.storage.remixes import post_changes, results
from bot.storage.remixes.results import Post
from bot.use_cases.ports import Redrawn
from bot.use_cases.removal.change_posts import ChangePosts
from tests.integration.made_storage import START, JobState, add_job, walk


@dataclass
class Card:
    """In the place of Discord: the message as it stands, and every drawing of it."""

    drawn: list[bool] = field(default_factory=list)


@dataclass
class Editor:
    """One process's way to Discord. An edit arrives once `leaves` is set, and is answered once `answered` is."""

    card: Card
    fails: bool = False
    leaves: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def redraw(self, job, _post):
        self.begun.set()
        await self.leaves.wait()
        self.card.drawn.append(job.hidden)
        self.arrived.set()
        await self.answered.wait()
        return Redrawn.FAILED if self.fails else Redrawn.DONE


@pytest.fixture
async def job(bot):
    def deliver(connection):
        job = walk(connection, add_job(connection), JobState.GENERATING, JobState.GENERATED, JobState.DELIVERED)
        results.add_post(connection, job.id, Post(0, 22, 9_001, (0,)), START)
        return job

    return await bot.do(deliver)


async def change(bot, job, *, hidden):
    def change(connection):
        moderated_jobs.set_hidden(connection, job.id, hidden=hidden)
        post_changes.mark_due(connection, job.id, bot.clock())

    await bot.do(change)


@pytest.mark.parametrize("answers_first", ["the one that arrived first", "the one that arrived last"])
@pytest.mark.parametrize("fails", [False, True])
async def test_two_that_draw_at_once_draw_again_and_what_is_true_stands(bot, job, answers_first, fails):
    card = Card()
    slow, quick = Editor(card, fails), Editor(card)
    one, other = ChangePosts(bot.core, slow), ChangePosts(bot.core, quick)
    await change(bot, job, hidden=True)
    hiding = asyncio.create_task(one.apply([job.id]))
    await slow.begun.wait()
    await change(bot, job, hidden=False)
    showing = asyncio.create_task(other.apply([job.id]))
    quick.leaves.set()
    await quick.arrived.wait()
    slow.leaves.set()
    await slow.arrived.wait()
    assert card.drawn == [False, True]
    for editor, task in [(quick, showing), (slow, hiding)][:: 1 if answers_first.endswith("first") else -1]:
        editor.answered.set()
        await task
    slow.fails = False
    bot.clock.move(minutes=2)
    await other._try_round()
    assert card.drawn[-1] is False
    assert await bot.do(post_changes.of_jobs, [job.id]) == []


async def test_one_alone_draws_once(bot, job):
    editor = Editor(Card())
    editor.leaves.set()
    editor.answered.set()
    await change(bot, job, hidden=True)
    assert await ChangePosts(bot.core, editor).apply([job.id]) == 0
    assert editor.card.drawn == [True]
