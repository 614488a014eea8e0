"""Says how many jobs go before another one, if the servers take turns and each serves its own jobs in their order."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerQueue:
    """The queued jobs of one server. The server with the lowest `turn` is served next, one job, and goes to the end."""

    turn: int
    waiting: int


def jobs_ahead(before: int, turn: int, others: Iterable[ServerQueue]) -> int:
    """How many jobs go before one that has `before` jobs of its own server, which has that `turn`, ahead of it.

    Until then, every other server is served as often as this one, and once more if its turn comes first.
    """
    return before + sum(min(other.waiting, before + (other.turn < turn)) for other in others)
