"""A deprecated API is reported to the operator once, an older one only to the log."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from bot.ideogram.lifecycle import Lifecycle
from bot.rules.generations import IdeogramApi
from bot.use_cases.operator.watch_api import WatchApi

PAGE = "https://developer.ideogram.ai/v2/api-reference/images/remix/ideogram-4"


class Operator:
    """Keeps the deprecations it is warned of."""

    def __init__(self) -> None:
        self.warned: list[tuple[IdeogramApi, Lifecycle]] = []

    async def warn_of_deprecation(self, api, lifecycle):
        self.warned.append((api, lifecycle))


@asynccontextmanager
async def watched(bot, operator):
    watching = asyncio.create_task(WatchApi(bot.ideogram, operator, bot.core.process).run())
    yield watching
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def work(bot, times):
    for _ in range(times):
        await bot.work((await bot.remix()).id)


@pytest.mark.parametrize("api", IdeogramApi, ids=str)
async def test_a_deprecation_is_reported_once_a_start_however_many_responses_carry_it(bot, api):
    bot.stand_in.dials.deprecated = True
    operator = Operator()
    async with watched(bot, operator) as watching:
        with capture_logs() as logged:
            await work(bot, 3)
        warnings = [line for line in logged if line["log_level"] == "warning"]
        if api is IdeogramApi.V2:
            assert (operator.warned, warnings, watching.done()) == ([], [], False)
            return
    since = datetime(2026, 4, 29, tzinfo=UTC)
    assert operator.warned == [(api, Lifecycle(is_deprecated=True, deprecated_since=since, successor=PAGE))]
    assert [(line["api"], line["since"], line["successor"]) for line in warnings] == [(api, "2026-04-29", PAGE)]


async def test_of_several_workers_the_first_one_reports_it(bot):
    bot.stand_in.dials.deprecated = True
    bot.core.process.is_first_worker = False
    operator = Operator()
    async with watched(bot, operator) as watching:
        await work(bot, 1)
        await watching
    assert operator.warned == []


async def test_an_older_version_is_one_line_in_the_log_and_a_later_deprecation_is_reported(bot):
    operator = Operator()
    async with watched(bot, operator) as watching:
        with capture_logs() as logged:
            await work(bot, 2)
        assert [line["successor"] for line in logged if "newer version" in line["event"]] == [PAGE]
        assert (operator.warned, watching.done()) == ([], False)
        bot.stand_in.dials.deprecated = True
        await work(bot, 1)
        await watching
    assert [lifecycle.is_deprecated for _, lifecycle in operator.warned] == [True]
