"""What the database raises besides SQLAlchemy's errors."""


class DatabaseUnavailableError(Exception):
    """The database could not do it, and nothing was stored: disk full, file locked or read-only, database closed."""


class OutcomeUnknownError(DatabaseUnavailableError):
    """The exception to that: COMMIT failed, and nobody could find out whether it was stored all the same.

    To try again, read first what is there.
    """
