"""A result that was held back for a word is posted once moderators allow it, and nothing is bought again."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.discord_app.kit.appealing.buttons import What, appeal_of_job
from bot.discord_app.kit.appealing.words import ended
from bot.discord_app.server_log.words import REVIEW_WORD, entry
from bot.rules.appeals import MOST_A_DAY, OPEN_FOR, Appealed, NotDecided, NotMade, Outcome
from bot.rules.cases import CaseKind
from bot.rules.job_states import JobState
from bot.rules.log_kinds import LogKind
from bot.rules.policies import Policy
from bot.rules.refusals import Reason
from bot.rules.words.entries import Action, WordEntry, key_of
from bot.storage.appeals import appeals
from bot.storage.remixes import jobs
from bot.storage.remixes.jobs import Job
from bot.storage.server_log import log_entries
from bot.storage.standing import policies, words
from bot.use_cases.appeals.decide_appeal import Decided
from bot.use_cases.appeals.end_appeals import expire_appeals, to_tell
from bot.use_cases.appeals.make_appeal import Appellant, Made, appeal_result
from bot.use_cases.appeals.own_appeals import find_what_happened
from bot.use_cases.appeals.read_appeal import read_appeal
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.undo_case import NotUndone, undo_case
from bot.use_cases.ports import ChannelClosedError, PostFailedError
from bot.use_cases.remixes.submit_remix import Accepted
from bot.use_cases.server_log.log_facts import HeldBack
from tests.integration.appeals.made_appeals import BEN, MIA, NUDE, OTTO, ROSA, SERVER, decide, list_word
from tests.integration.appeals.made_held_back import (
    appealed,
    are_kept,
    collect,
    held_back,
    is_unposted,
    list_while_made,
    make_and_list,
    read_rule,
)
from tests.integration.review.reviews import is_sound, set_policy
from tests.integration.sets.test_ladders import jobs_of, ladder

CHANNEL = 22
CARROTS = "carrot"


async def test_allowed_once_it_is_posted_and_nothing_is_bought_again(bot):
    job = await held_back(bot)
    made = await appealed(bot, job)
    assert (made.appeal.appealed, made.appeal.prompt, made.appeal.job_id) == (Appealed.RESULT, NUDE, job.id)
    before = await bot.money(job.id)
    done = await decide(bot, made, "once", admin=False)
    assert (done.appeal.outcome, done.case.kind, done.posted) == (Outcome.ALLOWED_ONCE, CaseKind.ALLOW, [job.id])
    await bot.work(job.id)
    assert ((await bot.job(job.id)).state, len(bot.poster.posted)) == (JobState.DELIVERED, 1)
    assert (bot.calls, await bot.money(job.id)) == (1, before)
    assert await is_sound(bot)
    assert "I'm posting it in its channel" in ended((await to_tell(bot.core))[0])
    # The exception was for this one.
    assert (await bot.ask(prompt=NUDE)).reason is Reason.WORD_REFUSED
    assert await undo_case(bot.core, Acting(SERVER, OTTO), done.case.number, lambda *_: None) in set(NotUndone)


async def test_it_can_be_appealed_after_its_author_has_fetched_it_and_fetched_again(bot):
    job = await held_back(bot)
    fetched = await collect(bot, await collect(bot, job))
    assert (fetched.state, fetched.due_at, fetched.lease) == (JobState.GENERATED, None, None)
    assert [each.custom_id for each in appeal_of_job(fetched)] == [What.JOB.custom_id(job.id)]
    await decide(bot, await appealed(bot, job), "once")
    await bot.work(job.id)
    assert await bot.has_delivered(job)
    assert len(bot.poster.posted) == 1
    assert [each for each in await bot.events(job.id) if "collected" in each] == ["generated: collected"]
    assert await is_sound(bot)


async def test_its_words_are_allowed_for_everybody_and_it_is_posted(bot):
    job = await held_back(bot)
    made = await appealed(bot, job)
    assert await decide(bot, made, "allow", admin=False) is NotDecided.NOT_AN_ADMIN
    done = await decide(bot, made, "allow")
    assert (done.appeal.outcome, done.case.kind) == (Outcome.ALLOWED, CaseKind.WORDS)
    await bot.work(job.id)
    assert await bot.has_delivered(job)
    assert isinstance(await bot.ask(BEN, prompt=NUDE), Accepted)


async def test_kept_it_stays_with_its_author_and_cannot_be_appealed_again(bot):
    job = await held_back(bot)
    await decide(bot, await appealed(bot, job), "keep")
    assert await is_unposted(bot, job)
    assert await appealed(bot, job) is NotMade.DECIDED
    assert await bot.hand_over.take(job.id, MIA) is not None


async def test_an_appeal_that_nobody_decides_can_be_made_again(bot):
    job = await held_back(bot)
    await appealed(bot, job)
    assert await appealed(bot, job) is NotMade.OPEN_ALREADY
    bot.clock.now += OPEN_FOR
    assert await expire_appeals(bot.core) == 1
    assert isinstance(await appealed(bot, job), Made)


async def test_only_its_author_appeals_it_and_only_three_times_a_day(bot):
    job = await held_back(bot)
    assert await appealed(bot, job, user_id=BEN) is NotMade.NOT_FOUND
    assert await appeal_result(bot.core, Appellant(SERVER + 1, MIA), job.id, "x") is NotMade.NOT_FOUND
    assert await find_what_happened(bot.core, SERVER, BEN, job.id) is NotMade.OVER
    assert isinstance(await find_what_happened(bot.core, SERVER, MIA, job.id), Job)
    assert await appealed(bot, job, text=" ") is NotMade.NO_TEXT
    for _ in range(MOST_A_DAY):
        assert isinstance(await appealed(bot, job), Made)
        bot.clock.now += timedelta(seconds=1)
        await bot.do(
            lambda connection: connection.exec_driver_sql("UPDATE appeals SET outcome = 'expired', ended_at = 1")
        )
    assert await appealed(bot, job) is NotMade.TOO_OFTEN


def end_newest(connection, now):
    number = connection.scalar(sa.text("SELECT max(id) FROM appeals"))
    appeals.end(connection, number, Outcome.EXPIRED, now)


async def test_nobody_decides_about_their_own(bot):
    made = await appealed(bot)
    assert await decide(bot, made, "once", by=MIA) is NotDecided.OWN
    assert await decide(bot, made, "lift") is NotDecided.CANNOT


@pytest.mark.parametrize("second", ["once", "allow", "keep"])
async def test_of_two_moderators_at_once_one_decides_and_it_is_posted_once(bot, second):
    job = await held_back(bot)
    made = await appealed(bot, job)
    done = await asyncio.gather(decide(bot, made, "once"), decide(bot, made, second, by=ROSA))
    assert [isinstance(each, Decided) for each in done].count(True) == 1
    assert NotDecided.DONE_BEFORE in done
    if any(isinstance(each, Decided) and each.posted for each in done):
        await bot.work(job.id)
    assert len(bot.poster.posted) == ((await bot.job(job.id)).state is JobState.DELIVERED)


async def test_killed_between_the_decision_and_the_post_it_is_posted_once(bot):
    job = await held_back(bot)
    await decide(bot, await appealed(bot, job), "once")
    again = await bot.start_again()
    # Discord has the message, and the process dies before it hears so.
    again.poster.unheard = 1
    async with again.working():
        await again.heard.until(lambda: _has_tried(again, job))
    last = await again.start_again()
    last.clock.now += timedelta(hours=1)
    await last.work(job.id)
    assert await last.has_delivered(job)
    assert (len(last.poster.posted), last.calls) == (1, 1)


async def _has_tried(bot, job):
    return (await bot.job(job.id)).attempts > 0


async def test_while_its_author_fetches_it_nothing_is_decided(bot):
    job = await held_back(bot)
    made = await appealed(bot, job)
    delivery = await bot.hand_over.take(job.id, MIA)
    assert await decide(bot, made, "once") is NotDecided.BUSY
    await bot.hand_over.put_back(delivery.job)
    assert isinstance(await decide(bot, made, "once"), Decided)


async def test_a_rule_of_automod_holds_it_back_and_is_passed_once(bot):
    job = await bot.remix(prompt=NUDE)
    await make_and_list(bot, job, lambda: read_rule(bot))
    made = await appealed(bot, job)
    facts = await read_appeal(bot.core, made.appeal.id)
    assert (facts.found, facts.by_automod, len(facts.pictures)) == (["x"], True, 1)
    assert await decide(bot, made, "allow") is not None
    assert await is_unposted(bot, job)
    await decide(bot, made, "once")
    await bot.work(job.id)
    assert await bot.has_delivered(job)


async def test_it_is_posted_although_nothing_refuses_it_any_more(bot):
    job = await held_back(bot)
    await bot.do(words.write, SERVER, {key_of(WordEntry("nude")): None})
    made = await appealed(bot, job)
    assert await decide(bot, made, "allow") is NotDecided.WORDS_STAY
    await decide(bot, made, "once")
    await bot.work(job.id)
    assert await bot.has_delivered(job)


async def test_a_reviewed_channel_does_not_ask_moderators_twice(bot):
    job = await held_back(bot)
    await set_policy(bot, Policy(review_channels=frozenset({CHANNEL})))
    await decide(bot, await appealed(bot, job), "once")
    await bot.work(job.id)
    assert await bot.has_delivered(job)


async def test_another_word_that_is_listed_before_the_post_holds_it_back_and_can_be_appealed(bot):
    await bot.do(policies.write, SERVER, Policy(log_channel=7))
    job = await held_back(bot, prompt="a nude carrot")
    await decide(bot, await appealed(bot, job), "allow")
    await list_word(bot, CARROTS)
    await bot.work(job.id)
    kept = await bot.job(job.id)
    assert (kept.state, kept.due_at, kept.review_word, kept.approved_at) == (JobState.GENERATED, None, CARROTS, None)
    assert LogKind.HELD_BACK in [each.kind for each in await bot.do(log_entries.take, SERVER, bot.clock(), 100)]
    assert REVIEW_WORD in entry(HeldBack(kept))
    await decide(bot, await appealed(bot, job), "once")
    await bot.work(job.id)
    assert (await bot.has_delivered(job), len(bot.poster.posted)) == (True, 1)


async def test_a_set_is_posted_together(bot):
    made = await jobs_of(bot, await ladder(bot))
    await list_while_made(bot, made, lambda: list_word(bot, "fox"))
    kept = [await bot.job(job.id) for job in made]
    assert [len(appeal_of_job(job)) for job in kept] == [1] * 4
    appeal = await appealed(bot, kept[2])
    assert await appealed(bot, kept[0]) is NotMade.OPEN_ALREADY
    assert len((await read_appeal(bot.core, appeal.appeal.id)).pictures) == 4
    done = await decide(bot, appeal, "once")
    assert done.posted == [job.id for job in made]
    await bot.work(*(job.id for job in made))
    assert [len(posted.pictures) for posted in bot.poster.posted] == [4]
    assert await is_sound(bot)


async def test_a_channel_that_is_closed_by_then_leaves_it_with_its_author(bot):
    job = await held_back(bot)
    await decide(bot, await appealed(bot, job), "once")
    bot.poster.trouble, bot.poster.reply_lives = [PostFailedError("500"), ChannelClosedError("403 50001")], False
    async with bot.working():
        await bot.heard.until(lambda: _has_tried(bot, job))
    bot.clock.now += timedelta(hours=1)
    async with bot.working():
        await bot.heard.until(lambda: are_kept(bot, [job]))
    assert await is_unposted(bot, job)
    assert (await bot.do(jobs.get, job.id)).approved_at is not None


async def test_a_word_for_review_does_not_offer_it(bot):
    await list_word(bot, action=Action.REVIEW)
    job = await bot.remix(prompt=NUDE)
    await bot.work(job.id)
    assert appeal_of_job(await bot.job(job.id)) == []
