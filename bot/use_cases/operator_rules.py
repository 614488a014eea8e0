"""The limits and prices that the operator has set, in the form that use cases need."""

from dataclasses import dataclass, field
from datetime import timedelta

from bot.images.pictures import SourceLimits
from bot.rules.budgets import Ceilings, smallest
from bot.rules.limits import Limits
from bot.rules.points import Ladder
from bot.rules.policy_fields import Bounds
from bot.rules.prices import Prices, Speed, reservation
from bot.rules.sets import Amount
from bot.rules.unknown_outcomes import OnUnknownOutcome


@dataclass(frozen=True, slots=True)
class OperatorRules:
    """They apply to all servers.

    `ceilings`: what all servers together can spend; `server_ceilings` and `person_ceilings`: what one server, and one
    person in all servers, can. `queue_age`: how long a remix may wait. `slots`: paid calls at once. `billed_images`:
    images that one call may bill. `min_free_bytes`: with less free disk space new remixes are refused.
    `allowed_guild_ids`: empty means every server.
    `safety_refusals`: how many of a person within a day, in all servers, block them; 0 for never. `points_ladder`: what
    follows from points in all servers; it takes the place of `safety_refusals`.
    `image_hosts`: the
    hosts that results are fetched from. `longest_call`: after it Ideogram works on no paid call any more.
    `backup_max_age`: after it the operator hears that the last backup is old.
    """

    limits: Limits
    ceilings: Ceilings
    prices: Prices
    source: SourceLimits
    queue_age: timedelta
    min_free_bytes: int
    server_ceilings: Ceilings = field(default_factory=dict)
    person_ceilings: Ceilings = field(default_factory=dict)
    keep_pictures_days: int = 30
    keep_evidence: timedelta = timedelta(hours=24)
    evidence_public_key: str | None = None
    keep_sealed: timedelta = timedelta(days=365)
    keep_prompts_days: int = 90
    slots: int = 10
    billed_images: int = 1
    allowed_guild_ids: frozenset[int] = frozenset()
    on_unknown_outcome: OnUnknownOutcome = OnUnknownOutcome.PARK
    safety_refusals: int = 5
    points_ladder: Ladder | None = None
    max_prompt_chars: int = 2000
    image_hosts: frozenset[str] = frozenset()
    longest_call: timedelta = timedelta(minutes=5)
    backup_max_age: timedelta | None = None

    def reservation(self, speed: Speed, images: int = 1) -> int:
        """Micro-dollars to reserve for a remix: what one call for that many images may cost at most."""
        return reservation(speed, self.prices, self.billed_images * images)

    def price(self, speed: Speed, amount: Amount) -> int:
        """Micro-dollars to reserve for all that is asked for at once."""
        return self.reservation(speed, amount.images) * amount.calls

    @property
    def cheapest(self) -> int:
        """Micro-dollars that the cheapest remix needs."""
        return min(map(self.reservation, Speed))

    @property
    def anybody_spends_without_limit(self) -> bool:
        """Whether strangers can invite the bot and spend any amount of the operator's money."""
        return not self.allowed_guild_ids and not self.ceilings

    @property
    def bounds(self) -> Bounds:
        """The limits within which a server can choose its own."""
        return Bounds(
            self.limits,
            smallest(self.ceilings, self.server_ceilings),
            self.keep_pictures_days,
            self.cheapest,
            self.keep_prompts_days,
        )
