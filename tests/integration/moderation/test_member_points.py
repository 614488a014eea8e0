"""Points for refused words and safety refusals, the ladder that a server sets, and clearing points."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.demo.ideogram_stand_in import Fault
from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.origins import Origin
from bot.rules.others_pictures import PictureOwner
from bot.rules.points import PointKind, read_ladder
from bot.rules.policies import Policy, WarningLimit
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RemixRequest
from bot.rules.styles import Style
from bot.rules.words.entries import Action, WordEntry, key_of
from bot.storage.moderation import cases, points
from bot.storage.moderation.cases import CaseFilter
from bot.storage.moderation.points import Total
from bot.storage.standing import member_blocks, policies, styles, words
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import block_member
from bot.use_cases.moderation.oversight.member_points import clear_points, forget_points, read_points
from bot.use_cases.moderation.oversight.watch_points import WatchPoints
from bot.use_cases.moderation.prompts.try_prompt import try_prompt
from bot.use_cases.moderation.undo_case import NotUndone, undo_case
from bot.use_cases.moderation.warn_member import unread_warnings, warn_member
from bot.use_cases.operator.watch_safety import WatchSafety
from bot.use_cases.privacy.export_data import ExportData
from bot.use_cases.remixes.gate_facts import TakenPicture
from bot.use_cases.remixes.starting_points import Start
from tests.integration.made_bot import asker, click_again
from tests.integration.review.reviews import held, publish, refuse

SERVER = 11
ACTING = Acting(SERVER, 900, "fine by me")
DAY = timedelta(days=1)
LADDER = read_ladder("2 warn, 3 block 24h, 5 block")


class Operator:
    def __init__(self):
        self.told = []

    async def tell_of_points(self, pointed):
        self.told.append(pointed)

    async def tell_of_refusals(self, refused):
        self.told.append(refused)


class Moderators:
    """`answers`: what Discord says, by person; `asked`: how often it was asked."""

    def __init__(self):
        self.answers, self.asked = {}, 0

    async def moderates(self, guild_id, user_id):
        self.asked += 1
        return self.answers.get((guild_id, user_id), self.answers.get(user_id, False))


@pytest.fixture
def operator():
    return Operator()


@pytest.fixture
def moderators():
    return Moderators()


@pytest.fixture
def watch(bot, moderators, operator):
    return WatchPoints(bot.core, bot.rules, moderators, operator)


@pytest.fixture
async def strict(bot):
    entry = WordEntry("nude", Action.REFUSE)
    await bot.do(words.write, SERVER, {key_of(entry): entry})
    await bot.do(policies.write, SERVER, Policy(points_ladder=LADDER))
    return bot


async def total(bot, user_id=1):
    since = bot.clock() - timedelta(days=30)
    return (await bot.do(lambda connection: points.total(connection, user_id, since, guild_id=SERVER))).all


async def say_it(bot, times=1, user_id=1, prompt="a nude", **options):
    """Two minutes apart, because the same within a minute counts once."""
    for _ in range(times):
        refused = await bot.submit.look(asker(user_id, **options), None, prompt=prompt)
        assert refused.refused.reason is Reason.WORD_REFUSED
        bot.clock.move(minutes=2)


async def add(bot, count, user_id=1, guild_id=SERVER):
    for _ in range(count):
        await bot.do(points.add, PointKind.WORD, guild_id, user_id, bot.clock())
        bot.clock.move(minutes=2)


async def all_cases(bot, guild_id=SERVER):
    found = await bot.do(cases.newest, guild_id, CaseFilter(), 50, None)
    return [(case.kind, case.actor_id) for case in reversed(found)]


async def test_a_refused_word_gives_a_point_and_the_same_again_within_a_minute_none(strict):
    for _ in range(5):
        await strict.submit.look(asker(), None, prompt="a nude")
        strict.clock.move(seconds=1)
    assert await total(strict) == 1
    strict.clock.move(minutes=1)
    await strict.ask(prompt="a nude")
    assert await total(strict) == 2


async def test_the_ladder_warns_then_blocks_for_a_day_and_the_member_reads_why(strict, watch):
    told = []
    strict.core.news.on_case.append(told.append)
    await say_it(strict)
    await watch.look()
    assert told == []
    await say_it(strict)
    await watch.look()
    (warning,) = await unread_warnings(strict.core, SERVER, 1)
    assert warning.actor_id == BY_RULE
    assert warning.reason == "By rule, for 2 points within 30 days (2 for refused words)."
    await say_it(strict)
    await watch.look()
    assert await all_cases(strict) == [(CaseKind.WARN, BY_RULE), (CaseKind.BLOCK, BY_RULE)]
    block = await strict.do(member_blocks.find, SERVER, 1)
    assert block.until == strict.clock() + DAY
    refused = await strict.ask(1)
    assert (refused.reason, refused.note) == (
        Reason.MEMBER_BLOCKED,
        "By rule, for 3 points within 30 days (3 for refused words).",
    )
    assert [case.kind for case in told] == [CaseKind.WARN, CaseKind.BLOCK]
    await strict.remix(2)


async def test_nothing_happens_twice_for_the_same_points_also_after_an_undo_and_a_restart(
    strict, watch, moderators, operator
):
    await say_it(strict, 3)
    await watch.look()
    await undo_case(strict.core, ACTING, 1, lambda *_: None)
    await watch.look()
    await WatchPoints(strict.core, strict.rules, moderators, operator).look()
    assert await strict.do(member_blocks.find, SERVER, 1) is None
    assert len([each for each in await all_cases(strict) if each == (CaseKind.BLOCK, BY_RULE)]) == 1


async def test_nobody_is_asked_about_and_nothing_follows_without_a_ladder(strict, watch, moderators):
    await strict.do(policies.write, SERVER, Policy())
    await say_it(strict, 9)
    await watch.look()
    assert (await all_cases(strict), moderators.asked) == ([], 0)
    # A ladder that is set later counts them, and does not punish for what was before.
    await strict.do(policies.write, SERVER, Policy(points_ladder=LADDER))
    await watch.look()
    assert await all_cases(strict) == []


async def test_moderators_get_no_case_by_rule_and_who_cannot_be_asked_about_waits(strict, watch, moderators):
    moderators.answers = {1: True, 2: None}
    await say_it(strict, 3)
    await say_it(strict, 3, user_id=2)
    await watch.look()
    assert await all_cases(strict) == []
    moderators.answers = {1: False, 2: False}
    await watch.look()
    found = await strict.do(cases.newest, SERVER, CaseFilter(), 9, None)
    assert [(case.kind, case.target_id) for case in found] == [(CaseKind.BLOCK, 2)]


async def test_old_prompts_with_a_new_word_styles_and_answers_to_questions_give_no_points(bot):
    made = await bot.remix(prompt="a nude")
    bot.clock.move(minutes=2)
    entry = WordEntry("nude", Action.REFUSE)
    await bot.do(words.write, SERVER, {key_of(entry): entry})
    style = Style("Bare", "as a nude")
    await bot.do(styles.write, SERVER, "bare", style)

    again = await bot.submit.submit_from(asker(), click_again(made.id))
    edited = Start(Origin.EDIT, made.id, is_private=True, request=RemixRequest("a nude", weight=70))
    same_words = await bot.submit.submit_from(asker(), edited)
    of_style = (await bot.submit.look(asker(), None, "Bare", prompt="a fox")).refused
    answered = TakenPicture(PictureOwner(5), 22, 7, request_id=3)
    await bot.do(policies.write, SERVER, Policy())
    of_answer = (await bot.submit.look(asker(taken=answered), None, prompt="a nude")).refused
    assert all(isinstance(each, Refused) for each in (again, same_words, of_style, of_answer))
    await try_prompt(bot.core, SERVER, "a nude")
    assert await total(bot) == 0

    other_words = replace(edited, request=RemixRequest("another nude"))
    await bot.submit.submit_from(asker(), other_words)
    assert await total(bot) == 1


async def test_words_that_hold_for_review_and_a_job_that_waits_give_no_points(bot):
    entry = WordEntry("nude", Action.REVIEW)
    await bot.do(words.write, SERVER, {key_of(entry): entry})
    held = await bot.remix(prompt="a nude")
    await bot.do(words.write, SERVER, {key_of(entry): WordEntry("nude", Action.REFUSE)})
    await bot.work(held.id)
    assert await total(bot) == 0


async def test_a_word_that_holds_back_gives_a_point_once_moderators_refuse_the_result(bot):
    entry = WordEntry("nude", Action.REVIEW)
    await bot.do(words.write, SERVER, {key_of(entry): entry})
    first, second = await bot.remix(prompt="a nude"), await bot.remix(prompt="a nude")
    await bot.work(first.id, second.id)
    await publish(bot, first)
    assert await total(bot) == 0
    await refuse(bot, second)
    assert await total(bot) == 1


async def test_a_review_of_a_channel_gives_no_points(bot):
    await refuse(bot, await held(bot))
    assert await total(bot) == 0


async def test_who_asks_for_their_data_gets_their_points(bot):
    await add(bot, 1)
    document = json.loads(await ExportData(bot.core).collect(1))
    assert [(row["kind"], row["points"]) for row in document["points"]] == [("word", 1)]


async def test_safety_refusals_give_points_and_the_ladder_takes_the_place_of_their_own_rule(strict, watch, operator):
    safety = WatchSafety(strict.core, 0, operator)
    for _ in range(3):
        strict.stand_in.dials.fail = [Fault.PROMPT_UNSAFE]
        job = await strict.remix()
        await strict.work(job.id)
    await watch.look()
    await safety.look()
    assert await all_cases(strict) == [(CaseKind.BLOCK, BY_RULE)]


async def test_a_report_counts_twice_and_once_for_each_remix(bot):
    job = await bot.remix()
    for _ in range(2):
        await bot.do(lambda c: points.add(c, PointKind.REPORT, SERVER, 1, bot.clock(), job_id=job.id))
    assert await total(bot) == 2


async def test_a_longer_block_stays_alone_and_warnings_of_the_ladder_do_not_count_as_a_moderators(strict, watch):
    await strict.do(policies.write, SERVER, Policy(points_ladder=LADDER, warning_limit=WarningLimit(2, 86_400)))
    await add(strict, 2)
    await watch.look()
    assert (await warn_member(strict.core, ACTING, 1)).blocked is None
    await block_member(strict.core, ACTING, 1, None)
    await add(strict, 1)
    await watch.look()
    assert [kind for kind, actor in await all_cases(strict) if actor == BY_RULE] == [CaseKind.WARN]


async def test_above_the_highest_rung_each_further_point_blocks_again(strict, watch):
    await strict.do(policies.write, SERVER, Policy(points_ladder=read_ladder("2 block 1h")))
    await add(strict, 2)
    await watch.look()
    strict.clock.move(hours=2)
    await add(strict, 1)
    await watch.look()
    assert await all_cases(strict) == [(CaseKind.BLOCK, BY_RULE)] * 2


async def test_points_end_after_the_servers_time(strict, watch):
    await strict.do(policies.write, SERVER, Policy(points_ladder=LADDER, points_time_s=3600))
    await add(strict, 1)
    strict.clock.move(hours=1)
    await add(strict, 1)
    await watch.look()
    assert await all_cases(strict) == []
    assert (await strict.do(read_points, SERVER, 1, strict.clock())).total == 1


async def test_a_moderator_clears_points_and_undoes_that(strict, watch):
    await add(strict, 1)
    await add(strict, 1, user_id=2)
    cleared = await clear_points(strict.core, ACTING, 1)
    assert (cleared.points, cleared.case.kind, cleared.case.target_id) == (1, CaseKind.CLEAR, 1)
    assert await clear_points(strict.core, ACTING, 1) is None
    await add(strict, 1)
    await watch.look()
    assert await all_cases(strict) == [(CaseKind.CLEAR, 900)]
    assert (await total(strict), await total(strict, 2)) == (1, 1)

    undone = await undo_case(strict.core, ACTING, cleared.case.number, lambda *_: None)
    assert undone.by.kind is CaseKind.UNCLEAR
    assert await total(strict) == 2
    # They are not new: nothing follows from the undoing alone.
    await watch.look()
    assert [kind for kind, _actor in await all_cases(strict)] == [CaseKind.CLEAR, CaseKind.UNCLEAR]
    strict.clock.move(days=60)
    cleared = await clear_points(strict.core, ACTING, 2)
    assert cleared is None


async def test_undoing_a_clearing_whose_points_are_gone_says_so(strict):
    await add(strict, 1)
    cleared = await clear_points(strict.core, ACTING, 1)
    strict.clock.move(days=31)
    await forget_points(strict.core)
    assert await undo_case(strict.core, ACTING, cleared.case.number, lambda *_: None) is NotUndone.OVER


async def test_points_are_deleted_once_they_count_nowhere(bot):
    await bot.do(policies.write, 12, Policy(points_time_s=60 * 86_400))
    for guild_id in (SERVER, 12):
        await add(bot, 1, guild_id=guild_id)
    bot.clock.move(days=31)
    assert await forget_points(bot.core) == 1
    bot.clock.move(days=30)
    assert await forget_points(bot.core) == 1


async def test_the_operators_ladder_counts_all_servers_and_acts_where_the_points_are(bot, moderators, operator):
    rules = replace(bot.rules, points_ladder=read_ladder("3 warn, 4 block 24h"))
    watch = WatchPoints(bot.core, rules, moderators, operator)
    await add(bot, 1, guild_id=11)
    await add(bot, 2, guild_id=12)
    await add(bot, 9, guild_id=13, user_id=2)
    await watch.look()
    assert await all_cases(bot, 11) == await all_cases(bot, 12) == [(CaseKind.WARN, BY_RULE)]
    assert await all_cases(bot, 13) == [(CaseKind.BLOCK, BY_RULE)]
    assert [(each.user_id, each.points, each.servers) for each in operator.told] == [(1, 3, 2), (2, 9, 1)]
    await add(bot, 1, guild_id=12)
    await watch.look()
    assert [await all_cases(bot, guild_id) for guild_id in (11, 12)] == [
        [(CaseKind.WARN, BY_RULE), (CaseKind.BLOCK, BY_RULE)]
    ] * 2
    found = await bot.do(cases.newest, 11, CaseFilter(kind=CaseKind.BLOCK), 1, None)
    assert found[0].reason == "By a rule of my operator, for 4 points over all servers within 30 days."


async def test_the_operators_ladder_leaves_out_servers_that_the_person_moderates(bot, moderators, operator):
    watch = WatchPoints(bot.core, replace(bot.rules, points_ladder=read_ladder("2 block")), moderators, operator)
    moderators.answers = {(12, 1): True}
    await add(bot, 1, guild_id=11)
    await add(bot, 1, guild_id=12)
    await watch.look()
    assert (await all_cases(bot, 11), await all_cases(bot, 12)) == ([(CaseKind.BLOCK, BY_RULE)], [])
    assert [each.points for each in operator.told] == [2]


async def test_new_points_in_two_servers_at_once_reach_a_rung_of_the_operator_once(bot, moderators, operator):
    watch = WatchPoints(bot.core, replace(bot.rules, points_ladder=read_ladder("2 warn")), moderators, operator)
    await add(bot, 1, guild_id=11)
    await add(bot, 1, guild_id=12)
    await watch.look()
    assert await all_cases(bot, 11) == await all_cases(bot, 12) == [(CaseKind.WARN, BY_RULE)]
    assert len(operator.told) == 1


async def test_the_total_tells_new_points_from_seen_ones(bot):
    await add(bot, 2)
    assert await bot.do(points.total, 1, bot.clock() - DAY) == Total(0, 2)
    (member,) = await bot.do(points.find_new, 9)
    assert await bot.do(points.mark_seen, member)
    assert not await bot.do(points.mark_seen, member)
    assert await bot.do(points.total, 1, bot.clock() - DAY) == Total(2, 0)
