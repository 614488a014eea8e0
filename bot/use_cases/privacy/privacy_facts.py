"""Reads what `/remix-privacy` shows: for how long this server keeps what, and whether data is being erased."""

from dataclasses import dataclass
from datetime import datetime

from bot.rules.erasures import ErasureKind
from bot.storage.engine.database import Connection
from bot.storage.privacy import erasures, opt_outs
from bot.storage.standing import policies
from bot.use_cases.core import Core
from bot.use_cases.operator_rules import OperatorRules


@dataclass(frozen=True, slots=True)
class PrivacyFacts:
    """`erasing_since`: when the person asked to be forgotten, if that is not finished.

    `opted_out_since`: since when nobody else can remix their pictures.
    """

    prompts_days: int
    pictures_days: int
    erasing_since: datetime | None
    opted_out_since: datetime | None = None


async def privacy_facts(core: Core, rules: OperatorRules, user_id: int, guild_id: int | None) -> PrivacyFacts:
    """Without a server: the operator's own settings."""

    def read(connection: Connection) -> PrivacyFacts:
        prompts, pictures = rules.keep_prompts_days, rules.keep_pictures_days
        if guild_id is not None:
            policy = policies.read(connection, guild_id)
            prompts = min(prompts, policy.keep_prompts_days or prompts)
            pictures = min(pictures, policy.keep_pictures_days or pictures)
        newest = erasures.newest(connection, ErasureKind.PERSON, user_id)
        since = newest.asked_at if newest is not None and newest.finished_at is None else None
        return PrivacyFacts(prompts, pictures, since, opt_outs.since(connection, user_id))

    return await core.database.read(read)
