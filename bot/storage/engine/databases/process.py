"""What one bot process knows of itself and of the others that work on the same database."""

from collections.abc import Callable, Collection
from typing import Protocol

from sqlalchemy.engine import Connection

from bot.rules.request_shares import PER_SECOND


class Process(Protocol):
    """All of it returns at once, from any thread."""

    @property
    def may_act(self) -> bool:
        """Whether it may begin a paid call or a post. False: the others may be about to take its work over."""

    @property
    def leads(self) -> bool:
        """Whether it is the one that does what only one process may do, such as housekeeping."""

    @property
    def is_first_worker(self) -> bool:
        """Whether it says what every process that makes remixes finds out."""

    @property
    def name(self) -> str:
        """What operators call it. Empty: there is only this process."""

    @property
    def workers(self) -> int:
        """How many processes make remixes, with this one if it does."""

    @property
    def count(self) -> int:
        """How many processes there are, with this one. All of them call Discord."""

    @property
    def requests_per_s(self) -> int:
        """How many requests a second this process may send to Discord."""

    def share_requests(self, wanted_per_s: Callable[[], int]) -> None:
        """Each beat tells the others how many requests this process wanted to send. It may call it from any thread."""

    def after_beats(self, heard: Callable[[], object]) -> None:
        """Call `heard` after each beat, from another thread. It replaces the one before."""

    @property
    def others_died(self) -> bool:
        """Whether the last beat found processes that are dead, so that their work is to be taken over."""

    def is_member(self, connection: Connection) -> bool:
        """Whether the others still count on it, for the transaction that `connection` is in.

        After False it must not claim, nor begin a call or a post: its jobs are with others.
        """

    def remove_dead(self, connection: Connection) -> int:
        """Delete the rows of dead processes, in the transaction that takes their work over. Returns how many."""

    def living(self, connection: Connection) -> Collection[str] | None:
        """The leases whose jobs are in somebody's hands. None: there is only this process."""


class OnlyProcess:
    """On SQLite: the lock file keeps every other process out."""

    may_act = True
    leads = True
    is_first_worker = True
    name = ""
    workers = 1
    count = 1
    others_died = False
    requests_per_s = PER_SECOND

    def share_requests(self, wanted_per_s: Callable[[], int]) -> None:
        """Nobody else sends any."""

    def after_beats(self, heard: Callable[[], object]) -> None:
        """It has none."""

    def is_member(self, connection: Connection) -> bool:  # noqa: ARG002 - see Process
        return True

    def remove_dead(self, connection: Connection) -> int:  # noqa: ARG002 - see Process
        return 0

    def living(self, connection: Connection) -> Collection[str] | None:  # noqa: ARG002 - see Process
        return None
