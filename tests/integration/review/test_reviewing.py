"""A result waits for moderators where the server wants that, and is posted or ends as they decide."""

import asyncio
from dataclasses import replace

import pytest

from bot.discord_app.server_log.words import IN_VAIN, entry
from bot.rules.cases import CaseKind
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.log_kinds import LogKind
from bot.rules.membership import Absent, Membership
from bot.rules.policies import Policy
from bot.rules.refusals import Reason, Refused
from bot.rules.removals import Removal
from bot.rules.reviews import REVIEW_LIMIT, ReviewReason
from bot.rules.words.entries import Action, WordEntry, key_of
from bot.storage.engine.tables.remixes import jobs
from bot.storage.privacy import opt_outs
from bot.storage.remixes import families, quotas, retention
from bot.storage.reports import progress_counts
from bot.storage.restores import known as restores_known
from bot.storage.server_log import log_entries
from bot.storage.sets import sets
from bot.storage.standing import words
from bot.use_cases.moderation.block_member import block_member
from bot.use_cases.operator.restore_backup import _learn, settle_open_jobs
from bot.use_cases.ports import ChannelClosedError, PostFailedError
from bot.use_cases.remixes.expiry import forget_pictures
from bot.use_cases.remixes.recover_jobs import recover_jobs
from bot.use_cases.remixes.submit_remix import Accepted
from bot.use_cases.review.decide_review import Decided, NotDecided, expire_reviews
from bot.use_cases.review.read_review import look_at_own
from bot.use_cases.server_log import log_facts
from tests.integration.review.reviews import (
    CHANNEL,
    DAY,
    IN_CHANNEL,
    MODERATOR,
    OTHER_CHANNEL,
    SERVER,
    acting,
    held,
    is_sound,
    matter_of,
    publish,
    refuse,
    set_policy,
)
from tests.integration.sets.test_ladders import jobs_of, ladder


async def test_a_result_of_a_reviewed_channel_waits_and_is_posted_once_published(bot):
    job = await held(bot)
    assert (job.state, job.review, bot.poster.posted) == (JobState.IN_REVIEW, ReviewReason.CHANNEL, [])
    assert job.due_at == bot.clock() + 3 * DAY
    assert await bot.money(job.id) == ("settled", 30_000)
    done = await publish(bot, job)
    assert (done.case.kind, done.case.actor_id, done.case.job_id) == (CaseKind.PUBLISH, MODERATOR, job.id)
    matter = await matter_of(bot, job)
    assert (matter.is_open, matter.outcome, matter.closed_by) == (False, "published", MODERATOR)
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.DELIVERED
    assert (len(bot.poster.posted), bot.calls) == (1, 1)
    assert await is_sound(bot)


async def test_a_refusal_gives_the_quota_and_the_cooldown_back_and_no_money(bot):
    job = await held(bot)
    await refuse(bot, job)
    over = await bot.job(job.id)
    assert (over.state, over.failure_kind) == (JobState.FAILED, FailureKind.REVIEW_REFUSED)
    assert await bot.money(job.id) == ("settled", 30_000)
    assert (await bot.cooldown(), await bot.do(quotas.is_counted, job.id)) == (None, False)
    status = await bot.statuses.of(job.id)
    assert (status.ended_by.kind, status.ended_by.reason) == (CaseKind.REFUSE, "not here")
    assert (await matter_of(bot, job)).outcome == "refused"
    assert (bot.poster.posted, [each.hash for each in await bot.results(job.id)]) == ([], [None])
    assert await is_sound(bot)


async def test_what_nobody_looks_at_ends_after_its_time_and_gives_the_quota_back(bot):
    await set_policy(bot, replace(IN_CHANNEL, review_time_s=3600))
    job = await bot.remix()
    await bot.work(job.id)
    bot.clock.now += DAY / 25
    assert await expire_reviews(bot.core) == 0
    bot.clock.now += DAY / 24
    assert await expire_reviews(bot.core) == 1
    over = await bot.job(job.id)
    assert (over.failure_kind, await bot.cooldown()) == (FailureKind.REVIEW_EXPIRED, None)
    matter = await matter_of(bot, job)
    assert (matter.is_open, matter.outcome) == (False, "review_expired")
    assert await publish(bot, job) is NotDecided.OVER
    assert await is_sound(bot)


