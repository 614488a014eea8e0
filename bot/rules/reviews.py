"""Why moderators look at a result before it is posted."""

from enum import StrEnum


class ReviewReason(StrEnum):
    """The values are stored in the database. `discord_app/review/words.py` has the words.

    `CHANNEL`: everything in that channel is reviewed. `NEWCOMER`: everything of new members. `WORD`: a word in the
    prompt. `PICTURE`: it looks like a picture that was removed. `RAID`: the server is in raid mode.
    """

    CHANNEL = "channel"
    NEWCOMER = "newcomer"
    WORD = "word"
    PICTURE = "picture"
    RAID = "raid"
