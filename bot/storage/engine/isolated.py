"""Does a part of a transaction so that a bad row in it undoes that part alone."""

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

# What a row can cause. Every other error of the driver is the database's, and ends the whole transaction.
_OF_ROWS = (sa.exc.IntegrityError, sa.exc.DataError)


def isolated(connection: Connection, part: Callable[[], None]) -> Exception | None:
    """Returns the error that undid it, None if it worked. Raises what the database itself fails with."""
    try:
        with connection.begin_nested():
            part()
    except sa.exc.DBAPIError as error:
        if not isinstance(error, _OF_ROWS):
            raise
        return error
    except Exception as error:  # noqa: BLE001 - the caller goes on without it
        return error
    return None
