"""The weight ladder that More offers, with its price."""

from bot.discord_app.kit.features import Features
from bot.rules.prices import Speed
from bot.rules.sets import LADDER
from bot.use_cases.remixes.sets.offer import ladder_speed


async def ladder_offer(features: Features, job_id: int, guild_id: int | None) -> tuple[Speed, int] | None:
    """Its speed, and its whole price in micro-dollars."""
    speed = await ladder_speed(features.core, job_id, guild_id or 0)
    return None if speed is None else (speed, features.rules.price(speed, LADDER))