async def test_pictures_that_are_not_kept_as_long_end_the_review(bot):
    job = await held(bot)
    bot.clock.now += 2 * DAY
    await forget_pictures(bot.core, DAY)
    assert (await bot.job(job.id)).failure_kind is FailureKind.REVIEW_EXPIRED


async def test_new_members_are_reviewed_and_others_are_not(bot):
    await set_policy(bot, Policy(review_newcomers_s=7 * 86_400))
    new = await bot.remix(1, joined_at=bot.clock() - 6 * DAY)
    old = await bot.remix(2, joined_at=bot.clock() - 8 * DAY)
    await bot.work(new.id, old.id)
    assert ((await bot.job(new.id)).state, (await bot.job(new.id)).review) == (
        JobState.IN_REVIEW,
        ReviewReason.NEWCOMER,
    )
    assert (await bot.job(old.id)).state is JobState.DELIVERED


async def test_a_thread_of_a_reviewed_channel_is_reviewed_and_another_channel_is_not(bot):
    await set_policy(bot, IN_CHANNEL)
    thread = await bot.remix(1, channel_id=77, parent_channel_id=CHANNEL)
    other = await bot.remix(2, channel_id=OTHER_CHANNEL)
    await bot.work(thread.id, other.id)
    assert [(await bot.job(each.id)).state for each in (thread, other)] == [JobState.IN_REVIEW, JobState.DELIVERED]


async def test_a_member_has_only_so_many_waiting_where_they_would_be_reviewed(bot):
    await set_policy(bot, replace(IN_CHANNEL, review_limit=2))
    for _ in range(2):
        await bot.remix()
    assert await bot.ask() == Refused(Reason.REVIEWS_FULL, limit=2)
    assert isinstance(await bot.ask(channel_id=OTHER_CHANNEL), Accepted)
    assert isinstance(await bot.ask(2), Accepted)


async def test_what_was_published_or_refused_no_longer_counts_as_waiting(bot):
    await set_policy(bot, replace(IN_CHANNEL, review_limit=1))
    job = await bot.remix()
    await bot.work(job.id)
    assert (await bot.ask()).reason is Reason.REVIEWS_FULL
    await publish(bot, job)
    assert isinstance(await bot.ask(), Accepted)


async def test_nobody_decides_about_their_own_and_nothing_is_decided_twice(bot):
    job = await held(bot, MODERATOR)
    assert await publish(bot, job) is NotDecided.OWN
    assert await refuse(bot, job) is NotDecided.OWN
    matter = await matter_of(bot, job)
    both = await asyncio.gather(publish(bot, job, actor_id=901), refuse(bot, job, actor_id=902))
    assert [isinstance(each, Decided) for each in both].count(True) == 1
    assert await publish(bot, matter, actor_id=903) is NotDecided.OVER


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("block", Reason.MEMBER_BLOCKED),
        ("word", Reason.WORD_REFUSED),
        ("channel", Reason.CHANNEL_NOT_ALLOWED),
        ("gone", Reason.MEMBER_GONE),
        ("time-out", Reason.MEMBER_TIMED_OUT),
    ],
)
async def test_what_has_changed_meanwhile_keeps_it_from_being_published(bot, change, reason):
    job = await held(bot)
    match change:
        case "block":
            await block_member(bot.core, acting(), 1, None)
        case "word":
            await bot.do(words.write, SERVER, {key_of(WordEntry("fox")): WordEntry("fox", Action.REFUSE)})
        case "channel":
            await set_policy(bot, replace(IN_CHANNEL, channels=frozenset({OTHER_CHANNEL})))
        case "gone":
            bot.members.said[SERVER, 1] = Absent.MEMBER
        case "time-out":
            bot.members.said[SERVER, 1] = Membership(frozenset(), timed_out_until=bot.clock() + DAY)
    refused = await publish(bot, job)
    assert (refused.reason, (await bot.job(job.id)).state) == (reason, JobState.IN_REVIEW)
    assert (await matter_of(bot, job)).is_open
    await refuse(bot, job)
    assert (await bot.job(job.id)).state is JobState.FAILED


async def test_a_removed_picture_ends_the_review(bot):
    job = await held(bot)
    await bot.do(families.mark_removed, job.id, Removal.MODERATOR, bot.clock())
    assert await publish(bot, job) is NotDecided.STOPPED
    assert (await bot.job(job.id)).failure_kind is FailureKind.REMOVED
    assert not (await matter_of(bot, job)).is_open


