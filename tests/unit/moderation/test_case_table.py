"""The table of cases is complete until it is full, and no cell of it is a formula or loses a digit of an id."""

import csv
from dataclasses import replace
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st

from bot.discord_app.moderation.lists.export import CaseTable, inert
from bot.rules.cases import BY_RULE
from tests.unit.moderation.test_moderation_words import CASE, LONGEST_ID


def rows(table):
    text = table.to_bytes().decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline="")))


def test_ids_are_text_and_a_case_by_rule_names_nobody():
    table = CaseTable()
    assert table.add([CASE, replace(CASE, actor_id=BY_RULE, target_id=None)])
    first, second = rows(table)
    assert (first["member"], first["channel"]) == (f"<@{LONGEST_ID}>", f"<#{LONGEST_ID}>")
    assert (second["moderator"], second["member"]) == ("by rule", "")


@given(st.text(max_size=40))
def test_no_reason_is_a_formula_and_each_is_kept(reason):
    table = CaseTable()
    table.add([replace(CASE, reason=reason)])
    (row,) = rows(table)
    assert row["reason"].removeprefix("'") == reason.removeprefix("'")
    assert not row["reason"].startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"))


def test_every_sign_that_begins_a_formula_is_quoted():
    assert [inert(f"{sign}1") for sign in "=+-@"] == ["'=1", "'+1", "'-1", "'@1"]
    assert inert(" =1") == "' =1"
    assert inert("a=1") == "a=1"


def test_a_full_table_ends_with_a_whole_row_and_says_so():
    table = CaseTable(largest=3_000)
    assert not table.add([replace(CASE, reason="ü" * 300)] * 10)
    assert table.is_full
    assert 0 < table.count < 10
    assert len(rows(table)) == table.count
    assert len(table.to_bytes()) < 3_500
