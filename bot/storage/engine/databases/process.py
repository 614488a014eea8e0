"""What one bot process knows of itself and of the others that work on the same database."""

from typing import Protocol

from sqlalchemy.engine import Connection


class Process(Protocol):
    """All of it returns at once, from any thread."""

    @property
    def may_act(self) -> bool:
        """Whether it may begin a paid call or a post. False: the others may be about to take its work over."""

    @property
    def leads(self) -> bool:
        """Whether it is the one that does what only one process may do, such as housekeeping."""

    @property
    def workers(self) -> int:
        """How many processes make remixes, with this one if it does."""

    @property
    def count(self) -> int:
        """How many processes there are, with this one. All of them call Discord."""

    def is_member(self, connection: Connection) -> bool:
        """Whether the others still count on it, for the transaction that `connection` is in.

        After False it must not claim, nor begin a call or a post: its jobs are with others.
        """


class OnlyProcess:
    """On SQLite: the lock file keeps every other process out."""

    may_act = True
    leads = True
    workers = 1
    count = 1

    def is_member(self, connection: Connection) -> bool:  # noqa: ARG002 - see Process
        return True
