"""The log's entries: short, complete for every kind there is, and harmless whatever people have written."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord_app.server_log import words as log_replies
from bot.discord_app.server_log.channel import log_card
from bot.rules.budgets import BudgetWarning, Period
from bot.rules.cases import CaseKind
from bot.rules.failures import FailureKind
from bot.rules.refusals import Reason, Refused
from bot.storage.moderation.case_reasons import EarlierReason
from bot.storage.moderation.cases import Case
from bot.storage.remixes.results import Post
from bot.storage.server_log.refusal_log import Refusal
from bot.use_cases.server_log.log_facts import (
    BudgetSpent,
    CaseAdded,
    OftenUnsafe,
    ReasonChanged,
    RefusedByRule,
    RemixFailed,
    RemixMade,
)
from bot.use_cases.server_log.write_log import IN_A_MESSAGE
from tests.unit.remixes.made_jobs import NOW
from tests.unit.remixes.made_jobs import job as made_job

ID = 2**63 - 1
POSTS = [Post(part, ID, ID, (part,)) for part in range(3)]


def case(kind, reason=None):
    empty = dict.fromkeys(Case.__dataclass_fields__)
    link = {"job_id": ID, "channel_id": ID, "message_id": ID}
    known = {"guild_id": ID, "number": 7, "kind": kind, "at": NOW, "actor_id": ID, "target_id": ID, "reason": reason}
    return Case(**{**empty, **link, **known, "until": NOW, "details": {}})


def refusal(reason):
    return Refusal(1, ID, ID, ID, NOW, reason)


@pytest.mark.parametrize("reason", [reason for reason in Reason if Refused(reason).by_rule])
def test_every_refusal_by_a_rule_has_its_words(reason):
    assert log_replies.entry(RefusedByRule(refusal(reason))).startswith("**Refused**")


@pytest.mark.parametrize("kind", [CaseKind.NOTE, CaseKind.UNNOTE])
def test_a_note_is_not_shown_where_members_might_read_the_log(kind):
    assert "secret" not in log_replies.entry(CaseAdded(case(kind, "a secret")))
    before = EarlierReason(1, ID, 7, "a secret", NOW, ID)
    assert "secret" not in log_replies.entry(ReasonChanged(before, "another secret", kind))


@pytest.mark.parametrize("kind", [CaseKind.DISMISS, CaseKind.CONFIRM])
def test_members_do_not_read_in_the_log_whose_result_was_reported(kind):
    decided = CaseAdded(case(kind, "a secret"))
    assert str(ID) in log_replies.entry(decided)
    public = log_replies.entry(replace(decided, case=replace(decided.case, actor_id=5)), for_moderators=False)
    assert (str(ID) in public, "secret" in public) == (False, False)
    changed = ReasonChanged(EarlierReason(1, ID, 7, "a secret", NOW, 5), "another secret", kind)
    assert "secret" not in log_replies.entry(changed, for_moderators=False)


def test_members_do_not_read_in_the_log_what_a_moderator_answered_to_an_appeal():
    kept = CaseAdded(replace(case(CaseKind.UPHOLD, "a secret"), details={"appeal": "1"}))
    assert "secret" in log_replies.entry(kept)
    assert "secret" not in log_replies.entry(kept, for_moderators=False)
    changed = ReasonChanged(EarlierReason(1, ID, 7, "a secret", NOW, 5), "a secret", CaseKind.UPHOLD, of_appeal=True)
    assert "secret" in log_replies.entry(changed)
    assert "secret" not in log_replies.entry(changed, for_moderators=False)


@pytest.mark.parametrize("everywhere", [False, True])
def test_an_entry_about_safety_refusals_names_the_member_their_number_and_the_case(everywhere):
    text = log_replies.entry(OftenUnsafe(case(CaseKind.BLOCK), 3, everywhere))
    assert text.startswith(f"**Safety refusals** · <@{ID}> · Ideogram's safety check refused 3 of their remixes")
    assert "Case 7 blocks them until <t:" in text
    assert ("in all servers together" in text) is everywhere


@pytest.mark.parametrize("kind", CaseKind)
def test_every_kind_of_case_has_its_words(kind):
    text = log_replies.entry(CaseAdded(case(kind)))
    assert text.startswith("**Case 7**")
    assert f"> {kind} <" not in text


def changed(kind, **details):
    return log_replies.entry(CaseAdded(replace(case(kind), details=details)))


def test_a_change_of_the_settings_tells_before_and_after_short_and_harmless():
    text = changed(CaseKind.CONFIG, field="cooldown", before=0, after=300)
    assert text.endswith("\ncooldown: 0s → 5m")
    assert changed(CaseKind.GRANT, remixes=3, interaction_id=5).endswith("\n3 extra remixes")
    text = changed(CaseKind.CONFIG, field="channels", before=[1], after=list(range(10**18, 10**18 + 25)))
    assert text.rpartition("\n")[2].startswith("channels: <#1> → <#1000000000000000000>, ")
    assert len(text.rpartition("\n")[2]) < 220
    text = changed(CaseKind.CONFIG, field="a field of a later version", before="<#1>", after="@everyone " * 90)
    assert "<#1>" not in text.replace("\\", "\0")
    assert len(text.rpartition("\n")[2]) < 350


def test_repeats_tell_how_many():
    text = log_replies.entry(RefusedByRule(refusal(Reason.COOLDOWN), 3))
    assert text.endswith("cooldown · 3 more times within a minute")


@pytest.mark.parametrize("kind", FailureKind)
def test_no_failure_shows_the_prompt(kind):
    job = made_job(prompt="a terrible secret", failure_kind=kind)
    assert "secret" not in log_replies.entry(RemixFailed(job, 60_000))


@pytest.mark.parametrize("percent", [50, 80, 100])
def test_a_budgets_warning_tells_how_much_and_when_it_begins_anew(percent):
    warning = BudgetWarning(Period.MONTH, percent, 4_000_000, 5_000_000, NOW + timedelta(days=3))
    text = log_replies.entry(BudgetSpent(warning))
    assert "$4.00 of $5.00" in text
    assert "<t:" in text


@given(st.text(max_size=2000))
def test_nothing_breaks_out_of_a_prompt_or_a_reason(words):
    for text in (
        log_replies.entry(RemixMade(made_job(prompt=words), 60_000, POSTS)),
        log_replies.entry(CaseAdded(case(CaseKind.BLOCK, words))),
    ):
        _, quoted = text.split("\n")
        assert quoted.startswith("> ")
        bare = quoted.removeprefix("> ")
        for sign in "*_`~|<>@#[]()":
            assert bare.count(sign) == bare.count(f"\\{sign}")


@given(st.text(max_size=2000))
def test_a_full_message_fits_discords_limits(words):
    job = replace(made_job(prompt=words), id=10**17)
    view = log_card([RemixMade(job, 10**9, POSTS)] * IN_A_MESSAGE)
    assert view.content_length() <= 4000
    assert len(list(view.walk_children())) <= 40
    assert log_card([CaseAdded(case(CaseKind.REMOVE, words))] * IN_A_MESSAGE).content_length() <= 4000
