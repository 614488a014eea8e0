"""What moderators and members read fits into a message at its longest, and no word in it can mention or format."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.discord_app.kit import words as kit_words
from bot.discord_app.moderation import case_words, gate_words, words
from bot.discord_app.moderation.lists import member_words
from bot.rules.budgets import Period
from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.estimates import Estimate, Readiness
from bot.rules.gate import Check, CheckResult
from bot.rules.limits import Limits, MemberUsage
from bot.rules.pages import Page
from bot.rules.points import PointKind, Rung, RungAction
from bot.rules.refusals import Reason, Refused
from bot.storage.moderation.case_reasons import EarlierReason
from bot.storage.moderation.cases import Case
from bot.storage.moderation.member_record import RemixTotals
from bot.storage.remixes.queue_facts import Place
from bot.storage.standing.member_blocks import BlockedMember
from bot.storage.standing.pauses import Pause
from bot.use_cases.moderation.block_member import Blocked
from bot.use_cases.moderation.explain_gate import Explanation
from bot.use_cases.moderation.member_page import MemberPage
from bot.use_cases.moderation.oversight.member_points import MemberPoints
from bot.use_cases.moderation.server_queue import ServerQueue, Waiting
from tests.unit.remixes.made_jobs import NOW, job

LONGEST_ID = 2**63 - 1
WORST = "@" * 300
A_MESSAGE = 2000
CASE = Case(
    guild_id=LONGEST_ID,
    number=1_234_567,
    kind=CaseKind.UNWARN,
    at=NOW,
    actor_id=LONGEST_ID,
    target_id=LONGEST_ID,
    reason=WORST,
    job_id=1_234_567,
    channel_id=LONGEST_ID,
    message_id=LONGEST_ID,
    until=NOW + timedelta(days=1),
    details=dict.fromkeys(("field", "before", "after", "undoes"), WORST),
    edited_at=NOW,
    edited_by=LONGEST_ID,
    undone_at=NOW,
    undone_by=LONGEST_ID,
    undone_case=1_234_567,
    read_at=None,
)
WAITING = Waiting(
    job(id=1_234_567, prompt=WORST, user_id=LONGEST_ID, channel_id=LONGEST_ID),
    Place(499, Estimate(Readiness.EXPECTED, NOW)),
)
PAUSE = Pause(WORST, NOW, LONGEST_ID)
REFUSED = Refused(Reason.MEMBER_BLOCKED, until=NOW, note=WORST)

MEMBER = MemberPage(
    user_id=LONGEST_ID,
    block=BlockedMember(1, LONGEST_ID, 1_234_567, NOW, NOW, WORST),
    limits=Limits(timedelta(days=3, hours=3, minutes=3), 100, 500, 1_000_000, 1_000_000),
    usage=MemberUsage(NOW, 3, 500, 1_000_000, 1_000_000, 1_000_000),
    totals=RemixTotals(1_000_000, 100, 1_000_000, NOW, NOW),
    micros=dict.fromkeys(Period, 10**12),
    refusals=dict.fromkeys(Reason, 1_000_000),
    case_counts=dict.fromkeys(CaseKind, 1_000_000),
    cases=Page([CASE] * 5),
    points=MemberPoints(dict.fromkeys(PointKind, 1_000), 31_622_399, Rung(100, RungAction.BLOCK, 31_622_399)),
)

TEXTS = {
    "list": case_words.case_list([CASE] * 10),
    "case": case_words.case_page(CASE),
    "edited case": case_words.case_page(CASE, [EarlierReason(1, 1, 1, WORST, NOW, LONGEST_ID)] * 9),
    "block case": case_words.case_page(replace(CASE, kind=CaseKind.BLOCK)),
    "warning case": case_words.case_page(replace(CASE, kind=CaseKind.WARN, undone_at=None)),
    "why": gate_words.why(
        LONGEST_ID,
        LONGEST_ID,
        Explanation([CheckResult(each, REFUSED) for each in Check], MEMBER.points),
        LONGEST_ID,
    ),
    "blocked": words.blocked(Blocked(CASE, BlockedMember(1, LONGEST_ID, CASE.number, NOW, None, WORST), 3)),
    "blocks": words.block_list([BlockedMember(1, LONGEST_ID, 1_234_567, NOW, NOW, WORST)] * 10),
    "warnings": kit_words.warnings([CASE] * 3),
    "paused": words.paused(CASE),
    "member": member_words.page(MEMBER, is_here=False),
    "queue": words.queue(ServerQueue(Page([WAITING] * 8), 10, 500, PAUSE, PAUSE, held=True), lambda _: True),
}


@pytest.mark.parametrize("name", TEXTS)
def test_at_its_longest_it_fits_into_a_message(name):
    assert len(TEXTS[name]) <= A_MESSAGE


@pytest.mark.parametrize("name", TEXTS)
def test_nothing_in_other_peoples_words_can_mention(name):
    assert "@@" not in TEXTS[name]
    assert r"\@\@" in TEXTS[name]


def test_every_kind_and_every_check_has_its_words():
    assert set(case_words.CASE_KINDS) == set(CaseKind)
    assert set(gate_words._PASSED) == set(Check) - {Check.PICTURE_OWNER}


def test_a_case_by_rule_names_the_bot_and_mentions_nobody():
    by_rule = replace(CASE, actor_id=BY_RULE)
    for text in (case_words.case_list([by_rule]), case_words.case_page(by_rule)):
        assert "by remix-bot, by rule," in text.lower()
        assert "<@0>" not in text
