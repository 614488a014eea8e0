"""What is reported as illegal is gone at once, is shown to nobody, and is sealed for the operator alone."""

import json
from datetime import timedelta

import pytest

from bot.discord_app.reporting import words
from bot.discord_app.reporting.card import ReportView
from bot.rules.cases import CaseKind
from bot.rules.erasures import ErasureKind
from bot.rules.picture_memory import PictureMemory
from bot.rules.policies import Policy
from bot.rules.policy_cases import from_details
from bot.rules.reports import MOST_BY_STRANGERS, MOST_ILLEGAL_A_DAY, EvidenceEnd, Reporter, ReportOutcome, ReportReason
from bot.storage.engine.sealing import WrongKeyError, new_keys
from bot.storage.matters import matters, reports, sealed
from bot.storage.moderation import cases
from bot.storage.moderation.cases import CaseFilter
from bot.storage.privacy import erased_rows, erasures
from bot.storage.remixes import retention
from bot.storage.sets import sets
from bot.storage.standing import pictures, policies
from bot.use_cases.appeals.make_appeal import Appellant, appeal_case
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.find_remix import NotModerated
from bot.use_cases.moderation.hide_result import hide_result
from bot.use_cases.moderation.undo_case import NotUndone, undo_case
from bot.use_cases.privacy.erase_rows import erase_some
from bot.use_cases.remixes.expiry import sweep_pictures
from bot.use_cases.removal.delete_result import delete_result
from bot.use_cases.removal.show_deleted import read_deleted
from bot.use_cases.reporting.dismiss_report import dismiss_report, uphold_report
from bot.use_cases.reporting.evidence_by_command import (
    NoEvidenceError,
    destroy_evidence,
    export_evidence,
    restore_evidence,
)
from bot.use_cases.reporting.report_illegal import report_illegal
from bot.use_cases.reporting.report_result import NewReport, Reported, TooOften, report_result
from bot.use_cases.reporting.seal_evidence import SealEvidence
from tests.integration.remixes.test_letting_go import age_files
from tests.integration.reporting.test_reporting import CHANNEL, HERE, MIA, OLD, posted
from tests.integration.sets.test_ladders import ladder

PRIVATE, PUBLIC = new_keys()
YEAR = timedelta(days=365)
ADMIN = Acting(HERE, 900)


class Notices:
    def __init__(self):
        self.told = []

    async def tell_of_illegal(self, evidence, *, is_kept):
        self.told.append((evidence.id, is_kept))


@pytest.fixture
def notices():
    return Notices()


@pytest.fixture
async def forgetful(bot):
    """Pictures can be remixed again after one was removed."""
    await bot.do(policies.write, HERE, Policy(picture_memory=PictureMemory.OFF))
    return bot


async def report(bot, job, user_id=2, *, age=OLD):
    (post, *_) = await bot.posts(job.id)
    who = Reporter(user_id, bot.clock() - age, bot.clock() - age)
    return await report_illegal(bot.core, NewReport(HERE, CHANNEL, post.message_id, who, ReportReason.ILLEGAL, None))


async def seal(bot, notices, key=PUBLIC):
    await SealEvidence(bot.core, notices, key, YEAR)._look()


async def all_evidence(bot):
    return [each for each, _ in await bot.do(sealed.read_all)]


async def named(bot):
    return await bot.do(retention.all_named)


