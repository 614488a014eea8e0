"""What a person asks to be erased goes: rows, files, posts, entries. Money, blocks and cases stay, without content."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.rules.cases import CaseKind
from bot.rules.erasures import REACH_MESSAGES_FOR, ErasureKind
from bot.rules.job_states import JobState
from bot.rules.log_kinds import LogKind
from bot.rules.origins import Origin
from bot.rules.others_pictures import OthersPictures, PictureOwner
from bot.rules.policies import Policy
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RemixRequest
from bot.rules.removals import Removal
from bot.storage.consent import picture_requests
from bot.storage.consent.picture_requests import NewPictureRequest, OfferedPicture
from bot.storage.engine.tables.moderation import evidence, log_posts, refusals
from bot.storage.engine.tables.remixes import job_events, jobs, posts
from bot.storage.moderation import cases
from bot.storage.moderation.cases import NewCase
from bot.storage.privacy import erasures
from bot.storage.server_log import refusal_log
from bot.storage.standing import policies
from bot.use_cases.consent.requests import open_form
from bot.use_cases.operator.audit_ledger import audit
from bot.use_cases.privacy.erase import Erase
from bot.use_cases.privacy.export_data import ExportData
from bot.use_cases.remixes.gate_facts import TakenPicture
from bot.use_cases.remixes.starting_points import Start
from tests.integration.made_bot import asker, click_again
from tests.integration.made_storage import add_job

MIA, BEN = 1, 2
SOON_AFTER = timedelta(hours=2)


class Discord:
    """Remembers what was taken down. `closed`: nothing can be reached."""

    def __init__(self):
        self.closed = False
        self.down, self.log = [], []

    async def take_down(self, post):
        if not self.closed:
            self.down.append(post.message_id)
        return not self.closed

    async def take_out_of_log(self, message):
        if not self.closed:
            self.log.append((message.message_id, message.job_id))
        return not self.closed


@pytest.fixture
def discord():
    return Discord()


@pytest.fixture
def erase(bot, discord):
    bot.clock.now = datetime.now(UTC)  # the times of files are real
    return Erase(bot.core, discord)


async def made(bot, user_id=MIA, **options):
    job = await bot.remix(user_id, **options)
    await bot.work(job.id)
    return await bot.job(job.id)


async def again(bot, job, user_id=BEN):
    accepted = await bot.submit.submit_from(asker(user_id), click_again(job.id))
    return accepted.job


async def newest(bot, user_id=MIA):
    return await bot.do(erasures.newest, ErasureKind.PERSON, user_id)


async def finish(bot, erase):
    """All of it, with the waits between."""
    await erase.all_due()
    bot.clock.move(hours=2)
    await erase.all_due()


async def test_rows_files_and_posts_go_and_money_stays(bot, erase, discord):
    job = await made(bot, prompt="my secret garden")
    money, shown = await bot.money(job.id), [post.message_id for post in await bot.posts(job.id)]
    await erase.ask(MIA)
    await finish(bot, erase)

    left = await bot.job(job.id)
    assert (left.prompt, left.channel_id, left.source_hash, left.state) == ("", 0, None, JobState.DELIVERED)
    assert [(each.hash, each.url, each.seed) for each in await bot.results(job.id)] == [(None, None, None)]
    assert discord.down == shown
    assert await bot.posts(job.id) == []
    assert await bot.events(job.id) == []
    assert list(bot.blobs.names_older_than(bot.clock() + timedelta(days=9999))) == []
    assert await bot.money(job.id) == money
    assert (await bot.do(audit)).violations == []
    assert (await newest(bot)).finished_at is not None


async def test_nobody_elses_remix_is_touched(bot, erase):
    await made(bot, MIA)
    bens = await made(bot, BEN, prompt="ben's own")
    await erase.ask(MIA)
    await finish(bot, erase)
    assert await bot.job(bens.id) == bens
    assert len(await bot.posts(bens.id)) == 1
    assert bot.blobs.get(bens.source_hash)


async def test_what_others_made_from_the_picture_goes_too(bot, erase):
    job = await made(bot)
    repeat = await again(bot, job)
    await bot.work(repeat.id)
    waiting = await again(bot, await bot.job(job.id), 3)
    await erase.ask(MIA)
    await finish(bot, erase)
    assert (await bot.job(repeat.id)).prompt == ""
    assert await bot.posts(repeat.id) == []
    assert (await bot.job(waiting.id)).state is JobState.CANCELLED
    assert await bot.money(waiting.id) == ("released", None)


async def test_her_again_of_somebody_elses_picture_goes_but_their_picture_stays(bot, erase):
    bens = await made(bot, BEN, prompt="ben's own")
    hers = await again(bot, bens, MIA)
    await bot.work(hers.id)
    await erase.ask(MIA)
    await finish(bot, erase)
    assert (await bot.job(hers.id)).prompt == ""
    assert (await bot.job(bens.id)).prompt == "ben's own"
    assert bot.blobs.get(bens.source_hash)


async def go_on(bot, user_id, job, origin, prompt):
    """The finished job of somebody who goes on from another one with a prompt of their own."""
    request = RemixRequest(prompt, speed=Speed.TURBO)
    accepted = await bot.submit.submit_from(asker(user_id), Start(origin, job.id, request=request))
    await bot.work(accepted.job.id)
    return await bot.job(accepted.job.id)


async def test_what_others_made_from_her_result_or_with_her_words_goes_and_nothing_more(bot, erase):
    bens = await made(bot, BEN, prompt="ben's own")
    hers = await go_on(bot, MIA, bens, Origin.EDIT, "mia's words on ben's picture")
    with_her_words = await again(bot, hers, 3)
    await bot.work(with_her_words.id)
    from_her_result = await go_on(bot, 3, hers, Origin.RESULT, "from her result")
    after_that = await go_on(bot, 4, from_her_result, Origin.EDIT, "her result once more")
    of_ben_again = await go_on(bot, 3, hers, Origin.EDIT, "ben's picture, other words")
    await erase.ask(MIA)
    await finish(bot, erase)
    gone = (hers, with_her_words, from_her_result, after_that)
    assert [(await bot.job(job.id)).prompt for job in gone] == [""] * 4
    assert [(await bot.job(job.id)).prompt for job in (bens, of_ben_again)] == [
        "ben's own",
        "ben's picture, other words",
    ]
    assert [len(await bot.posts(job.id)) for job in (bens, of_ben_again, after_that)] == [1, 1, 0]
    assert bot.blobs.get(bens.source_hash)


async def test_what_waits_is_cancelled_uncharged(bot, erase):
    job = await bot.remix(MIA)
    await erase.ask(MIA)
    await erase.all_due()
    assert (await bot.job(job.id)).state is JobState.CANCELLED
    assert await bot.money(job.id) == ("released", None)
    assert bot.calls == 0
    assert job.id in bot.heard.changed


async def test_what_is_being_made_is_erased_once_it_is_made_and_never_posted(bot, erase):
    bot.stand_in.dials.latency_s = 600.0
    job = await bot.remix(MIA, prompt="half made")
    async with bot.working():
        await bot.heard.until(lambda: _is(bot, job.id, JobState.GENERATING))
        await erase.ask(MIA)
        await erase.all_due()
        assert (await newest(bot)).finished_at is None
        bot.stand_in.dials.latency_s = 0.0
        bot.stand_in.release()
        await bot.heard.until(lambda: _is(bot, job.id, JobState.FAILED))
    bot.clock.move(minutes=1)
    await finish(bot, erase)
    left = await bot.job(job.id)
    assert (left.prompt, left.source_hash) == ("", None)
    assert bot.poster.posted == []
    assert (await bot.do(audit)).violations == []


async def _is(bot, job_id, state):
    return (await bot.job(job_id)).state is state


async def test_again_on_an_erased_remix_is_refused(bot, erase):
    job = await made(bot)
    await erase.ask(MIA)
    await erase.all_due()
    assert await bot.submit.submit_from(asker(BEN), click_again(job.id)) == Refused(Reason.PICTURE_GONE)


async def test_asking_twice_is_asking_once(bot, erase):
    await made(bot)
    first, second = await erase.ask(MIA), await erase.ask(MIA)
    assert first.id == second.id
    await finish(bot, erase)
    assert (await newest(bot)).finished_at is not None
    third = await erase.ask(MIA)
    assert third.id != first.id


async def test_remixes_after_the_request_are_kept(bot, erase):
    await made(bot)
    await erase.ask(MIA)
    await finish(bot, erase)
    later = await made(bot, prompt="a new start")
    await erase.all_due()
    assert (await bot.job(later.id)).prompt == "a new start"


async def test_a_restart_goes_on_where_it_stopped(bot, erase, discord, monkeypatch):
    made_jobs = [await made(bot) for _ in range(3)]
    monkeypatch.setattr("bot.use_cases.privacy.erase_rows.JOBS_AT_ONCE", 1)
    await erase.ask(MIA)
    first = await bot.do(erasures.due, bot.clock())
    await erase._erase_some(first)
    assert [bool((await bot.job(job.id)).prompt) for job in made_jobs] == [False, True, True]
    again = Erase(bot.restarted().core, discord)
    await finish(bot, again)
    assert [bool((await bot.job(job.id)).prompt) for job in made_jobs] == [False, False, False]
    assert len(discord.down) == 3


async def test_messages_that_cannot_be_reached_are_tried_for_three_days_and_then_let_go(bot, erase, discord):
    job = await made(bot)
    discord.closed = True
    await erase.ask(MIA)
    await erase.all_due()
    assert (await bot.job(job.id)).prompt == ""
    bot.clock.move(days=1)
    await erase.all_due()
    assert (await newest(bot)).finished_at is None
    bot.clock.now += REACH_MESSAGES_FOR
    await erase.all_due()
    bot.clock.move(hours=2)
    await erase.all_due()
    done = await newest(bot)
    assert (done.finished_at is not None, done.unreached) == (True, 1)
    assert await bot.do(lambda c: c.scalar(sa.select(sa.func.count()).select_from(posts))) == 0


async def test_a_message_that_can_be_reached_again_is_deleted(bot, erase, discord):
    await made(bot)
    discord.closed = True
    await erase.ask(MIA)
    await erase.all_due()
    discord.closed = False
    bot.clock.move(days=1)
    await finish(bot, erase)
    assert len(discord.down) == 1
    assert (await newest(bot)).unreached == 0


async def test_entries_of_log_channels_are_replaced(bot, erase, discord):
    job = await made(bot)
    entry = {"guild_id": 11, "channel_id": 5, "message_id": 77, "kind": LogKind.REMIX, "subject": job.id}
    await bot.do(lambda c: c.execute(sa.insert(log_posts).values(at=bot.clock(), **entry)))
    await erase.ask(MIA)
    await finish(bot, erase)
    assert discord.log == [(77, job.id)]


async def test_blocks_and_cases_stay_and_refusals_go(bot, erase):
    job = await made(bot)
    case = NewCase(11, CaseKind.WARN, 9, MIA, "gore", job_id=job.id)
    await bot.do(cases.add, case, bot.clock())
    await bot.do(refusal_log.add, 11, 22, MIA, Reason.COOLDOWN, bot.clock())
    await bot.do(refusal_log.add, 11, 22, BEN, Reason.COOLDOWN, bot.clock())
    await erase.ask(MIA)
    await finish(bot, erase)
    assert (await bot.do(cases.get, 11, 1)).reason == "gore"
    assert await bot.do(lambda c: list(c.scalars(sa.select(refusals.c.user_id)))) == [BEN]


async def test_what_moderators_hold_as_evidence_stays_until_its_time(bot, erase):
    job = await made(bot)
    held = {"job_id": job.id, "position": 0, "hash": "ab" * 32, "until": bot.clock() + timedelta(days=9)}
    await bot.do(lambda c: c.execute(sa.insert(evidence).values(held)))
    await erase.ask(MIA)
    await finish(bot, erase)
    assert await bot.do(lambda c: list(c.scalars(sa.select(evidence.c.hash)))) == ["ab" * 32]


async def test_a_request_that_fails_does_not_hold_up_the_others(bot, erase, discord, monkeypatch):
    bens = await made(bot, BEN)
    await made(bot, MIA)

    async def take_down(post):
        if post.message_id == (await bot.posts(bens.id))[0].message_id:
            raise RuntimeError("a bug")
        return True

    monkeypatch.setattr(discord, "take_down", take_down)
    await erase.ask(BEN)
    await erase.ask(MIA)
    await finish(bot, erase)
    assert (await newest(bot, MIA)).finished_at is not None
    assert (await newest(bot, BEN)).finished_at is None


async def test_the_copy_has_no_notes_that_only_moderators_read(bot):
    for kind, text in ((CaseKind.WARN, "gore"), (CaseKind.NOTE, "watch her")):
        await bot.do(cases.add, NewCase(11, kind, 9, MIA, text), bot.clock())
    document = json.loads(await ExportData(bot.core).collect(MIA))
    assert [case["reason"] for case in document["cases"]] == ["gore"]
    assert "actor" not in json.dumps(document)


async def test_a_copy_that_would_be_too_large_says_what_it_leaves_out(bot):
    for _ in range(3):
        await bot.do(add_job, MIA)
    document = json.loads(await ExportData(bot.core).collect(MIA, 1_000))
    assert len(document["remixes"]) + document["older_remixes_left_out"] == 3
    assert document["older_remixes_left_out"] > 0


async def test_two_who_ask_to_be_forgotten_share_one_compaction(bot, erase, monkeypatch):
    compacted = []
    compact = bot.database.compact

    async def counted():
        compacted.append(bot.clock())
        return await compact()

    monkeypatch.setattr(bot.database, "compact", counted)
    for user_id in (MIA, BEN):
        await made(bot, user_id)
        await erase.ask(user_id)
        await finish(bot, erase)
    assert len(compacted) == 1
    bot.clock.move(hours=7)
    await erase.all_due()
    assert len(compacted) == 2
    assert (await newest(bot, BEN)).finished_at is not None


def test_every_table_about_people_is_thought_of():
    """A new table with a person's id needs a decision: does forget-me delete it, or why does it stay?"""
    goes = {"refusals", "drafts", "allowances"}
    stays_without_content = {"jobs", "reservations", "cooldowns", "quota_uses", "grants", "member_blocks", "strikes"}
    # Who asks to be forgotten keeps the points that they have got: a kind and a time, without any content.
    stays_without_content |= {"points", "appeals"}
    wishes = {"opt_outs"}
    moderators = {"case_jobs"}
    about_people = {table.name for table in jobs.metadata.sorted_tables if "user_id" in table.c}
    assert about_people == goes | stays_without_content | wishes | moderators


