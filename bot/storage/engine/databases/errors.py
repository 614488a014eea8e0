"""What the database raises besides SQLAlchemy's errors."""


class DatabaseUnavailableError(Exception):
    """The database could not do it, and nothing was stored: disk full, file locked or read-only, database closed."""


class DatabaseAwayError(DatabaseUnavailableError):
    """The server does not answer, or this process has lost its lock on the database. It may be back in a moment."""


class CommandLockLostError(DatabaseUnavailableError):
    """A command has lost the lock that keeps bot processes out, so one may run by now. Nothing was stored."""


class CannotConnectError(DatabaseAwayError):
    """The first connection failed: the server, the name or the password is wrong, or the server is down or too old."""


class OutcomeUnknownError(DatabaseUnavailableError):
    """The exception to that: COMMIT failed, and nobody could find out whether it was stored all the same.

    To try again, read first what is there.
    """


class DatabaseInUseError(Exception):
    """Another bot process uses the database, or the part of it that this one asked for."""


class WroteError(Exception):
    """A function that should only read has written, or tried to. Nothing was stored. It is a fault of the bot."""
