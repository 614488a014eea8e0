"""Pictures of others: the opt-out and the yes are asked in the transactions that act, and questions end."""

from dataclasses import replace

import pytest

from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.origins import Origin
from bot.rules.others_pictures import OthersPictures, PictureOwner, RequestState
from bot.rules.policies import Policy
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RemixRequest
from bot.storage.consent import picture_requests
from bot.storage.consent.picture_requests import Asked, NewPictureRequest, OfferedPicture
from bot.storage.privacy import opt_outs
from bot.storage.remixes import families
from bot.storage.standing import policies
from bot.use_cases.consent.opt_out import opt_in
from bot.use_cases.consent.questions import NotAnswered, PictureQuestions
from bot.use_cases.consent.requests import OpenedForm, open_form
from bot.use_cases.remixes.compare_pictures import NoComparison, compare_pictures
from bot.use_cases.remixes.gate_facts import TakenPicture
from bot.use_cases.remixes.starting_points import Start
from bot.use_cases.remixes.submit_remix import Accepted
from tests.integration.made_bot import RULES, asker

MIA, BEN, EVA = 1, 2, 3
A_DAY_S = 86_400
LINK = "https://cdn.discordapp.com/attachments/22/7/fox.png?ex={:x}&is=1&hm=2"


class Board:
    """The channel. `closed`: it takes no message."""

    def __init__(self):
        self.is_closed = False
        self.posted, self.ended, self.told = [], [], []

    async def post(self, request):
        if self.is_closed:
            return None
        self.posted.append(request)
        return 700 + request.id

    async def close(self, request, state):
        self.ended.append((request.id, state))

    async def tell_asker(self, request, state):
        self.told.append((request.id, state))


@pytest.fixture
def board():
    return Board()


@pytest.fixture
def questions(bot, board):
    return PictureQuestions(bot.core, bot.members, board)


def new(author=MIA, asker_id=BEN, message_id=5, url="https://cdn.discordapp.com/fox.png", **changes):
    values = {"guild_id": 11, "channel_id": 22, "parent_channel_id": None, "of_bot": False}
    pictures = [OfferedPicture(str(message_id), url)]
    ids = {"author_id": author, "asker_id": asker_id, "message_id": message_id}
    return NewPictureRequest(**(values | ids | {"pictures": pictures} | changes))


def asked(prompt="in oil"):
    return Asked(asker().interaction_id, "token", 0, RemixRequest(prompt, 60, speed=Speed.TURBO))


async def allow(bot, others):
    await bot.do(policies.write, 11, Policy(others_pictures=others))


async def question(bot, questions, **changes):
    await allow(bot, OthersPictures.ASK)
    opened = await open_form(bot.core, new(**changes))
    return await questions.ask(opened.request_id, asked()), opened


def taken(author=MIA, *, agreed=False, request_id=None, **changes):
    return TakenPicture(PictureOwner(author, agreed=agreed, **changes), 22, 5, request_id)


async def take(bot, picture, user_id=BEN, **changes):
    return await bot.ask(user_id, taken=picture, **changes)


# Who can take what.


@pytest.mark.parametrize(
    ("others", "picture", "reason"),
    [
        (None, taken(BEN), None),
        (None, taken(MIA), Reason.PICTURE_NOT_YOURS),
        (OthersPictures.OWN, taken(MIA, agreed=True), Reason.PICTURE_NOT_YOURS),
        (OthersPictures.ASK, taken(MIA), Reason.PICTURE_NEEDS_CONSENT),
        (OthersPictures.ASK, taken(MIA, of_bot=True), Reason.PICTURE_NOT_YOURS),
        (OthersPictures.EVERYONE, taken(MIA), None),
        (OthersPictures.EVERYONE, taken(MIA, of_bot=True), None),
    ],
)
async def test_the_gate_asks_whose_picture_it_is(bot, others, picture, reason):
    await allow(bot, others)
    outcome = await take(bot, picture)
    assert (outcome.reason if isinstance(outcome, Refused) else None) is reason


async def test_who_opted_out_while_the_picture_was_read_is_not_remixed(bot, monkeypatch):
    await allow(bot, OthersPictures.EVERYONE)
    put = bot.blobs.put

    def put_while_they_opt_out(data):
        bot.database.transaction_now(opt_outs.add, MIA, bot.clock())
        return put(data)

    monkeypatch.setattr(bot.blobs, "put", put_while_they_opt_out)
    assert await take(bot, taken()) == Refused(Reason.PICTURE_OWNER_OPTED_OUT)


async def test_the_author_of_a_picture_is_never_in_their_own_way(bot):
    await bot.do(opt_outs.add, MIA, bot.clock())
    assert isinstance(await take(bot, taken(MIA), user_id=MIA), Accepted)


