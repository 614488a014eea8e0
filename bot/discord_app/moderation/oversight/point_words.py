"""What moderators read about a member's points."""

from bot.rules.durations import write_seconds
from bot.rules.points import Rung, RungAction
from bot.use_cases.moderation.oversight.member_points import Cleared, MemberPoints
from bot.use_cases.moderation.oversight.point_words import counted

NO_POINTS = "That member has no points that count. Nothing was changed."


def line(points: MemberPoints) -> str:
    """`Points: 3 in 30d (3 for refused words) · at 5: blocked for 1d`."""
    within = write_seconds(points.time_s)
    which = f" ({counted(points.by_kind)})" if points.total else ""
    return f"Points: {points.total} in {within}{which}{_next(points.total, points.next)}"


def _next(total: int, rung: Rung | None) -> str:
    if rung is None:
        return ""
    at = f"at {rung.points}" if rung.points > total else "with the next one"
    if rung.action is RungAction.WARN:
        return f" · {at}: a warning"
    length = f"for {write_seconds(rung.length_s)}" if rung.length_s is not None else "until a moderator lifts it"
    return f" · {at}: blocked {length}"


def cleared(done: Cleared) -> str:
    what, count = ("1 point", "counts") if done.points == 1 else (f"{done.points} points", "count")
    return (
        f"**Case {done.case.number}.** {what} of <@{done.case.target_id}> no longer {count}. A warning or a block that "
        "they led to stays: `undo` its own case."
    )
