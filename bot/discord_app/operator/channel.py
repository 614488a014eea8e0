"""Posts notices in the operator's channel. The bot's log has them too, so a failed message loses nothing."""

import hashlib
from collections.abc import Sequence

import discord
import structlog

from bot.discord_app.kit.sending import SendError, send
from bot.discord_app.operator import alarm_words, words
from bot.ideogram.lifecycle import Lifecycle
from bot.rules.alarms import OpenAlarm
from bot.rules.budgets import BudgetWarning
from bot.rules.generations import IdeogramApi
from bot.storage.matters.sealed import Evidence
from bot.use_cases.ports import OftenRefused, PersonPointed

_NONCE_CHARS = 25

log = structlog.get_logger(__name__)


class OperatorChannel:
    """The OperatorNotices of the use cases. Without a channel it does nothing."""

    def __init__(self, client: discord.Client, channel_id: int | None) -> None:
        self._client = client
        self._channel_id = channel_id

    async def warn_of_budget(self, warning: BudgetWarning) -> None:
        await self._post(words.budget_warning(warning))

    async def warn_of_deprecation(self, api: IdeogramApi, lifecycle: Lifecycle) -> None:
        await self._post(words.deprecation(api, lifecycle))

    async def tell_of_refusals(self, refused: OftenRefused) -> None:
        await self._post(words.often_refused(refused))

    async def tell_of_points(self, pointed: PersonPointed) -> None:
        await self._post(words.many_points(pointed))

    async def tell_of_illegal(self, evidence: Evidence, *, is_kept: bool) -> None:
        await self._post(words.reported_as_illegal(evidence, is_kept=is_kept))

    async def announce(self, alarms: Sequence[OpenAlarm]) -> int:
        if self._channel_id is None:
            return len(alarms)
        text, told = alarm_words.message(alarms)
        # After a lost response the same message is tried again, and Discord must not show it twice.
        nonce = hashlib.sha256(repr([_told(each) for each in alarms[:told]]).encode()).hexdigest()[:_NONCE_CHARS]
        return told if await self._post(text, nonce) else 0

    async def _post(self, text: str, nonce: str | None = None) -> bool:
        """True: Discord has it, or there is no channel. Logs what Discord refuses."""
        if self._channel_id is None:
            return True
        channel = self._client.get_partial_messageable(self._channel_id)
        try:
            await send(channel, text, nonce=nonce)
        except SendError as error:
            log.warning("could not post in the operator's channel", error=str(error))
            return False
        return True


def _told(alarm: OpenAlarm) -> tuple[object, ...]:
    return alarm.key, alarm.began_at, alarm.over_at, alarm.announced_at
