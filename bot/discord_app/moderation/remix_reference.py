"""Reads how a moderator refers to a remix: by its number, or by a link to a message that shows it."""

import re

from bot.use_cases.moderation.find_remix import RemixReference

_LINK = re.compile(
    r"<?https://(?:(?:ptb|canary)\.)?discord(?:app)?\.com/channels/([0-9]{1,20})/[0-9]{1,20}/([0-9]{1,20})>?"
)
_NUMBER = re.compile(r"#?([0-9]{1,20})")
# Discord's ids count milliseconds since 2015 in their upper bits. This one is of January 2015, before Discord's start:
# https://discord.com/developers/docs/reference#snowflakes
_SMALLEST_SNOWFLAKE = 10**16
# Ids are stored in 64 bits.
_LARGEST_ID = 2**63 - 1


def read_reference(text: str, guild_id: int) -> RemixReference | None:
    """None: it is neither, or a link into another server. A number as long as Discord's own is a message's id."""
    text = text.strip()
    if link := _LINK.fullmatch(text):
        message_id = int(link[2])
        fits = int(link[1]) == guild_id and message_id <= _LARGEST_ID
        return RemixReference(message_id=message_id) if fits else None
    number = _NUMBER.fullmatch(text)
    if number is None or int(number[1]) > _LARGEST_ID:
        return None
    value = int(number[1])
    return RemixReference(message_id=value) if value >= _SMALLEST_SNOWFLAKE else RemixReference(job_id=value)
