"""Text in messages: other people's words made harmless, times in each reader's own zone, links to messages."""

import re
import unicodedata
from datetime import datetime, timedelta
from math import ceil

# Every ASCII sign that Discord's markdown, mentions, emoji, timestamps or link detection could take for its own.
_SIGNS = re.compile(r"([\\`*_~|<>#@:/\[\]()\-+.{}])")
LONGEST_REASON = 300
"""Characters. The longest reason that moderators and the operator can give, and that people read."""

_KEPT_FORMAT_CHARACTERS = frozenset("\u200c\u200d")
_MARKS_IN_A_ROW = 4


def plain(text: str, limit: int) -> str:
    """One line that shows the words as they were typed, at most `limit` characters of them before escaping."""
    return _SIGNS.sub(r"\\\1", shorten(one_line(text), limit))


def quote(text: str, limit: int) -> str:
    """As `plain`, in a block quote."""
    return f"> {plain(text, limit)}"


def one_line(text: str) -> str:
    """Without line breaks, control and direction characters, and without towers of combining marks."""
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
    """At most `limit` characters, with an ellipsis where something is missing."""
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def timestamp(moment: datetime) -> str:
    """`in 2 minutes`. Never too early."""
    return f"<t:{ceil(moment.timestamp())}:R>"


def day_and_time(moment: datetime) -> str:
    """`31 May 2026 14:00`."""
    return f"<t:{ceil(moment.timestamp())}:f>"


def clock_time(moment: datetime, since: datetime) -> str:
    """`20:26`, or with its day if a reader after `since` could take the bare time for that of another day."""
    # Each reader sees their own time zone, so "the same day" cannot be decided here. Within half a day a bare time is
    # unambiguous everywhere.
    style = "t" if moment - since <= timedelta(hours=12) else "f"
    return f"<t:{ceil(moment.timestamp())}:{style}>"


def message_link(guild_id: int, channel_id: int, message_id: int) -> str:
    return f"https://discord.com/channels/{guild_id}/{channel_id}/{message_id}"
