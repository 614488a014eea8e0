"""Values of a SQLite file that PostgreSQL takes, that are changed for it, and that are refused."""

import pytest
import sqlalchemy as sa

from bot.storage.engine.copying.values import Replaced, decode
from bot.storage.engine.tables import metadata
from bot.storage.engine.tables.remixes import UtcTime


def check(type_, value, replaced=None):
    table = sa.Table("t", sa.MetaData(), sa.Column("c", type_))
    return (replaced or Replaced()).check_of(table.c.c)(value)


@pytest.mark.parametrize(
    ("type_", "value", "copied"),
    [
        (sa.Integer(), 2**31 - 1, 2**31 - 1),
        (sa.Integer(), -(2**31), -(2**31)),
        (sa.BigInteger(), 2**63 - 1, 2**63 - 1),
        (UtcTime(), 1_700_000_000_000_000, 1_700_000_000_000_000),
        (sa.Boolean(), 1, True),
        (sa.Boolean(), 0, False),
        (sa.JSON(), '{"a": "\\u0000"}', '{"a": "\\u0000"}'),
        (sa.Text(), "fox é \N{FOX FACE}", "fox é \N{FOX FACE}"),
        *((type_, None, None) for type_ in (sa.Integer(), sa.Boolean(), sa.JSON(), sa.Text(), UtcTime())),
    ],
)
def test_what_postgresql_takes_is_copied_as_it_is(type_, value, copied):
    replaced = Replaced()
    found = check(type_, value, replaced)
    assert (found, type(found)) == (copied, type(copied))
    assert replaced.texts == {}


@pytest.mark.parametrize("raw", [b"a\0b", b"a\xffb", b"a\xed\xa0\x80b"])
def test_a_text_that_postgresql_does_not_store_gets_a_replacement_and_is_counted(raw):
    replaced = Replaced()
    found = check(sa.Text(), decode(raw), replaced)
    assert found.strip("ab").strip("\N{REPLACEMENT CHARACTER}") == ""
    assert found.encode()
    assert replaced.texts == {"t.c": 1}


@pytest.mark.parametrize(
    ("type_", "value", "says"),
    [
        (sa.Integer(), 2**31, "too large"),
        (sa.Integer(), -(2**31) - 1, "too large"),
        (sa.BigInteger(), 1.5, "no whole number"),
        (sa.BigInteger(), "7", "no whole number"),
        (UtcTime(), "2026-01-01", "no whole number"),
        (sa.Boolean(), 2, "neither 0 nor 1"),
        (sa.Boolean(), "yes", "neither 0 nor 1"),
        (sa.Text(), b"fox", "no text"),
        (sa.JSON(), "{", "no JSON"),
        (sa.JSON(), "[NaN]", "no JSON"),
        (sa.JSON(), 7, "no JSON"),
    ],
)
def test_what_postgresql_cannot_store_is_refused(type_, value, says):
    with pytest.raises(ValueError, match=says):
        check(type_, value)


def test_somebody_has_said_how_to_copy_every_column():
    assert [Replaced().check_of(column) for table in metadata.sorted_tables for column in table.columns]
