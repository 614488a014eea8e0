"""Formats text for messages: escapes people's words, shows times in each reader's time zone, links to messages."""

import re
import unicodedata
from datetime import datetime, timedelta
from math import ceil

# Every ASCII character that means something to Discord in markdown, mentions, emoji, timestamps or links:
# https://discord.com/developers/docs/reference#message-formatting
_SIGNS = re.compile(r"([\\`*_~|<>#@:/\[\]()\-+.{}])")
LONGEST_REASON = 300
"""Characters. The longest reason that moderators and the operator can give, and that people read."""

# Joiners: Persian and Indic scripts need both, and emoji of several parts the second.
_KEPT_FORMAT_CHARACTERS = frozenset("\u200c\u200d")
# More combining marks on one letter cover the lines above and below it ("Zalgo" text).
_MARKS_IN_A_ROW = 4


def plain(text: str, limit: int) -> str:
    """One line that shows the text as it was typed, with at most `limit` characters before escaping."""
    return _SIGNS.sub(r"\\\1", shorten(one_line(text), limit))


def quote(text: str, limit: int) -> str:
    """Like `plain`, in a block quote."""
    return f"> {plain(text, limit)}"


def one_line(text: str) -> str:
    """Removes line breaks, control and direction characters, and more than four combining marks in a row."""
    kept = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks > _MARKS_IN_A_ROW:
            continue
        if category in {"Zl", "Zp", "Zs", "Cc"}:
            kept.append(" ")
        elif category not in {"Cf", "Cs", "Co", "Cn"} or character in _KEPT_FORMAT_CHARACTERS:
            kept.append(character)
    return " ".join("".join(kept).split())


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis if some were cut off."""
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


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