async def test_an_opt_out_of_the_pictures_owner_ends_the_review(bot):
    first = await bot.remix(2, channel_id=OTHER_CHANNEL)
    await bot.work(first.id)
    await set_policy(bot, IN_CHANNEL)
    job = await bot.remix(1)
    await bot.do(_make_child, job.id, first.id)
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.IN_REVIEW
    await bot.do(opt_outs.add, 2, bot.clock())
    assert await publish(bot, job) is NotDecided.STOPPED
    assert (await bot.job(job.id)).failure_kind is FailureKind.WITHDRAWN


def _make_child(connection, job_id, root_id):
    connection.execute(jobs.update().where(jobs.c.id == job_id).values(root_id=root_id))


async def test_a_setting_that_is_taken_back_reviews_no_more_and_what_waits_goes_on_waiting(bot):
    job = await held(bot)
    queued = await bot.remix(2)
    await set_policy(bot, Policy())
    await bot.work(queued.id)
    assert [(await bot.job(each.id)).state for each in (job, queued)] == [JobState.IN_REVIEW, JobState.DELIVERED]


async def test_a_setting_that_is_new_holds_what_was_accepted_before(bot):
    in_channel, newcomer = await bot.remix(1), await bot.remix(2, channel_id=OTHER_CHANNEL)
    await set_policy(bot, replace(IN_CHANNEL, review_newcomers_s=86_400))
    bot.members.said[SERVER, 2] = Membership(frozenset(), bot.clock())
    await bot.work(in_channel.id, newcomer.id)
    found = [(await bot.job(each.id)).review for each in (in_channel, newcomer)]
    assert found == [ReviewReason.CHANNEL, ReviewReason.NEWCOMER]
    assert bot.poster.posted == []


async def test_a_new_member_stays_one_while_discord_says_nothing(bot):
    await set_policy(bot, Policy(review_newcomers_s=86_400))
    job = await bot.remix(joined_at=bot.clock())
    await set_policy(bot, Policy(review_newcomers_s=86_401))
    bot.members.said[SERVER, 1] = None
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.IN_REVIEW


async def test_what_was_published_is_not_reviewed_once_more(bot):
    job = await held(bot)
    await publish(bot, job)
    await bot.do(words.write, SERVER, {key_of(WordEntry("fox")): WordEntry("fox", Action.REVIEW)})
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.DELIVERED


async def test_a_word_that_is_refused_after_publishing_keeps_it_for_its_author(bot):
    job = await held(bot)
    await publish(bot, job)
    await bot.do(words.write, SERVER, {key_of(WordEntry("fox")): WordEntry("fox", Action.REFUSE)})
    await bot.work(job.id)
    assert ((await bot.job(job.id)).state, bot.poster.posted) == (JobState.GENERATED, [])


async def test_a_set_is_decided_as_one_and_shown_on_one_card(bot):
    await set_policy(bot, IN_CHANNEL)
    made = await jobs_of(bot, await ladder(bot))
    await bot.work(*(job.id for job in made))
    assert {(await bot.job(job.id)).state for job in made} == {JobState.IN_REVIEW}
    assert len({(await matter_of(bot, job)).id for job in made}) == 1
    found = await look_at_own(bot.core, made[2].id, 1)
    assert len(found.pictures) == 4
    await publish(bot, made[1])
    await bot.work(*(job.id for job in made))
    (posted,) = bot.poster.posted
    assert len(posted.pictures) == 4
    assert await is_sound(bot)


async def test_a_refused_set_gives_everything_back(bot):
    await set_policy(bot, IN_CHANNEL)
    made = await jobs_of(bot, await ladder(bot))
    await bot.work(*(job.id for job in made))
    done = await refuse(bot, made[0])
    assert len(done.decided) == 4
    assert {job.failure_kind for job in await bot.do(sets.jobs_of, made[0].id)} == {FailureKind.REVIEW_REFUSED}
    assert await bot.cooldown() is None
    assert [(await bot.statuses.of(job.id)).ended_by.reason for job in made] == ["not here"] * 4


async def test_only_its_author_can_look_at_it_and_only_while_it_waits(bot):
    job = await held(bot)
    assert len((await look_at_own(bot.core, job.id, 1)).pictures) == 1
    assert await look_at_own(bot.core, job.id, 2) is None
    assert await bot.hand_over.take(job.id, 1) is None
    await refuse(bot, job)
    assert await look_at_own(bot.core, job.id, 1) is None


