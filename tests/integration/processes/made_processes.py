"""Processes of one PostgreSQL that stop beating."""

import threading

import sqlalchemy as sa

from bot.storage.engine.databases.server_clock import server_now, server_started
from bot.storage.engine.tables.processes import processes

SHORT_S = 2
"""The shortest lease that the setting takes."""
AN_HOUR_S = 3_600
PAUSE = threading.Event()


def until(is_so):
    while not is_so():
        PAUSE.wait(0.02)


def silence(run, lease, seconds=AN_HOUR_S, lease_s=SHORT_S):
    """Makes the last beat of a process that old, once the server has been there for its lease."""

    def change(connection):
        older = sa.type_coerce(processes.c.beat_at, sa.BigInteger) - seconds * 1_000_000
        where = processes.c.lease == lease
        connection.execute(sa.update(processes).where(where).values(beat_at=older, lease_s=lease_s))
        return connection.scalar(sa.select(server_now() - server_started())) > lease_s * 1_000_000

    if not run(change) and lease_s == SHORT_S:
        PAUSE.wait(SHORT_S)
