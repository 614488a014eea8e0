"""What `remix-bot doctor` finds out about a server, and what it says of it."""

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from bot.cli.checks.database_checks import _doubts, _server
from bot.cli.checks.findings import Verdict
from bot.storage.engine.databases.postgresql import read_snapshot
from bot.storage.engine.databases.server_facts import read_server_facts


@pytest.fixture
def facts(url):
    return read_snapshot(url, read_server_facts, None)


def test_a_server_as_it_should_be_is_fine(url, facts):
    assert (facts.encoding, facts.is_standby, facts.may_create, facts.closed) == ("UTF8", False, True, ())
    assert not facts.is_pooled
    assert abs(facts.ahead) < timedelta(seconds=5)
    (found,) = _server(url)
    assert found.verdict is Verdict.OK
    assert f"PostgreSQL {facts.version} answers" in found.sentence


def test_an_account_without_its_rights_is_named(url):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE ROLE reader LOGIN")
        try:
            connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
            (found,) = _server(url.replace("bot@", "reader@"))
        finally:
            connection.execute("DROP OWNED BY reader")
            connection.execute("DROP ROLE reader")
    assert found.verdict is Verdict.FAIL
    assert "cannot change the table alarms" in found.sentence


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"is_standby": True}, "a standby"),
        ({"may_create": False}, "cannot make tables"),
        ({"encoding": "SQL_ASCII"}, "SQL_ASCII"),
        ({"is_pooled": True}, "A pooler stands before"),
        ({"ahead": timedelta(seconds=-30)}, "differs from the server's by -30 s"),
    ],
)
def test_each_doubt_has_a_sentence(facts, changed, says):
    (found,) = _doubts(replace(facts, **changed))
    assert says in found.sentence
    assert found.remedy