async def test_events_are_gone_for_all_batches(bot, erase, monkeypatch):
    monkeypatch.setattr("bot.use_cases.privacy.erase_rows.JOBS_AT_ONCE", 2)
    for _ in range(5):
        await made(bot)
    await erase.ask(MIA)
    await finish(bot, erase)
    assert await bot.do(lambda c: c.scalar(sa.select(sa.func.count()).select_from(job_events))) == 0


async def test_what_others_made_from_the_pictures_of_a_persons_messages_goes_too(bot, erase, discord):
    await bot.do(policies.write, 11, Policy(others_pictures=OthersPictures.EVERYONE))
    picture = TakenPicture(PictureOwner(MIA), 22, 5)
    job = (await bot.ask(BEN, taken=picture)).job
    await bot.work(job.id)
    (post,) = await bot.posts(job.id)
    pictures = [OfferedPicture("7", "https://cdn.discordapp.com/fox.png")]
    await open_form(bot.core, NewPictureRequest(11, 22, None, 5, BEN, MIA, of_bot=False, pictures=pictures))
    await erase.ask(MIA)
    await erase.all_due()
    erased = await bot.job(job.id)
    assert (erased.prompt, erased.source_hash, erased.source_author_id) == ("", None, None)
    assert erased.removal is Removal.OWNER
    assert discord.down == [post.message_id]
    assert await bot.do(picture_requests.find, 1) is None
