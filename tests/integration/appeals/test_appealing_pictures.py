"""A refused picture is allowed once or for everybody, and a removal that is lifted frees its pictures."""

import pytest

from bot.discord_app.kit.appealing.buttons import appeal_of_job
from bot.rules.appeals import APPEALABLE_FOR, Appealed, NotDecided, NotMade, Outcome, listed_of, picture_key
from bot.rules.cases import CaseKind
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.picture_memory import ListedBecause
from bot.rules.refusals import Reason
from bot.rules.remix_request import RemixRequest
from bot.storage.standing import pictures
from bot.storage.standing.pictures import EVERYWHERE, NewPicture
from bot.use_cases.appeals.make_appeal import Appellant, appeal_picture
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.remove_result import remove_result
from bot.use_cases.moderation.undo_case import Undone, undo_case
from bot.use_cases.pictures.make_prints import MakePrints
from bot.use_cases.remixes.submit_remix import Accepted
from bot.use_cases.server_policy.change_policy import undo_policy_change
from tests.integration.appeals.made_appeals import BEN, MIA, OTTO, ROSA, SERVER, appeal_of, decide
from tests.integration.made_bot import asker, picture

SHADE = 7


async def send(bot, user_id=MIA, **options):
    request = RemixRequest("a fox")
    return await bot.submit.submit(asker(user_id), request, picture(SHADE), spoiler=False, **options)


@pytest.fixture
async def removed(bot):
    """The case that removed mia's remix of that picture, which is known by its file."""
    job = (await send(bot)).job
    await bot.work(job.id)
    done = await remove_result(bot.core, Acting(SERVER, ROSA, "ugly"), job.id)
    await MakePrints(bot.core).look()
    return done.case


async def appeal(bot, refused, user_id=MIA):
    return await appeal_picture(bot.core, Appellant(SERVER, user_id), picture_key(refused.listed), "it is mine")


async def test_a_refused_picture_is_allowed_once(bot, removed):
    refused = await send(bot)
    assert refused.reason is Reason.PICTURE_REMEMBERED
    made = await appeal(bot, refused)
    assert (made.appeal.appealed, made.appeal.acted_by, made.appeal.prompt) == (Appealed.PICTURE, ROSA, None)
    assert (await decide(bot, made, "once")).case.kind is CaseKind.ALLOW
    assert (await send(bot, BEN)).reason is Reason.PICTURE_REMEMBERED
    job = (await send(bot)).job
    assert (await send(bot)).reason is Reason.PICTURE_REMEMBERED
    await bot.work(job.id)
    now = await bot.job(job.id)
    assert (now.state, bot.calls, removed.number) == (JobState.DELIVERED, 2, 1)
    assert (await send(bot)).reason is Reason.PICTURE_REMEMBERED


async def test_undoing_it_ends_a_remix_that_waits(bot, removed):
    case = (await decide(bot, await appeal(bot, await send(bot)), "once")).case
    job = (await send(bot)).job
    assert isinstance(await undo_case(bot.core, Acting(SERVER, OTTO), case.number, lambda *_: None), Undone)
    await bot.work(job.id)
    assert ((await bot.job(job.id)).state, bot.calls, removed.number) == (JobState.FAILED, 1, 1)


async def test_an_admin_takes_it_off_the_list_and_that_is_undone(bot, removed):
    made = await appeal(bot, await send(bot))
    assert await decide(bot, made, "allow", admin=False) is NotDecided.NOT_AN_ADMIN
    done = await decide(bot, made, "allow")
    assert (done.case.kind, done.appeal.outcome) == (CaseKind.PICTURES, Outcome.ALLOWED)
    assert isinstance(await send(bot, BEN), Accepted)
    undone = await undo_case(
        bot.core, Acting(SERVER, OTTO), done.case.number, lambda c, case: undo_policy_change(c, case, bot.rules.bounds)
    )
    assert isinstance(undone, Undone)
    assert (await send(bot, BEN)).reason is Reason.PICTURE_REMEMBERED
    assert removed.number == 1


async def test_only_who_was_refused_appeals_and_only_while_it_is_listed(bot, removed):
    refused = await send(bot)
    assert await appeal(bot, refused, BEN) is NotMade.NOT_FOUND
    await bot.do(pictures.take_off, SERVER, refused.listed)
    assert await appeal(bot, refused) is NotMade.PICTURE_ALLOWED
    assert removed.number == 1


async def test_moderators_cannot_allow_what_the_operator_does_not(bot, removed):
    made = await appeal(bot, await send(bot))
    await decide(bot, made, "once")
    listed = await bot.do(pictures.newest, SERVER, 10)
    new = [NewPicture(each.hash, ListedBecause.ADDED, prints=b"") for each in listed]
    await bot.do(pictures.add, EVERYWHERE, new, None, bot.clock())
    refused = await send(bot)
    assert (refused.reason, refused.listed, removed.number) == (Reason.PICTURE_BANNED, (), 1)


async def test_a_lifted_removal_frees_its_pictures(bot, removed):
    assert (await send(bot)).reason is Reason.PICTURE_REMEMBERED
    done = await decide(bot, await appeal_of(bot, removed.number), "lift")
    assert (done.case.kind, done.also.kind) == (CaseKind.GRANT, CaseKind.PICTURES)
    assert isinstance(await send(bot), Accepted)


async def test_a_waiting_remix_that_a_listed_picture_ends_can_be_appealed_by_its_author(bot, removed):
    await bot.do(pictures.take_off, SERVER, [1, 2])
    waiting = (await send(bot)).job
    listed = await bot.do(pictures.put_back, SERVER, [1, 2])
    await bot.work(waiting.id)
    over = await bot.job(waiting.id)
    assert (over.failure_kind, bot.calls, removed.number) == (FailureKind.PICTURE_NOT_ALLOWED, 1, 1)
    assert set(listed_of(over.listed)) <= set(listed)
    assert [each.custom_id for each in appeal_of_job(over)] == [f"remix:appeal:picture:{over.listed}"]
    bot.clock.move(days=3)
    assert await appeal_picture(bot.core, Appellant(SERVER, BEN), over.listed, "mine") is NotMade.NOT_FOUND
    made = await appeal_picture(bot.core, Appellant(SERVER, MIA), over.listed, "it is mine")
    assert (made.appeal.appealed, made.appeal.acted_by) == (Appealed.PICTURE, ROSA)
    await decide(bot, made, "once")
    assert isinstance(await send(bot), Accepted)
    bot.clock.move(days=APPEALABLE_FOR.days)
    assert await appeal_picture(bot.core, Appellant(SERVER, MIA), over.listed, "again") is NotMade.NOT_FOUND


async def test_moderators_are_not_asked_about_a_waiting_remix_that_the_operators_list_ends(bot):
    waiting = (await send(bot)).job
    new = NewPicture(waiting.source_hash, ListedBecause.ADDED, prints=b"")
    await bot.do(pictures.add, EVERYWHERE, [new], None, bot.clock())
    await bot.work(waiting.id)
    over = await bot.job(waiting.id)
    assert (over.failure_kind, over.listed, appeal_of_job(over)) == (FailureKind.PICTURE_NOT_ALLOWED, None, [])
