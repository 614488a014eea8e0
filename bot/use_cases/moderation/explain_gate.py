"""Explains why a member can, or cannot, make a remix now, by every check of the gate."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.rules import gate
from bot.rules.gate import CheckResult
from bot.rules.raids import Raid
from bot.rules.reviews import Review
from bot.storage.engine.database import Connection
from bot.use_cases.core import Core
from bot.use_cases.moderation.oversight.member_points import MemberPoints, read_points
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.remixes.gate_facts import Asker, Wanted, read_standing, read_submission


@dataclass(frozen=True, slots=True)
class Explanation:
    """The result of every check, and what else moderators want to know then: the points of the member, and raid mode.

    `in_raid`: raid mode is about this member.
    `review`: why moderators would look at the result first.
    """

    results: Sequence[CheckResult]
    points: MemberPoints
    raid: Raid | None = None
    in_raid: bool = False
    review: Review | None = None


async def explain_gate(core: Core, rules: OperatorRules, asker: Asker) -> Explanation:
    """In the order of the gate, for a remix at the server's default speed. Only reads: no refusal is recorded."""

    def trace(connection: Connection) -> Explanation:
        now = core.clock()
        standing = read_standing(connection, asker.guild_id, asker.user_id, asker.channel_ids, rules.allowed_guild_ids)
        speed = standing.policy.speed
        wanted = Wanted(rules.reservation(speed), speed)
        submission = read_submission(connection, asker, standing.policy, rules, wanted, now)
        points = read_points(connection, asker.guild_id, asker.user_id, now)
        in_raid = gate.is_in_raid(standing, submission.member, now)
        review = gate.find_review(standing, submission.member, now)
        return Explanation(gate.trace(standing, submission, now), points, standing.raid, in_raid, review)

    return await core.database.read(trace)