async def test_it_is_removed_at_once_and_nobody_but_the_operator_can_read_it(bot, notices):
    job = await posted(bot)
    (picture,) = await bot.results(job.id)
    source, prompt = (await bot.job(job.id)).source_hash, (await bot.job(job.id)).prompt
    data = bot.blobs.get(picture.hash), bot.blobs.get(source)
    reported = await report(bot, job)
    gone = await bot.job(job.id)
    assert gone.removed_at is not None
    assert list(reported.changed) == [job.id]
    assert [each.hash for each in await bot.results(job.id)] == [None]
    await seal(bot, notices)
    assert notices.told == [(1, True)]
    (evidence,) = await all_evidence(bot)
    assert evidence.until == evidence.taken_at + YEAR
    packed = bot.blobs.get(evidence.sealed)
    assert data[0] not in packed
    assert prompt.encode() not in packed
    # Nothing needs the pictures themselves any more, but for the fingerprints that are still to be made.
    assert await bot.do(sealed.pictures_of, evidence.id) == []
    assert evidence.sealed in await named(bot)
    files = export_evidence(bot.database.url, bot.blobs, 1, PRIVATE, "root", bot.clock())
    assert (files["result-0"], files["source"]) == data
    facts = json.loads(files["facts.json"])
    assert (facts["prompt"], facts["author_id"], facts["remix"]) == (prompt, str(MIA), job.id)
    with pytest.raises(WrongKeyError):
        export_evidence(bot.database.url, bot.blobs, 1, new_keys()[0], "root", bot.clock())
    events = [(event.act, event.by) for event in await bot.do(sealed.events_of, 1)]
    assert events == [("taken", "bot"), ("sealed", "bot"), ("exported", "root")]


async def test_the_sweep_leaves_what_is_sealed_and_what_is_still_to_be(forgetful, notices):
    bot, job = forgetful, await posted(forgetful)
    (picture,) = await bot.results(job.id)
    await report(bot, job)
    age_files(bot)
    await sweep_pictures(bot.core)
    assert bot.blobs.get(picture.hash)
    await seal(bot, notices)
    (evidence,) = await all_evidence(bot)
    age_files(bot)
    await sweep_pictures(bot.core)
    assert bot.blobs.get(evidence.sealed)


async def test_its_card_is_for_admins_and_has_neither_picture_nor_prompt(bot):
    job = await posted(bot)
    reported = await report(bot, job)
    assert reported.matter.admins_only
    shown = await ReportView(bot.core).read(reported.matter)
    assert not shown.pictures
    assert (await bot.job(job.id)).prompt not in shown.head + shown.details
    case = await uphold_report(bot.core, ADMIN, reported.matter.id)
    assert (await bot.do(matters.get, reported.matter.id)).case_number == case.number


async def test_an_ordinary_report_of_the_same_result_loses_its_picture_too(bot):
    job = await posted(bot)
    (post,) = await bot.posts(job.id)
    who = Reporter(5, bot.clock() - OLD, bot.clock() - OLD)
    new = NewReport(HERE, CHANNEL, post.message_id, who, ReportReason.SPAM, "look")
    first = await report_result(bot.core, new, about_moderator=False)
    second = await report(bot, job)
    assert second.matter.id == first.matter.id
    assert (await bot.do(matters.get, first.matter.id)).admins_only


async def test_without_a_key_nothing_is_kept(bot, notices):
    job = await posted(bot)
    (picture,) = await bot.results(job.id)
    await report(bot, job)
    await seal(bot, notices, None)
    assert notices.told == [(1, False)]
    assert [each.ended for each in await all_evidence(bot)] == [EvidenceEnd.NO_KEY]
    with pytest.raises(NoEvidenceError):
        export_evidence(bot.database.url, bot.blobs, 1, PRIVATE, "root", bot.clock())
    assert await bot.do(sealed.pictures_of, 1) == []
    assert picture.hash


async def test_it_is_destroyed_when_its_time_is_over_or_the_operator_says_so(forgetful, notices):
    bot = forgetful
    for _ in range(2):
        await report(bot, await posted(bot))
    await seal(bot, notices)
    first, second = sorted([each.sealed for each in await all_evidence(bot)])
    destroy_evidence(bot.database.url, bot.blobs, 1, "root", bot.clock())
    bot.clock.now += YEAR
    await seal(bot, notices)
    assert [each.ended for each in await all_evidence(bot)] == [EvidenceEnd.EXPIRED, EvidenceEnd.DESTROYED]
    assert {first, second}.isdisjoint(await named(bot))
    assert [event.by for event in await bot.do(sealed.events_of, 1)] == ["bot", "bot", "root"]


