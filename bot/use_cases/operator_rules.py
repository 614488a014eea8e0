"""What the operator has set, as the use cases read it."""

from dataclasses import dataclass
from datetime import timedelta

from bot.images.prepare import SourceLimits
from bot.rules.budgets import Ceilings
from bot.rules.limits import Limits
from bot.rules.policy_fields import Bounds
from bot.rules.prices import Prices, Speed, reservation
from bot.rules.unknown_outcomes import OnUnknownOutcome


@dataclass(frozen=True, slots=True)
class OperatorRules:
    """Limits and prices for all servers.

    `queue_age`: how long a remix may wait. `slots`: paid calls at once. `billed_images`: images that one call may bill.
    `min_free_bytes`: with less free disk space no new remix is accepted. `allowed_guild_ids` empty: every server.
    """

    limits: Limits
    ceilings: Ceilings
    prices: Prices
    source: SourceLimits
    queue_age: timedelta
    min_free_bytes: int
    keep_pictures_days: int = 30
    slots: int = 10
    billed_images: int = 1
    allowed_guild_ids: frozenset[int] = frozenset()
    on_unknown_outcome: OnUnknownOutcome = OnUnknownOutcome.PARK

    def reservation(self, speed: Speed) -> int:
        """Micro-dollars to set aside for a remix."""
        return reservation(speed, self.prices, self.billed_images)

    @property
    def cheapest(self) -> int:
        """Micro-dollars that the cheapest remix needs."""
        return min(map(self.reservation, Speed))

    @property
    def bounds(self) -> Bounds:
        """What a server can set at most."""
        return Bounds(self.limits, self.ceilings, self.keep_pictures_days, self.cheapest)
