"""Which reports are taken, which of them hide a result, how they end, and what is kept of them."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.discord_app.reporting.words import not_reported
from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.matters import MatterKind
from bot.rules.points import PointKind
from bot.rules.policies import Policy
from bot.rules.reports import (
    BETWEEN_DOUBTED,
    KEPT_FOR,
    MOST_A_DAY,
    MOST_AN_HOUR,
    MOST_FALSE,
    OPEN_FOR,
    Reporter,
    ReportOutcome,
)
from bot.rules.reports import ReportReason as Why
from bot.storage.engine.tables.matters import matters as all_matters
from bot.storage.engine.tables.matters import reports as all_reports
from bot.storage.engine.tables.oversight import points as all_points
from bot.storage.matters import matters, reports
from bot.storage.moderation import unread_cases
from bot.storage.privacy import personal_data
from bot.storage.standing import policies
from bot.use_cases.matters.decide import Moderator, NotYours, find_matter
from bot.use_cases.moderation.act_on_author import warn_author
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import block_member
from bot.use_cases.moderation.hide_result import hide_result
from bot.use_cases.moderation.remove_result import remove_result
from bot.use_cases.reporting.dismiss_report import Dismissed, NotDismissed, dismiss_report
from bot.use_cases.reporting.expire_reports import expire_reports, forget_matters
from bot.use_cases.reporting.report_result import NewReport, NotReported, Reported, TooOften, report_result
from bot.use_cases.reporting.tell_reporters import mark_reporter_reached, reports_to_tell
from tests.integration.made_storage import START

HERE, CHANNEL, MIA, MO = 11, 22, 1, 900
OLD = timedelta(days=400)
MODERATOR = Acting(HERE, MO, "no")


@pytest.fixture
async def job(bot):
    return await posted(bot)


async def posted(bot, user_id=MIA):
    made = await bot.remix(user_id)
    await bot.work(made.id)
    return made


async def report(bot, job, user_id, why=Why.HATEFUL, *, age=OLD, member=OLD, text=None, **options):
    (post, *_) = await bot.posts(job.id)
    now = bot.clock()
    who = Reporter(user_id, now - age, None if member is None else now - member)
    new = NewReport(HERE, options.pop("channel", CHANNEL), post.message_id, who, why, text)
    return await report_result(bot.core, new, about_moderator=options.pop("about_moderator", False))


async def is_hidden(bot, job):
    return (await bot.job(job.id)).hidden


async def outcome(bot, reported):
    return (await bot.do(matters.get, reported.matter.id)).outcome


async def unread(bot, user_id):
    """What they are yet to be sent."""
    return [each.outcome for each in await reports_to_tell(bot.core) if each.reporter_id == user_id]


async def test_enough_old_members_hide_a_result_and_a_moderator_shows_it_again(bot, job):
    assert [len((await report(bot, job, user)).changed) for user in (2, 3)] == [0, 0]
    assert not await is_hidden(bot, job)
    third = await report(bot, job, 4)
    assert list(third.changed) == [job.id]
    assert await is_hidden(bot, job)
    done = await dismiss_report(bot.core, MODERATOR, third.matter.id, is_false=False)
    assert list(done.shown) == [job.id]
    assert not await is_hidden(bot, job)
    assert await outcome(bot, third) == ReportOutcome.DISMISSED


@pytest.mark.parametrize(
    "stranger",
    [{"age": timedelta(days=29)}, {"member": timedelta(days=6)}, {"member": None}],
    ids=["new account", "new member", "not known"],
)
async def test_new_accounts_hide_nothing_however_many_they_are(bot, job, stranger):
    for user in range(10, 20):
        assert isinstance(await report(bot, job, user, **stranger), Reported)
    assert not await is_hidden(bot, job)
    assert len(await bot.do(reports.of_matter, (await report(bot, job, 20)).matter.id)) == 11


async def test_the_blocked_and_those_who_cry_wolf_hide_nothing(bot, job):
    await bot.do(policies.write, HERE, Policy(report_hides=1))
    await block_member(bot.core, MODERATOR, 2, None)
    await report(bot, job, 2)
    assert not await is_hidden(bot, job)
    for _ in range(MOST_FALSE):
        wolf = await report(bot, await posted(bot), 3)
        await dismiss_report(bot.core, MODERATOR, wolf.matter.id, is_false=True)
        bot.clock.move(hours=1)
    bot.clock.move(days=1)
    assert isinstance(await report(bot, job, 3), Reported)
    assert not await is_hidden(bot, job)
    await report(bot, job, 4)
    assert await is_hidden(bot, job)


async def test_whose_reports_were_often_abuse_makes_one_a_day_and_only_once_the_last_is_decided(bot):
    for _ in range(MOST_FALSE):
        wolf = await report(bot, await posted(bot), 3)
        await dismiss_report(bot.core, MODERATOR, wolf.matter.id, is_false=True)
    first, second = await posted(bot), await posted(bot)
    refused = await report(bot, first, 3)
    assert (refused.until, refused.as_doubted) == (bot.clock() + BETWEEN_DOUBTED, True)
    assert "one a day" in not_reported(refused)
    assert isinstance(await report(bot, first, 2), Reported)
    bot.clock.now = refused.until
    taken = await report(bot, first, 3)
    assert isinstance(taken, Reported)
    bot.clock.move(days=2)
    assert await report(bot, second, 3) is NotReported.ONE_AT_A_TIME
    # Illegal content has its own limits.
    assert isinstance(await report(bot, second, 3, Why.ILLEGAL), Reported)
    await dismiss_report(bot.core, MODERATOR, taken.matter.id, is_false=False)
    assert isinstance(await report(bot, await posted(bot), 3), Reported)
    bot.clock.move(days=KEPT_FOR.days + 1)
    await expire_reports(bot.core)
    await forget_matters(bot.core)
    for _ in range(2):
        assert isinstance(await report(bot, await posted(bot), 3), Reported)


async def test_a_server_sets_how_many_and_how_old(bot, job):
    await bot.do(policies.write, HERE, Policy(report_hides=0))
    for user in range(2, 8):
        await report(bot, job, user)
    assert not await is_hidden(bot, job)
    await bot.do(policies.write, HERE, Policy(report_hides=1, report_account_s=60, report_member_s=60))
    other = await posted(bot)
    await report(bot, other, 9, age=timedelta(seconds=60), member=timedelta(seconds=60))
    assert await is_hidden(bot, other)


async def test_what_a_moderator_shows_again_is_not_hidden_by_the_next_report(bot, job):
    for user in (2, 3, 4):
        await report(bot, job, user)
    await hide_result(bot.core, MODERATOR, job.id, hidden=False)
    await report(bot, job, 5)
    assert not await is_hidden(bot, job)


async def test_a_moderator_who_hides_what_reports_have_hidden_decides_about_them(bot, job):
    for user in (2, 3, 4):
        reported = await report(bot, job, user)
    assert (await hide_result(bot.core, MODERATOR, job.id, hidden=True)).case.actor_id == MO
    assert await outcome(bot, reported) == ReportOutcome.HIDDEN
    assert await is_hidden(bot, job)


async def test_one_report_for_each_person_and_result(bot, job):
    await report(bot, job, 2)
    assert await report(bot, job, 2) is NotReported.DONE_BEFORE
    assert await report(bot, job, MIA) is NotReported.OWN
    assert await report(bot, job, 3, channel=23) is NotReported.NOT_FOUND
    elsewhere = NewReport(
        HERE + 1, CHANNEL, (await bot.posts(job.id))[0].message_id, Reporter(3, START, START), Why.SPAM, None
    )
    assert await report_result(bot.core, elsewhere, about_moderator=False) is NotReported.NOT_FOUND
    await remove_result(bot.core, MODERATOR, job.id)
    assert await report(bot, job, 3) is NotReported.GONE


async def test_a_person_can_report_so_many_an_hour_and_a_day(bot):
    for number in range(MOST_A_DAY):
        assert isinstance(await report(bot, await posted(bot), 2), Reported), number
        if number % MOST_AN_HOUR == MOST_AN_HOUR - 1:
            last = await posted(bot)
            refused = await report(bot, last, 2)
            assert isinstance(refused, TooOften)
            bot.clock.now = max(refused.until, bot.clock() + timedelta(hours=1)) if number < 10 else bot.clock()
    assert refused.until == START + timedelta(days=1)
    bot.clock.now = refused.until
    assert isinstance(await report(bot, last, 2), Reported)


async def test_each_end_is_told_to_who_reported_and_to_nobody_else(bot, job):
    reported = await report(bot, job, 2)
    assert await unread(bot, 2) == []
    await remove_result(bot.core, MODERATOR, job.id)
    assert await outcome(bot, reported) == ReportOutcome.REMOVED
    assert await unread(bot, 2) == [ReportOutcome.REMOVED]
    (told,) = await reports_to_tell(bot.core)
    assert await bot.do(unread_cases.find_unread, HERE, 2) == []
    await mark_reporter_reached(bot.core, told, reached=True)
    assert await reports_to_tell(bot.core) == []
    assert await bot.do(unread_cases.find_unread, HERE, 2) == []


async def test_whom_no_message_reaches_reads_once_how_their_report_ended(bot, job):
    await report(bot, job, 2)
    await remove_result(bot.core, MODERATOR, job.id)
    (told,) = await reports_to_tell(bot.core)
    await mark_reporter_reached(bot.core, told, reached=False)
    assert await reports_to_tell(bot.core) == []
    shown = await bot.do(unread_cases.find_unread, HERE, 2)
    assert [each.outcome for each in shown] == [ReportOutcome.REMOVED]
    for elsewhere in ((HERE + 1, 2), (HERE, 3)):
        assert await bot.do(unread_cases.find_unread, *elsewhere) == []
    await bot.do(unread_cases.mark_read, 2, shown, bot.clock())
    assert await bot.do(unread_cases.find_unread, HERE, 2) == []


async def test_a_reporter_who_was_forgotten_is_sent_nothing(bot, job):
    await report(bot, job, 2)
    await bot.do(reports.forget_reporter, 2, bot.clock())
    await remove_result(bot.core, MODERATOR, job.id)
    assert await reports_to_tell(bot.core) == []


async def test_a_right_report_counts_against_the_author_but_not_by_who_reported(bot):
    first, second, third = await posted(bot), await posted(bot), await posted(bot)
    await report(bot, first, 2)
    await report(bot, second, MO)
    await report(bot, third, 2)
    for each in (first, second):
        await remove_result(bot.core, MODERATOR, each.id)
    await warn_author(bot.core, MODERATOR, third)
    matter = await bot.do(matters.find_open, MatterKind.REPORT, third.id)
    done = await dismiss_report(bot.core, MODERATOR, matter.id, is_false=False)
    assert done.outcome is ReportOutcome.ACTED
    counted = await bot.do(
        lambda c: c.scalars(sa.select(all_points.c.job_id).where(all_points.c.kind == PointKind.REPORT)).all()
    )
    assert list(counted) == [first.id, third.id]


async def test_nobody_decides_about_themselves(bot):
    job = await posted(bot, MO)
    reported = await report(bot, job, 2, about_moderator=True)
    assert reported.matter.admins_only
    await hide_result(bot.core, MODERATOR, job.id, hidden=True)
    assert await outcome(bot, reported) is None
    await remove_result(bot.core, MODERATOR, job.id)
    assert await outcome(bot, reported) == ReportOutcome.GONE
    own = await report(bot, await posted(bot), MO)
    assert await dismiss_report(bot.core, MODERATOR, own.matter.id, is_false=True) is NotDismissed.REPORTED_BY_YOU


async def test_who_decides_alone_about_themselves_calls_nothing_abuse(bot):
    reported = await report(bot, await posted(bot, MO), 2, about_moderator=True)
    assert await dismiss_report(bot.core, MODERATOR, reported.matter.id, is_false=True) is NotDismissed.ABOUT_YOU
    assert isinstance(await dismiss_report(bot.core, MODERATOR, reported.matter.id, is_false=False), Dismissed)
    again = await posted(bot, MO)
    illegal = await report(bot, again, 2, Why.ILLEGAL, about_moderator=True)
    assert await dismiss_report(bot.core, MODERATOR, illegal.matter.id, is_false=False) is NotDismissed.ABOUT_YOU
    who = Moderator(HERE, MO, is_admin=True, stands_in_for=MO)
    assert await find_matter(bot.core, who, illegal.matter.id, decides=True) is NotYours.ABOUT_YOU


async def test_two_moderators_at_once_decide_once(bot, job):
    reported = await report(bot, job, 2)
    assert isinstance(await dismiss_report(bot.core, MODERATOR, reported.matter.id, is_false=False), Dismissed)
    again = await dismiss_report(bot.core, Acting(HERE, 901), reported.matter.id, is_false=True)
    assert again is NotDismissed.CLOSED
    assert await outcome(bot, reported) == ReportOutcome.DISMISSED


async def test_after_a_dismissal_others_can_report_it_anew(bot, job):
    first = await report(bot, job, 2)
    await dismiss_report(bot.core, MODERATOR, first.matter.id, is_false=False)
    assert await report(bot, job, 2) is NotReported.DONE_BEFORE
    second = await report(bot, job, 3)
    assert second.matter.id != first.matter.id
    assert second.matter.is_open


async def test_what_nobody_decides_ends_and_is_forgotten_later(bot, job):
    reported = await report(bot, job, 2)
    bot.clock.move(days=OPEN_FOR.days)
    await expire_reports(bot.core)
    assert await outcome(bot, reported) is None
    bot.clock.move(seconds=1)
    await expire_reports(bot.core)
    assert await outcome(bot, reported) == ReportOutcome.EXPIRED
    assert await unread(bot, 2) == [ReportOutcome.EXPIRED]
    bot.clock.move(days=KEPT_FOR.days + 1)
    await forget_matters(bot.core)
    for table in (all_matters, all_reports):
        assert await bot.do(lambda c, table=table: c.scalar(sa.select(sa.func.count()).select_from(table))) == 0


async def test_an_erased_reporter_leaves_a_report_without_name_and_words(bot, job):
    reported = await report(bot, job, 2, text="he lives in my street")
    exported = await bot.do(personal_data.other_records, 2)
    assert [row["text"] for row in exported["reports"]] == ["he lives in my street"]
    assert (await bot.do(personal_data.other_records, MIA))["reports"] == []
    before = (await bot.do(matters.get, reported.matter.id)).drawings
    await bot.do(reports.forget_reporter, 2, bot.clock())
    (left,) = await bot.do(reports.of_matter, reported.matter.id)
    assert (left.reporter_id, left.text, left.reason) == (None, None, Why.HATEFUL)
    assert (await bot.do(matters.get, reported.matter.id)).drawings > before


async def test_a_hide_by_reports_is_a_case_by_rule(bot, job):
    await bot.do(policies.write, HERE, Policy(report_hides=1))
    told = []
    bot.core.news.on_case.append(told.append)
    await report(bot, job, 2)
    assert [(case.kind, case.actor_id, case.target_id) for case in told] == [(CaseKind.HIDE, BY_RULE, MIA)]


async def test_a_copy_of_ones_data_does_not_tell_that_somebody_reported(bot, job):
    reported = await report(bot, job, 2)
    await dismiss_report(bot.core, MODERATOR, reported.matter.id, is_false=False)
    await warn_author(bot.core, MODERATOR, job)
    exported = (await bot.do(personal_data.other_records, MIA))["cases"]
    assert [row["kind"] for row in exported] == [CaseKind.WARN]


async def test_an_erasure_does_not_make_an_honest_reporter_of_who_cried_wolf(bot):
    for number in range(MOST_FALSE):
        reported = await report(bot, await posted(bot, 50 + number), 2, text="so there")
        await dismiss_report(bot.core, MODERATOR, reported.matter.id, is_false=True)
    await bot.do(reports.forget_reporter, 2, bot.clock())
    (left,) = await bot.do(reports.of_matter, reported.matter.id)
    assert (left.reporter_id, left.text) == (2, None)
    bot.clock.move(days=1)
    again = await report(bot, await posted(bot), 2)
    assert [each.counts for each in await bot.do(reports.of_matter, again.matter.id)] == [False]


async def test_a_report_goes_to_admins_once_its_author_is_a_moderator(bot, job):
    first = await report(bot, job, 2)
    assert not first.matter.admins_only
    assert (await report(bot, job, 3, about_moderator=True)).matter.admins_only