async def test_the_operator_brings_back_what_was_reported_for_nothing(bot, notices):
    job = await posted(bot)
    (picture,) = await bot.results(job.id)
    reported = await report(bot, job)
    await seal(bot, notices)
    await dismiss_report(bot.core, ADMIN, reported.matter.id, is_false=True)
    assert restore_evidence(bot.database.url, bot.blobs, 1, PRIVATE, "root", bot.clock()) == 1
    back = await bot.job(job.id)
    assert (back.removed_at, back.removal) == (None, None)
    assert [each.hash for each in await bot.results(job.id)] == [picture.hash]
    assert back.source_hash is not None
    # Who cried wolf once removes nothing any more, and others still do.
    other, third = await posted(bot), await posted(bot)
    await report(bot, other, 2)
    assert ((await bot.job(other.id)).removed_at, (await bot.job(other.id)).hidden) == (None, True)
    await report(bot, third, 3)
    assert (await bot.job(third.id)).removed_at is not None


async def test_an_abusive_report_leaves_nothing_on_the_list_of_pictures(bot):
    job = await posted(bot)
    reported = await report(bot, job)
    assert await bot.do(pictures.count, HERE) == 2
    done = await dismiss_report(bot.core, ADMIN, reported.matter.id, is_false=True)
    assert (await bot.do(pictures.count, HERE), done.is_gone) == (0, True)
    assert from_details(done.case.details).taken_off
    assert "stays removed" in words.dismissed(done)


async def test_a_report_that_was_right_leaves_them_there(bot):
    reported = await report(bot, await posted(bot))
    await dismiss_report(bot.core, ADMIN, reported.matter.id, is_false=False)
    assert await bot.do(pictures.count, HERE) == 2


async def test_only_the_card_shows_again_what_was_hidden_as_illegal(forgetful):
    bot = forgetful
    first = await report(bot, await posted(bot), 2)
    await dismiss_report(bot.core, ADMIN, first.matter.id, is_false=True)
    job = await posted(bot)
    reported = await report(bot, job, 2)
    (hide,) = await bot.do(cases.newest, HERE, CaseFilter(kind=CaseKind.HIDE), 1)
    assert await hide_result(bot.core, ADMIN, job.id, hidden=False) is NotModerated.REPORTED
    assert await undo_case(bot.core, ADMIN, hide.number, lambda *_: None) is NotUndone.REPORTED
    assert (await bot.job(job.id)).hidden
    await dismiss_report(bot.core, ADMIN, reported.matter.id, is_false=True)
    assert not (await bot.job(job.id)).hidden


async def test_new_accounts_remove_only_so_much_a_day(forgetful):
    bot = forgetful
    for number in range(MOST_BY_STRANGERS + 1):
        job = await posted(bot)
        await report(bot, job, 10 + number, age=timedelta(hours=1))
        assert ((await bot.job(job.id)).removed_at is not None) == (number < MOST_BY_STRANGERS), number
    assert (await bot.job(job.id)).hidden
    old = await posted(bot)
    await report(bot, old, 3)
    assert (await bot.job(old.id)).removed_at is not None


async def test_one_person_removes_only_so_much_a_day(forgetful):
    bot = forgetful
    for _ in range(MOST_ILLEGAL_A_DAY):
        assert isinstance(await report(bot, await posted(bot)), Reported)
    job = await posted(bot)
    assert isinstance(await report(bot, job), TooOften)
    assert (await bot.job(job.id)).removed_at is None
    bot.clock.move(days=1)
    assert isinstance(await report(bot, job), Reported)


async def test_an_erasure_gives_nobody_more_reports_a_day(forgetful):
    bot = forgetful
    for _ in range(MOST_ILLEGAL_A_DAY):
        await report(bot, await posted(bot))
    await bot.do(reports.forget_reporter, 2, bot.clock())
    refused = await report(bot, await posted(bot))
    assert refused.as_illegal
    assert "another reason" in words.not_reported(refused)


