"""Formats text for messages: escapes people's words, shows times in each reader's time zone, links to messages."""

import re
from datetime import datetime, timedelta
from math import ceil

from bot.rules.visible_text import one_line, shorten

# Every ASCII character that means something to Discord in markdown, mentions, emoji, timestamps or links:
# https://discord.com/developers/docs/reference#message-formatting
_SIGNS = re.compile(r"([\\`*_~|<>#@:/\[\]()\-+.{}])")
LONGEST_REASON = 300
"""Characters. The longest reason that moderators and the operator can give, and that people read."""


def plain(text: str, limit: int) -> str:
    """One line that shows the text as it was typed, with at most `limit` characters before escaping."""
    return _SIGNS.sub(r"\\\1", shorten(one_line(text), limit))


def quote(text: str, limit: int) -> str:
    """Like `plain`, in a block quote."""
    return f"> {plain(text, limit)}"


def timestamp(moment: datetime) -> str:
    """Shown as `in 2 minutes`. Rounded up, so that nobody comes a second too early."""
    return f"<t:{ceil(moment.timestamp())}:R>"


def day_and_time(moment: datetime) -> str:
    """Shown as `31 May 2026 14:00`."""
    return f"<t:{ceil(moment.timestamp())}:f>"


def clock_time(moment: datetime, since: datetime) -> str:
    """`20:26`, or with its day if a reader after `since` could take the bare time for that of another day."""
    # Each reader sees their own time zone, so "the same day" cannot be decided here. Within half a day a bare time is
    # unambiguous everywhere.
    style = "t" if moment - since <= timedelta(hours=12) else "f"
    return f"<t:{ceil(moment.timestamp())}:{style}>"


def message_link(guild_id: int, channel_id: int, message_id: int) -> str:
    return f"https://discord.com/channels/{guild_id}/{channel_id}/{message_id}"