async def test_an_opt_out_ends_what_waits_and_costs_nothing(bot, questions):
    await allow(bot, OthersPictures.EVERYONE)
    job = (await take(bot, taken())).job
    own = await bot.remix(MIA)
    await questions.opt_out(MIA)
    ended = await bot.job(job.id)
    assert (ended.state, ended.failure_kind) == (JobState.FAILED, FailureKind.SOURCE_WITHDRAWN)
    assert await bot.money(job.id) == ("released", None)
    assert (await bot.job(own.id)).state is JobState.QUEUED


@pytest.mark.parametrize("moment", ["buying", "posting"])
async def test_an_opt_out_is_seen_before_buying_and_before_posting(bot, moment):
    await allow(bot, OthersPictures.EVERYONE)
    job = (await take(bot, taken())).job
    if moment == "posting":
        record = bot.remixes.generate.record_answer

        async def record_while_they_opt_out(*answer):
            await record(*answer)
            await bot.do(opt_outs.add, MIA, bot.clock())

        bot.remixes.generate.record_answer = record_while_they_opt_out
    else:
        await bot.do(opt_outs.add, MIA, bot.clock())
    await bot.work(job.id)
    ended = await bot.job(job.id)
    expected = FailureKind.WITHDRAWN if moment == "posting" else FailureKind.SOURCE_WITHDRAWN
    assert (ended.failure_kind, bot.poster.posted) == (expected, [])
    assert bot.calls == (1 if moment == "posting" else 0)


async def test_opting_in_lets_others_go_on(bot, questions):
    first = await bot.remix(MIA)
    await bot.work(first.id)
    await questions.opt_out(MIA)
    again = Start(Origin.AGAIN, first.id)
    assert await bot.submit.submit_from(asker(BEN), again) == Refused(Reason.PICTURE_OWNER_OPTED_OUT)
    await opt_in(bot.core, MIA)
    assert isinstance(await bot.submit.submit_from(asker(BEN), again), Accepted)


# What is made of it.


async def test_what_goes_on_from_a_taken_picture_keeps_its_author_and_its_channel(bot):
    await allow(bot, OthersPictures.EVERYONE)
    first = (await take(bot, taken())).job
    await bot.work(first.id)
    again = (await bot.submit.submit_from(asker(EVA), Start(Origin.AGAIN, first.id))).job
    assert (again.source_author_id, again.source_channel_id, again.source_message_id) == (MIA, 22, 5)
    assert await bot.do(families.owner_of, again) == MIA
    refused = await bot.submit.submit_from(asker(EVA, channel_id=23), Start(Origin.RESULT, first.id, request=NEW))
    assert refused == Refused(Reason.PICTURE_STAYS, channels=(22,))


NEW = RemixRequest("in chalk", speed=Speed.TURBO)


async def test_only_its_author_compares_a_taken_picture(bot):
    await allow(bot, OthersPictures.EVERYONE)
    first = (await take(bot, taken())).job
    await bot.work(first.id)
    (post,) = await bot.posts(first.id)
    assert await compare_pictures(bot.core, first.id, post.message_id, BEN) is NoComparison.NOT_YOURS
    assert (await compare_pictures(bot.core, first.id, post.message_id, MIA)).job.id == first.id


# Questions.


async def test_a_yes_counts_once_and_together_with_the_queueing(bot, questions):
    found, _ = await question(bot, questions)
    picture = taken(agreed=True, request_id=found.id)
    first = await take(bot, picture, interaction_id=found.interaction_id)
    again = await take(bot, picture, interaction_id=found.interaction_id)
    assert first.job.id == again.job.id
    assert await take(bot, picture) == Refused(Reason.PICTURE_NEEDS_CONSENT)
    assert (await bot.do(picture_requests.find, found.id)).state is RequestState.GRANTED


async def test_a_no_that_comes_before_the_queueing_wins(bot, questions, board):
    found, _ = await question(bot, questions)
    assert await questions.end(found, RequestState.DECLINED)
    refused = await take(bot, taken(agreed=True, request_id=found.id), interaction_id=found.interaction_id)
    assert refused == Refused(Reason.PICTURE_NEEDS_CONSENT)
    assert not await questions.end(found, RequestState.DECLINED)
    assert board.ended == board.told == [(found.id, RequestState.DECLINED)]


async def test_a_yes_that_the_gate_refuses_keeps_the_question_open(bot, questions):
    found, _ = await question(bot, questions)
    bot.use_rules(replace(RULES, min_free_bytes=10**13))
    refused = await take(bot, taken(agreed=True, request_id=found.id))
    assert refused == Refused(Reason.DISK_FULL)
    assert (await bot.do(picture_requests.find, found.id)).state is RequestState.OPEN


