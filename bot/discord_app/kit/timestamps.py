"""Moments as each reader's Discord shows them, in their own time zone and language."""

from datetime import datetime
from math import ceil


def timestamp(moment: datetime) -> str:
    """`in 2 minutes`. Never too early."""
    return f"<t:{ceil(moment.timestamp())}:R>"


def day_and_time(moment: datetime) -> str:
    """`31 May 2026 14:00`."""
    return f"<t:{ceil(moment.timestamp())}:f>"
