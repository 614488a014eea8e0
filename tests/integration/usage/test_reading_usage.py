"""The usage of a server over many days: every day once, from one snapshot, and beside the connection that writes."""

from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.use_cases.usage.read_usage import read_usage
from tests.integration.made_storage import START, add_job

HERE = 11


@pytest.fixture
def opened():
    """How many connections were opened."""
    count = Counter()

    def connected(*_):
        count["connections"] += 1

    sa.event.listen(sa.Pool, "connect", connected)
    yield count
    sa.event.remove(sa.Pool, "connect", connected)


async def test_a_report_of_ninety_days_opens_one_connection(core, clock, opened):
    for days in (0, 1, 89, 90):
        await core.database.transaction(add_job, 1, START - timedelta(days=days), guild_id=HERE)
    opened.clear()

    usage = await read_usage(core, HERE, 90)

    assert opened == {"connections": 1}
    assert len(usage.days) == 90
    assert [row.day for row in usage.used] == [(clock() - timedelta(days=days)).date() for days in (89, 1, 0)]