async def test_a_setting_that_changes_meanwhile_stops_the_yes(bot, questions):
    found, _ = await question(bot, questions)
    await allow(bot, OthersPictures.OWN)
    refused = await take(bot, taken(agreed=True, request_id=found.id))
    assert refused == Refused(Reason.PICTURE_NOT_YOURS)


async def test_nobody_is_asked_who_opted_out_while_the_form_was_open(bot, questions, board):
    await allow(bot, OthersPictures.ASK)
    opened = await open_form(bot.core, new())
    await bot.do(opt_outs.add, MIA, bot.clock())
    assert await questions.ask(opened.request_id, asked()) == Refused(Reason.PICTURE_OWNER_OPTED_OUT)
    assert board.posted == []


async def test_an_opt_out_declines_open_questions(bot, questions, board):
    found, _ = await question(bot, questions)
    await questions.opt_out(MIA)
    assert board.ended == [(found.id, RequestState.DECLINED)]
    assert await open_form(bot.core, new()) == Refused(Reason.PICTURE_OWNER_OPTED_OUT)


async def test_a_question_ends_with_the_day_and_then_all_of_it_is_forgotten(bot, questions, board):
    found, _ = await question(bot, questions)
    bot.clock.move(seconds=A_DAY_S)
    assert await questions.find(found.id, 11, 700 + found.id, MIA) is NotAnswered.OVER
    await questions.end_old()
    assert board.ended == [(found.id, RequestState.ENDED)]
    assert await bot.do(picture_requests.find, found.id) is None


async def test_a_question_ends_with_the_link_to_the_picture(bot, questions):
    await allow(bot, OthersPictures.ASK)
    soon = int(bot.clock().timestamp()) + 3_600
    found, _ = await question(bot, questions, url=LINK.format(soon))
    assert int(found.ends_at.timestamp()) == soon


async def test_a_question_that_a_crash_kept_from_being_posted_ends(bot, questions, board):
    await allow(bot, OthersPictures.ASK)
    opened = await open_form(bot.core, new())
    ends_at = bot.clock.now.replace(year=2027)
    assert await bot.do(picture_requests.ask, opened.request_id, asked(), bot.clock(), ends_at)
    await questions.end_old()
    assert board.told == []
    bot.clock.move(minutes=6)
    await questions.end_old()
    assert board.told == [(opened.request_id, RequestState.ENDED)]


async def test_a_question_that_discord_does_not_take_leaves_nothing_open(bot, questions, board):
    board.is_closed = True
    refused, opened = await question(bot, questions)
    assert refused == Refused(Reason.BOT_BUSY)
    board.is_closed = False
    assert (await bot.do(picture_requests.find, opened.request_id)).state is RequestState.ENDED
    found, _ = await question(bot, questions)
    assert found.state is RequestState.OPEN


async def test_nobody_is_asked_twice_for_one_picture_nor_too_often(bot, questions):
    found, _ = await question(bot, questions)
    assert (await question(bot, questions))[0] == Refused(Reason.ASKED_ALREADY)
    await questions.end(found, RequestState.DECLINED)
    assert (await question(bot, questions))[0] == Refused(Reason.ASKED_ALREADY)
    for message in (6, 7, 8):
        await question(bot, questions, message_id=message, author=EVA)
    assert (await question(bot, questions, message_id=9, author=EVA))[0] == Refused(Reason.ASKED_TOO_OFTEN)


async def test_one_person_is_asked_five_times_a_day(bot, questions):
    for number in range(5):
        found, _ = await question(bot, questions, asker_id=20 + number)
        assert found.state is RequestState.OPEN
    assert (await question(bot, questions, asker_id=30))[0] == Refused(Reason.ASKED_TOO_OFTEN)


@pytest.mark.parametrize(
    ("guild_id", "message", "user_id", "why"),
    [
        (12, 701, MIA, NotAnswered.OVER),
        (11, 999, MIA, NotAnswered.OVER),
        (11, 701, BEN, NotAnswered.NOT_YOURS),
    ],
)
async def test_a_forged_answer_decides_nothing(bot, questions, guild_id, message, user_id, why):
    found, _ = await question(bot, questions)
    assert await questions.find(found.id, guild_id, message, user_id) is why


async def test_forms_of_one_member_do_not_pile_up(bot):
    opened = [await open_form(bot.core, new(author=BEN)) for _ in range(7)]
    assert all(isinstance(each, OpenedForm) for each in opened)
    kept = [await bot.do(picture_requests.find, each.request_id) is not None for each in opened]
    assert kept == [False, False, True, True, True, True, True]
