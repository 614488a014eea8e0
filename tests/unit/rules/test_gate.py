"""The gate: every question refuses for its own reason, in one order, and the standing ones are asked again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from bot.rules import budgets
from bot.rules.budgets import Budget, Period, Spending
from bot.rules.gate import (
    ChannelLock,
    Check,
    MemberBlock,
    StandingFacts,
    SubmissionFacts,
    decide,
    decide_again,
    decide_hand_over,
    decide_posting,
    find_review,
    trace,
)
from bot.rules.limits import Limits, MemberUsage
from bot.rules.membership import Absent, Membership
from bot.rules.others_pictures import PictureOwner
from bot.rules.picture_memory import Likeness, PictureFacts, PictureMemory
from bot.rules.policies import Policy
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.reviews import Review, ReviewReason
from bot.rules.words.automod import AutoModRule
from bot.rules.words.entries import Action, WordEntry
from bot.rules.words.findings import ByAutoMod, WordFacts
from bot.rules.words.matcher import Matcher, Prompt

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
A_DAY = timedelta(days=1)
TOMORROW = datetime(2026, 5, 2, tzinfo=UTC)
NEXT_MONTH = datetime(2026, 6, 1, tzinfo=UTC)
NOTHING = MappingProxyType({period: Spending() for period in Period})
OPEN = StandingFacts(channel_ids=frozenset({22}))
ASKED = SubmissionFacts(
    role_ids=frozenset({7}),
    limits=Limits(timedelta(seconds=30), 3, 500, daily_quota=5, monthly_quota=20),
    usage=MemberUsage(None, 0, 0),
    budgets={},
    micros=60_000,
    prices={Speed.TURBO: 30_000, Speed.DEFAULT: 60_000, Speed.QUALITY: 100_000},
    joined_at=NOW - A_DAY,
    speed=Speed.QUALITY,
)


def standing(**changes):
    return replace(OPEN, **changes), ASKED


def submission(policy=OPEN.policy, **changes):
    return replace(OPEN, policy=policy), replace(ASKED, **changes)


def spent(check, period, reasons, *, ceiling=100_000, policy=OPEN.policy, **changes):
    """50,000 micro-dollars are spent of a budget that the check asks for."""
    budget = Budget({**NOTHING, period: Spending(50_000)}, {period: ceiling}, reasons)
    return submission(policy, budgets={check: budget}, **changes)


OPERATOR_BUDGET = [(Check.OPERATOR_BUDGET, period, budgets.OPERATOR_BUDGET) for period in Period]
FULL = Reason.SERVER_QUEUE_FULL
NUDE = Matcher([WordEntry("nude")]).find(Prompt("a nude"))
LOOKED_AT = Matcher([WordEntry("nude", Action.REVIEW)]).find(Prompt("a nude"))
LISTED = WordFacts(1, NUDE)
BY_AUTOMOD = WordFacts(1, by_automod=[ByAutoMod(AutoModRule(1, "x"), NUDE[0])])


def like(*, by_operator=False, wave=0, slope=0):
    return PictureFacts(1, [Likeness(12, by_operator, wave, slope)])


def exempt(**kept):
    return WordFacts(1, by_automod=[ByAutoMod(AutoModRule(1, "x", **kept), NUDE[0])])


REFUSED = [
    (Check.PICTURE, standing(picture=like(wave=56, slope=30)), Reason.PICTURE_REMEMBERED, None),
    (Check.PICTURE, standing(picture=like(by_operator=True)), Reason.PICTURE_BANNED, None),
    (Check.WORDS, standing(words=LISTED), Reason.WORD_REFUSED, None),
    (Check.WORDS, standing(words=WordFacts(1, is_cut=True)), Reason.WORD_REFUSED, None),
    (Check.AUTOMOD, standing(words=BY_AUTOMOD), Reason.AUTOMOD_REFUSED, None),
    (Check.SERVER, standing(server_allowed=False), Reason.SERVER_NOT_ALLOWED, None),
    (Check.BOT_PERMISSIONS, submission(missing_permissions=("Attach Files",)), Reason.CHANNEL_FORBIDDEN, None),
    (Check.OPERATOR_BLOCK, standing(person_blocked=True), Reason.PERSON_BLOCKED, None),
    (Check.OPERATOR_BLOCK, standing(server_blocked=True), Reason.SERVER_BLOCKED, None),
    (Check.MEMBER_BLOCK, standing(member_block=MemberBlock("rude")), Reason.MEMBER_BLOCKED, None),
    (Check.MEMBER_BLOCK, standing(member_block=MemberBlock(None, TOMORROW)), Reason.MEMBER_BLOCKED, TOMORROW),
    (Check.TIME_OUT, submission(timed_out_until=TOMORROW), Reason.MEMBER_TIMED_OUT, TOMORROW),
    (Check.OPERATOR_PAUSE, standing(operator_pause="new key"), Reason.OPERATOR_PAUSED, None),
    (Check.SERVER_PAUSE, standing(server_pause="event"), Reason.SERVER_PAUSED, None),
    (Check.PROVIDER, submission(held=True), Reason.SERVICE_PAUSED, None),
    (Check.CHANNEL, standing(policy=Policy(channels=frozenset({23}))), Reason.CHANNEL_NOT_ALLOWED, None),
    (Check.CHANNEL_LOCK, standing(channel_lock=ChannelLock("a contest")), Reason.CHANNEL_LOCKED, None),
    (Check.CHANNEL_LOCK, standing(channel_lock=ChannelLock(None, TOMORROW)), Reason.CHANNEL_LOCKED, TOMORROW),
    (Check.ROLES, submission(Policy(roles=frozenset({8}))), Reason.ROLE_MISSING, None),
    (Check.ROLES, submission(Policy(ignored_roles=frozenset({7}))), Reason.ROLE_IGNORED, None),
    (
        Check.MEMBERSHIP_AGE,
        submission(Policy(new_member_s=2 * 86_400)),
        Reason.MEMBER_TOO_NEW,
        NOW + A_DAY,
    ),
    (Check.PICTURE_OWNER, submission(picture_owner=PictureOwner(9)), Reason.PICTURE_NOT_YOURS, None),
    (Check.SPEED, submission(Policy(speeds=frozenset({Speed.TURBO}))), Reason.SPEED_NOT_ALLOWED, None),
    (
        Check.IN_REVIEW,
        submission(Policy(review_channels=frozenset({22}), review_limit=1), in_review=1),
        Reason.REVIEWS_FULL,
        None,
    ),
    (Check.PERSON_QUEUE, submission(usage=MemberUsage(None, 3, 3)), Reason.PERSON_QUEUE_FULL, None),
    (Check.COOLDOWN, submission(usage=MemberUsage(NOW, 0, 0)), Reason.COOLDOWN, NOW + timedelta(seconds=30)),
    (Check.QUOTA, submission(usage=MemberUsage(None, 0, 0, today=5)), Reason.QUOTA_DAY, TOMORROW),
    (Check.QUOTA, submission(usage=MemberUsage(None, 0, 0, this_month=20)), Reason.QUOTA_MONTH, NEXT_MONTH),
    (Check.QUEUE, submission(usage=MemberUsage(None, 0, 500, waiting_of_server=1)), Reason.QUEUE_FULL, None),
    (Check.SERVER_QUEUE, submission(usage=MemberUsage(None, 0, 300, waiting_of_server=250)), FULL, None),
    (
        Check.PERSON_CEILING,
        spent(Check.PERSON_CEILING, Period.DAY, budgets.PERSON_CEILING),
        Reason.PERSON_CEILING,
        TOMORROW,
    ),
    (
        Check.SERVER_BUDGET,
        spent(Check.SERVER_BUDGET, Period.DAY, budgets.SERVER_BUDGET),
        Reason.SERVER_BUDGET_DAY,
        TOMORROW,
    ),
    (
        Check.SERVER_BUDGET,
        spent(Check.SERVER_BUDGET, Period.MONTH, budgets.SERVER_BUDGET),
        Reason.SERVER_BUDGET_MONTH,
        NEXT_MONTH,
    ),
    (
        Check.SERVER_CEILING,
        spent(Check.SERVER_CEILING, Period.DAY, budgets.SERVER_CEILING),
        Reason.SERVER_CEILING,
        TOMORROW,
    ),
    (Check.OPERATOR_BUDGET, spent(*OPERATOR_BUDGET[0]), Reason.BUDGET_DAY, TOMORROW),
    (Check.OPERATOR_BUDGET, spent(*OPERATOR_BUDGET[1]), Reason.BUDGET_MONTH, NEXT_MONTH),
]
AGAIN = {
    Check.SERVER,
    Check.OPERATOR_BLOCK,
    Check.MEMBER_BLOCK,
    Check.OPERATOR_PAUSE,
    Check.SERVER_PAUSE,
    Check.CHANNEL,
    Check.CHANNEL_LOCK,
    Check.PICTURE,
    Check.WORDS,
}
AGAIN_ABOUT_THE_MEMBER = {Check.TIME_OUT, Check.ROLES, Check.MEMBERSHIP_AGE, Check.AUTOMOD}
BEFORE_POSTING = {Check.TIME_OUT, Check.ROLES, Check.WORDS, Check.AUTOMOD}


@pytest.mark.parametrize(("question", "facts", "reason", "until"), REFUSED)
def test_each_question_refuses_for_its_own_reason_and_no_other_does(question, facts, reason, until):
    answers = trace(*facts, NOW)
    assert [each.check for each in answers] == list(Check)
    refused = {each.check: each.refused for each in answers if each.refused}
    assert refused.keys() == {question}
    assert (refused[question].reason, refused[question].until) == (reason, until)
    assert decide(*facts, NOW) == refused[question]
    assert decide_again(facts[0], NOW) == (refused[question] if question in AGAIN else None)
    again = refused[question] if question in AGAIN | AGAIN_ABOUT_THE_MEMBER else None
    assert decide_again(facts[0], NOW, facts[1].member) == again
    posting = refused[question] if question in BEFORE_POSTING else None
    assert decide_posting(facts[0], NOW, facts[1].member) == posting
    assert decide_posting(facts[0], NOW, None) == (posting if question is Check.WORDS else None)


@pytest.mark.parametrize(
    ("memory", "found", "refuses"),
    [
        (None, {"wave": 57}, False),
        (None, {"slope": 31}, False),
        (PictureMemory.STRICT, {"wave": 40, "slope": 24}, True),
        (PictureMemory.STRICT, {"wave": 41}, False),
        (PictureMemory.STRICT, {"slope": 25}, False),
        (PictureMemory.WIDE, {"wave": 72, "slope": 38}, True),
        (PictureMemory.OFF, {}, False),
        # The operator's list has a distance of its own.
        (PictureMemory.OFF, {"by_operator": True, "wave": 56}, True),
        (PictureMemory.WIDE, {"by_operator": True, "wave": 57}, False),
    ],
)
def test_how_much_a_picture_must_be_like_a_listed_one_is_in_the_servers_hands(memory, found, refuses):
    facts, _ = standing(picture=like(**found), policy=Policy(picture_memory=memory))
    assert bool(decide_again(facts, NOW)) == refuses


def test_every_question_is_in_the_table():
    assert {row[0] for row in REFUSED} == set(Check)


def test_with_nothing_against_it_everybody_is_let_in():
    assert decide(OPEN, ASKED, NOW) is None
    assert decide_again(OPEN, NOW) is None


@pytest.mark.parametrize(("absent", "reason"), [(Absent.MEMBER, Reason.MEMBER_GONE), (Absent.BOT, Reason.BOT_GONE)])
def test_for_who_is_gone_nothing_is_bought_or_posted_even_while_the_server_is_paused(absent, reason):
    paused = replace(OPEN, server_pause="event")
    assert decide_again(paused, NOW, absent) == decide_posting(paused, NOW, absent) == Refused(reason)


@pytest.mark.parametrize(
    ("words", "member"),
    [
        (exempt(exempt_roles=frozenset({7})), ASKED.member),
        (exempt(exempt_channels=frozenset({22})), ASKED.member),
        (BY_AUTOMOD, replace(ASKED.member, manages_server=True)),
        (WordFacts(1, LOOKED_AT), ASKED.member),
        # Discord does not answer: nothing has changed.
        (BY_AUTOMOD, None),
    ],
)
def test_words_that_do_not_hold_for_a_member_refuse_nothing(words, member):
    facts = replace(OPEN, words=words)
    assert decide_again(facts, NOW, member) is decide_posting(facts, NOW, member) is None


def test_what_moderators_look_at_first_is_found_once_nothing_refuses():
    alerts = WordFacts(1, by_automod=[ByAutoMod(AutoModRule(1, "x", exempt_roles=frozenset({8})), LOOKED_AT[0])])
    for words in (WordFacts(1, LOOKED_AT), alerts):
        found = find_review(replace(OPEN, words=words), ASKED.member, NOW)
        assert found == Review(ReviewReason.WORD, LOOKED_AT[0])
    assert find_review(replace(OPEN, words=alerts), replace(ASKED.member, manages_server=True), NOW) is None
    assert find_review(replace(OPEN, words=alerts), Membership(frozenset({8})), NOW) is None
    assert find_review(replace(OPEN, words=alerts), None, NOW) is None
    assert find_review(OPEN, ASKED.member, NOW) is None


@pytest.mark.parametrize(
    ("policy", "joined", "reason"),
    [
        (Policy(review_channels=frozenset({22})), None, ReviewReason.CHANNEL),
        (Policy(review_channels=frozenset({23})), None, None),
        (Policy(review_newcomers_s=60), NOW - timedelta(seconds=59), ReviewReason.NEWCOMER),
        (Policy(review_newcomers_s=60), NOW - timedelta(seconds=60), None),
        # Discord has not said when they joined.
        (Policy(review_newcomers_s=60), None, None),
        (Policy(review_channels=frozenset({22}), review_newcomers_s=60), NOW, ReviewReason.NEWCOMER),
    ],
)
def test_channels_and_new_members_are_reviewed(policy, joined, reason):
    found = find_review(replace(OPEN, policy=policy), replace(ASKED.member, joined_at=joined), NOW)
    assert (found.reason if found else None) is reason


def test_only_what_would_be_reviewed_is_refused_when_too_many_wait():
    asked = replace(ASKED, in_review=5)
    assert decide(OPEN, asked, NOW) is None
    reviewed = replace(OPEN, policy=Policy(review_channels=frozenset({22})))
    assert decide(reviewed, asked, NOW) == Refused(Reason.REVIEWS_FULL, limit=5)
    assert decide(reviewed, replace(asked, in_review=4), NOW) is None


def test_a_time_out_that_is_over_keeps_nobody_out():
    assert decide_again(OPEN, NOW, Membership(frozenset({7}), timed_out_until=NOW)) is None


@pytest.mark.parametrize(
    "facts",
    [
        standing(member_block=MemberBlock("rude", NOW)),
        standing(channel_lock=ChannelLock("a contest", NOW)),
        standing(policy=Policy(channels=frozenset({22, 23}))),
        submission(Policy(roles=frozenset({7, 8}))),
        submission(Policy(ignored_roles=frozenset({8}))),
        submission(Policy(new_member_s=86_400)),
        submission(Policy(new_member_s=86_400), joined_at=None),
        submission(Policy(speeds=frozenset({Speed.TURBO})), speed=None),
        spent(Check.SERVER_BUDGET, Period.DAY, budgets.SERVER_BUDGET, ceiling=110_000),
        spent(*OPERATOR_BUDGET[0], ceiling=110_000),
        submission(usage=MemberUsage(None, 0, 300, waiting_of_server=249)),
        submission(usage=MemberUsage(None, 0, 249, waiting_of_server=249)),
        submission(usage=MemberUsage(None, 0, 500)),
    ],
)
def test_at_its_boundary_a_rule_lets_in(facts):
    assert decide(*facts, NOW) is None


def test_a_thread_counts_as_the_channel_that_it_is_in():
    policy = Policy(channels=frozenset({22}))
    assert decide_again(StandingFacts(channel_ids=frozenset({99, 22}), policy=policy), NOW) is None
    assert (
        decide_again(StandingFacts(channel_ids=frozenset({99}), policy=policy), NOW).reason
        is Reason.CHANNEL_NOT_ALLOWED
    )


def test_an_ignored_role_weighs_more_than_an_allowed_one():
    policy = Policy(roles=frozenset({7}), ignored_roles=frozenset({7}))
    assert decide(replace(OPEN, policy=policy), ASKED, NOW).reason is Reason.ROLE_IGNORED


def test_the_first_refusal_is_told():
    facts = replace(OPEN, person_blocked=True, server_pause="event"), replace(ASKED, held=True)
    assert decide(*facts, NOW).reason is Reason.PERSON_BLOCKED


@pytest.mark.parametrize(
    ("facts", "removed", "reason"),
    [
        (OPEN, False, None),
        (OPEN, True, Reason.RESULT_REMOVED),
        (replace(OPEN, person_blocked=True), False, Reason.PERSON_BLOCKED),
        (replace(OPEN, server_blocked=True), False, Reason.SERVER_BLOCKED),
        (replace(OPEN, member_block=MemberBlock("rude")), False, Reason.MEMBER_BLOCKED),
        (replace(OPEN, member_block=MemberBlock("rude", TOMORROW)), False, Reason.MEMBER_BLOCKED),
        (replace(OPEN, member_block=MemberBlock("rude", NOW)), False, None),
        (replace(OPEN, member_block=MemberBlock("rude")), True, Reason.RESULT_REMOVED),
        # What is paid is handed over whatever else has changed since.
        (replace(OPEN, server_allowed=False), False, None),
        (replace(OPEN, operator_pause="new key", server_pause="event"), False, None),
        (replace(OPEN, policy=Policy(channels=frozenset({23}), roles=frozenset({8}))), False, None),
    ],
)
def test_a_paid_result_is_kept_from_the_blocked_and_once_removed_from_all(facts, removed, reason):
    refused = decide_hand_over(facts, removed=removed, now=NOW)
    assert (refused.reason if refused else None) is reason


def test_a_refusal_by_a_budget_names_the_dearest_speed_that_still_fits():
    def fits(facts):
        refused = decide(*facts, NOW)
        return refused.left, refused.fits

    of_operator = OPERATOR_BUDGET[0]
    quality = {"micros": 100_000, "speed": Speed.QUALITY}
    assert fits(spent(*of_operator, ceiling=120_000, **quality)) == (70_000, (Speed.DEFAULT, 60_000))
    assert fits(spent(*of_operator, ceiling=90_000)) == (40_000, (Speed.TURBO, 30_000))
    assert fits(spent(*of_operator, ceiling=79_999)) == (29_999, None)
    assert fits(spent(*of_operator, ceiling=40_000)) == (0, None)
    allowed = Policy(speeds=frozenset({Speed.TURBO, Speed.QUALITY}))
    assert fits(spent(*of_operator, ceiling=120_000, policy=allowed, **quality)) == (70_000, (Speed.TURBO, 30_000))
    assert fits(spent(*of_operator, ceiling=120_000, policy=Policy(speeds=frozenset({Speed.QUALITY})), **quality)) == (
        70_000,
        None,
    )


def test_what_fits_in_the_budget_that_refuses_has_to_fit_in_all_others_too():
    standing_, given = spent(*OPERATOR_BUDGET[0], ceiling=90_000)
    tight = Budget({Period.DAY: Spending(80_000)}, {Period.DAY: 100_000}, budgets.SERVER_CEILING)
    refused = trace(standing_, replace(given, budgets={**given.budgets, Check.SERVER_CEILING: tight}), NOW)
    assert [(each.check, each.refused.fits) for each in refused if each.refused] == [
        (Check.SERVER_CEILING, None),
        (Check.OPERATOR_BUDGET, None),
    ]
