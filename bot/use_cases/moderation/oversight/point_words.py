"""The reasons of the warnings and blocks that a ladder of points leads to. Moderators and the member read them."""

from collections.abc import Mapping

from bot.rules.durations import spell_seconds
from bot.rules.points import PointKind

_KINDS = {
    PointKind.WORD: "refused words",
    PointKind.PICTURE: "refused pictures",
    PointKind.SAFETY: "safety refusals",
    PointKind.REPORT: "upheld reports",
}


def counted(by_kind: Mapping[PointKind, int]) -> str:
    """`2 for refused words, 2 for upheld reports`."""
    return ", ".join(f"{by_kind[kind]} for {_KINDS[kind]}" for kind in PointKind if by_kind.get(kind))


def by_ladder(points: int, by_kind: Mapping[PointKind, int], time_s: int) -> str:
    """For what a server's ladder leads to."""
    which = f" ({counted(by_kind)})" if by_kind else ""
    return f"By rule, for {_points(points)} within {spell_seconds(time_s)}{which}."


def by_operator(points: int, time_s: int) -> str:
    """For what the operator's ladder leads to. What happened in other servers is not for the moderators of this one."""
    return f"By a rule of my operator, for {_points(points)} over all servers within {spell_seconds(time_s)}."


def _points(count: int) -> str:
    return "1 point" if count == 1 else f"{count} points"
