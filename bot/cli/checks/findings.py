"""What a check of `remix-bot doctor` finds, and what the checks look at."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from bot.discord_app.account import Account, read_account
from bot.discord_app.reach import Reach, logged_in
from bot.settings.settings import Settings


class Verdict(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence, and what to do about it. `check` is a stable name: scripts read it in `--json`."""

    check: str
    verdict: Verdict
    sentence: str
    remedy: str = ""


def ok(check: str, sentence: str) -> Finding:
    return Finding(check, Verdict.OK, sentence)


def note(check: str, sentence: str, remedy: str) -> Finding:
    """Nothing is wrong, but it could be better."""
    return Finding(check, Verdict.OK, sentence, remedy)


def warn(check: str, sentence: str, remedy: str) -> Finding:
    return Finding(check, Verdict.WARN, sentence, remedy)


def fail(check: str, sentence: str, remedy: str) -> Finding:
    return Finding(check, Verdict.FAIL, sentence, remedy)


def skipped(check: str, sentence: str) -> Finding:
    return Finding(check, Verdict.SKIPPED, sentence)


@dataclass(slots=True)
class Subject:
    """What is examined. The answers that several checks need are asked for once."""

    settings: Settings
    env_file: Path
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _open: AsyncExitStack = field(default_factory=AsyncExitStack, init=False)
    _account: "asyncio.Task[Account] | None" = field(default=None, init=False)
    _reach: "asyncio.Task[Reach] | None" = field(default=None, init=False)

    async def account(self) -> Account:
        """Raises TokenRefusedError and DiscordOutOfReachError."""
        self._account = self._account or _begin(read_account(self._token, self.clock, self.settings.discord_proxy))
        # Shielded: the time limit of one check must not end the question for the others.
        return await asyncio.shield(self._account)

    async def reach(self) -> Reach:
        """Raises what `account` raises, and what DISCORD_FAILED lists."""
        await self.account()
        self._reach = self._reach or _begin(
            self._open.enter_async_context(logged_in(self._token, self.settings.discord_proxy))
        )
        return await asyncio.shield(self._reach)

    async def aclose(self) -> None:
        asked = [task for task in (self._account, self._reach) if task is not None]
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        await self._open.aclose()

    @property
    def _token(self) -> str:
        return self.settings.discord_token.get_secret_value()


def _begin(question: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
    return asyncio.create_task(question)
