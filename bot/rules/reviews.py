"""Why moderators look at a result before it is posted, and how long they have."""

from dataclasses import dataclass, field
from enum import StrEnum

from bot.rules.words.matcher import Hit

REVIEW_TIME_S = 3 * 86_400
"""How long moderators have where the server has not set `review-time`. A weekend passes in it."""

REVIEW_LIMIT = 5
"""How many remixes of a member wait for a review where the server has not set `review-limit`."""


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


@dataclass(frozen=True, slots=True)
class Review:
    """Moderators look at the result first. `hit`: the word in its prompt because of which they do."""

    reason: ReviewReason
    hit: Hit | None = field(default=None, repr=False)

    @property
    def word(self) -> str | None:
        """The entry of the list that was found."""
        return self.hit.entry.text if self.hit is not None else None
