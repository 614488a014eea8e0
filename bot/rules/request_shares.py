"""Divides Discord's limit of requests a second among the processes of one bot."""

from collections.abc import Sequence

PER_SECOND = 50
"""Of one bot over all its processes: https://discord.com/developers/docs/topics/rate-limits#global-rate-limit"""
LEAST = 5
"""What each process has, whatever the others send."""


def share(own: int, others: Sequence[int]) -> int:
    """How many requests a second this process may send; at least one. All processes together: `PER_SECOND` at most.

    `own` and `others`: how many each wanted to send a second lately. A process that wanted none keeps a few, with which
    it can begin at once, and the others divide the rest.
    """
    count = 1 + len(others)
    floor = min(LEAST, PER_SECOND // count)
    rest, wanted = PER_SECOND - floor * count, own + sum(others)
    more = rest * own // wanted if wanted else rest // count
    return max(1, floor + more)