async def test_an_appeal_of_the_removal_is_for_admins_too(bot):
    job = await posted(bot)
    await report(bot, job)
    (case,) = await bot.do(cases.newest, HERE, CaseFilter(kind=CaseKind.REMOVE), 1)
    made = await appeal_case(bot.core, Appellant(HERE, MIA), case.number, "it was nothing")
    assert (await bot.do(matters.get, made.matter_id)).admins_only


async def test_hidden_ones_are_kept_too_when_their_author_is_erased_or_they_are_removed(forgetful, notices):
    bot = forgetful
    job = await posted(bot)
    for number in range(MOST_BY_STRANGERS):
        await report(bot, await posted(bot), 10 + number, age=timedelta(hours=1))
    reported = await report(bot, job, 30, age=timedelta(hours=1))
    assert (await bot.job(job.id)).removed_at is None
    shown = await ReportView(bot.core).read(reported.matter)
    assert not shown.pictures
    assert (await bot.job(job.id)).prompt not in shown.head + shown.details
    prompt = (await bot.job(job.id)).prompt
    erasure = await bot.do(erasures.ask, ErasureKind.PERSON, MIA, bot.clock())
    await bot.do(erase_some, erasure, bot.clock())
    assert await bot.do(erased_rows.are_left, erasure)
    assert (await bot.do(matters.get, reported.matter.id)).outcome == ReportOutcome.GONE
    (newest, *_) = await all_evidence(bot)
    assert newest.job_id == job.id
    await seal(bot, notices)
    files = export_evidence(bot.database.url, bot.blobs, newest.id, PRIVATE, "root", bot.clock())
    assert "result-0" in files
    # An author who erases their data at once does not take it from who has to look into it.
    assert json.loads(files["facts.json"])["prompt"] == prompt
    await bot.do(erase_some, erasure, bot.clock())
    assert ((await bot.job(job.id)).prompt, await bot.do(erased_rows.are_left, erasure)) == ("", False)
    await bot.do(erased_rows.delete_server_rows, HERE)
    assert newest.id in [each.id for each in await all_evidence(bot)]


async def test_moderators_cannot_look_at_it_after_its_author_deleted_it_meanwhile(forgetful):
    bot = forgetful
    for number in range(MOST_BY_STRANGERS):
        await report(bot, await posted(bot), 10 + number, age=timedelta(hours=1))
    job = await posted(bot)
    await report(bot, job, 30, age=timedelta(hours=1))
    (post,) = await bot.posts(job.id)
    await delete_result(bot.core, job.id, (CHANNEL, post.message_id), MIA, keep=timedelta(days=1))
    assert await read_deleted(bot.core, HERE, job.id) is None
    assert job.id in [each.job_id for each in await all_evidence(bot)]


async def test_all_results_of_a_set_are_kept(bot):
    """One card shows them all."""
    accepted = await ladder(bot)
    for each in await bot.do(sets.with_siblings, accepted.job):
        await bot.work(each.id)
    together = await bot.do(sets.with_siblings, accepted.job)
    (shown,) = [each for each in together if await bot.posts(each.id)]
    await report(bot, shown)
    assert sorted(each.job_id for each in await all_evidence(bot)) == sorted(each.id for each in together)


async def test_while_the_pictures_are_away_it_waits_and_the_operator_hears_of_it_once(bot, notices, monkeypatch):
    await report(bot, await posted(bot))
    sealing = SealEvidence(bot.core, notices, PUBLIC, YEAR)
    with monkeypatch.context() as away:
        away.setattr(type(bot.blobs), "get", lambda *_: (_ for _ in ()).throw(OSError(5, "away")))
        await sealing._look()
        await sealing._look()
        assert len(await bot.do(sealed.pending)) == 1
    await sealing._look()
    assert await bot.do(sealed.pending) == []
    assert "result-0" in export_evidence(bot.database.url, bot.blobs, 1, PRIVATE, "root", bot.clock())
    assert notices.told == [(1, True)]
