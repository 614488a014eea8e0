"""Decides whether a member can remix somebody else's picture: by the server's setting and the other person's wish."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.rules.refusals import Reason, Refused

QUESTION_LASTS = timedelta(days=1)
"""How long the author of a picture can answer. The links that Discord signs live no longer either."""

MOST_OPEN_QUESTIONS = 3
"""Of one member in a server. More would be a way to mention people again and again."""

MOST_QUESTIONS_TO_ONE = 5
"""How many questions one person gets in a server within a day, over all members who ask."""


class OthersPictures(StrEnum):
    """Which pictures of messages and which avatars members can remix: a server's setting.

    OWN: their own, and what the bot made. ASK: also those of people who say yes. EVERYONE: all.
    """

    OWN = "own"
    ASK = "ask"
    EVERYONE = "everyone"


class RequestState(StrEnum):
    """The values are stored. FORM: the asker fills in the form. OPEN: the picture's author is asked."""

    FORM = "form"
    OPEN = "open"
    GRANTED = "granted"
    DECLINED = "declined"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class PictureOwner:
    """Whose picture a remix would be made from.

    `of_bot`: another bot's or a webhook's. `agreed`: they said yes to this remix. `is_family`: the remix goes on from
    an earlier one, for which the rule was asked. `opted_out`: they want nobody else to remix their pictures.
    """

    user_id: int
    of_bot: bool = False
    agreed: bool = False
    is_family: bool = False
    opted_out: bool = False


def decide(owner: PictureOwner, asker_id: int, allowed: OthersPictures) -> Refused | None:
    """None: the remix can start. PICTURE_NEEDS_CONSENT: it can as soon as the owner says yes."""
    if owner.user_id == asker_id:
        return None
    if owner.opted_out:
        return Refused(Reason.PICTURE_OWNER_OPTED_OUT)
    if owner.is_family or allowed is OthersPictures.EVERYONE:
        return None
    # A bot answers no question, and a webhook is nobody.
    if allowed is OthersPictures.ASK and not owner.of_bot:
        return None if owner.agreed else Refused(Reason.PICTURE_NEEDS_CONSENT)
    return Refused(Reason.PICTURE_NOT_YOURS)


_EXPIRES = re.compile(r"[?&]ex=([0-9a-f]{1,12})(?:&|$)")


def question_ends_at(link: str, now: datetime) -> datetime:
    """When its author can no longer answer: after a day, or when Discord's link to the picture expires.

    `ex` is the time in seconds, in hexadecimal: https://docs.discord.com/developers/reference#signed-attachment-cdn-urls
    """
    last = now + QUESTION_LASTS
    found = _EXPIRES.search(link)
    return min(last, datetime.fromtimestamp(int(found[1], 16), UTC)) if found else last
