"""Several processes of the bot on one PostgreSQL, frozen past their lease, killed, and without their database.

A short form of the runs of `make chaos`, on one fleet because each start takes a second.
"""

import asyncio

from tests.chaos.fleets.fleet import open_fleet
from tests.chaos.fleets.fleet_kills import FleetKills
from tests.chaos.fleets.outages import Outages
from tests.chaos.fleets.split_brain import SplitBrain
from tests.chaos.forked_bots import Nest

SEED = 20261130
SLOTS = 3


async def test_whatever_ends_or_stops_nothing_is_lost_paid_twice_or_posted_twice(tmp_path, postgresql, nest_link):
    nest, limit = Nest(nest_link), {"IDEOGRAM_MAX_IN_FLIGHT": SLOTS}
    async with open_fleet(tmp_path, postgresql, nest, latency_s=1.0, **limit) as fleet:
        thawed = await SplitBrain(fleet, SEED).run(1, ("gateway", "worker", "worker"))
        assert thawed.is_harmless, str(thawed)
        outages = Outages(fleet, SEED)
        await outages.ask_for(0.5)
        await asyncio.to_thread(postgresql.restart)
        survived = await outages.survived()
        assert survived.is_harmless, str(survived)
        outcome = await FleetKills(fleet, SEED, ()).run(2)
        assert outcome.is_harmless, str(outcome)
        assert fleet.ideogram.peak_in_flight <= SLOTS