async def test_a_restart_changes_nothing(bot):
    job = await held(bot)
    again = bot.restarted()
    await recover_jobs(again.core, again.rules)
    assert (await again.job(job.id)).state is JobState.IN_REVIEW
    await publish(again, job)
    await again.work(job.id)
    assert len(again.poster.posted) == 1


def test_the_default_limit_is_the_documented_one():
    assert Policy().most_in_review == REVIEW_LIMIT


async def test_its_money_is_counted_once_for_prometheus_and_the_wait_for_moderators_is_no_delay(bot):
    job = await held(bot)
    bot.clock.now += DAY
    await publish(bot, job)
    await bot.work(job.id)
    steps = (await bot.do(progress_counts.steps_since, 0)).steps
    assert sum(step.spent_micros for step in steps) == 30_000
    assert [step.delivered_in for step in steps if step.to is JobState.DELIVERED] == [None]
    assert len([step for step in steps if step.took is not None]) == 1


async def test_a_delivery_that_fails_after_publishing_is_tried_again_however_long_it_waited(bot):
    job = await held(bot)
    bot.clock.now += 2 * DAY
    await publish(bot, job)
    bot.poster.trouble.append(PostFailedError("500 0"))
    async with bot.working():
        await bot.heard.until(lambda: _has_tried(bot, job))
    tried = await bot.job(job.id)
    assert (tried.state, tried.due_at is not None) == (JobState.GENERATED, True)


async def _has_tried(bot, job):
    return (await bot.job(job.id)).attempts == 1


async def test_its_author_hears_of_a_refusal_after_days(bot):
    job = await held(bot)
    bot.clock.now += 2 * DAY
    await bot.do(retention.forget_reply_tokens, bot.clock() - DAY)
    await refuse(bot, job)
    assert job.id in await bot.statuses.find_unnotified()


async def test_what_is_removed_after_a_backup_is_not_decided_after_its_restore(bot):
    job = await held(bot)
    known = replace(await bot.do(restores_known.read), removed={job.id: Removal.MODERATOR})
    await bot.do(settle_open_jobs, bot.clock())
    assert (await bot.job(job.id)).posting_at is not None
    await bot.do(_learn, await bot.do(restores_known.read), known, bot.clock())
    assert (await bot.job(job.id)).failure_kind is FailureKind.REMOVED


async def test_what_is_kept_for_somebody_who_was_away_does_not_count_as_waiting(bot):
    await set_policy(bot, replace(IN_CHANNEL, review_limit=1))
    job = await bot.remix()
    bot.members.said[SERVER, 1] = Absent.MEMBER
    bot.stand_in.dials.latency_s = 0.2
    async with bot.working():
        await bot.stand_in.until_running(1)
        bot.clock.now += DAY / 24
    await bot.work(job.id)
    kept = await bot.job(job.id)
    assert (kept.state, kept.due_at) == (JobState.GENERATED, None)
    assert isinstance(await bot.ask(), Accepted)


async def test_what_may_be_in_the_channel_already_is_not_held(bot):
    job = await bot.remix()
    bot.poster.trouble.append(PostFailedError("500 0"))
    async with bot.working():
        await bot.heard.until(lambda: _has_tried(bot, job))
    await set_policy(bot, IN_CHANNEL)
    bot.clock.now += DAY / 24
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.DELIVERED


@pytest.mark.parametrize("why", ["closed channel", "author left"])
async def test_moderators_read_in_the_log_that_what_they_published_could_not_be_posted(bot, why):
    job = await held(bot)
    await set_policy(bot, replace(IN_CHANNEL, log_channel=7))
    await publish(bot, job)
    if why == "closed channel":
        bot.poster.trouble, bot.poster.reply_lives = [ChannelClosedError("403 50001")], False
    else:
        bot.clock.move(minutes=5)
        bot.members.said[SERVER, 1] = Absent.MEMBER
    await bot.work(job.id)
    kept = await bot.job(job.id)
    assert (kept.state, kept.due_at) == (JobState.GENERATED, None)
    (fact,) = [
        log_facts.HeldBack(kept)
        for each in await bot.do(log_entries.take, SERVER, bot.clock(), 100)
        if each.kind is LogKind.HELD_BACK
    ]
    assert IN_VAIN in entry(fact)
