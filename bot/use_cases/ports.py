"""What the use cases need from Discord: a channel for results, one for the operator, and facts about members."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from bot.ideogram.lifecycle import Lifecycle
from bot.images.pictures import FittedPicture
from bot.rules.alarms import OpenAlarm
from bot.rules.budgets import BudgetWarning
from bot.rules.generations import IdeogramApi
from bot.rules.membership import Absent, Membership
from bot.rules.points import Rung
from bot.rules.words.automod import AutoModFound
from bot.storage.matters.sealed import Evidence
from bot.storage.remixes.families import Relative
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Post, Result


@dataclass(frozen=True, slots=True)
class OftenRefused:
    """A person whose remixes the safety check refused that often within a day, in that many servers."""

    user_id: int
    refusals: int
    servers: int


@dataclass(frozen=True, slots=True)
class PersonPointed:
    """A person whose points in that many servers have reached a rung of the operator's ladder."""

    user_id: int
    points: int
    servers: int
    rung: Rung


class OperatorNotices(Protocol):
    """Notifies the operator. It logs a failure instead of raising, because the log has the same facts."""

    async def warn_of_budget(self, warning: BudgetWarning) -> None: ...

    async def warn_of_deprecation(self, api: IdeogramApi, lifecycle: Lifecycle) -> None: ...

    async def tell_of_refusals(self, refused: OftenRefused) -> None: ...

    async def tell_of_points(self, pointed: PersonPointed) -> None: ...

    async def tell_of_illegal(self, evidence: Evidence, *, is_kept: bool) -> None: ...

    async def announce(self, alarms: Sequence[OpenAlarm]) -> int:
        """One message about the first of these alarms: about how many is returned. 0: it has to be tried again."""
        ...


class Members(Protocol):
    """Says what Discord knows about a person in a server at this moment. Raises nothing."""

    async def find(self, guild_id: int, user_id: int) -> Membership | Absent | None:
        """None: Discord does not answer."""
        ...


class Moderators(Protocol):
    """Says whether a person moderates a server at this moment. Raises nothing."""

    async def moderates(self, guild_id: int, user_id: int) -> bool | None:
        """True also for its owner. None: Discord does not answer."""
        ...


class AutoModReader(Protocol):
    """Says which AutoMod rules a server has at this moment. Raises nothing."""

    async def read(self, guild_id: int) -> AutoModFound | None:
        """None: Discord does not answer."""
        ...


@dataclass(frozen=True, slots=True)
class ResultPicture:
    """A result with its bytes."""

    result: Result
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A job with the bytes of its results. `withheld`: how many were unsafe; `lost`: how many can no longer be fetched.

    `look_first`: an earlier attempt may have posted some of it without recording that. `parent`: the remix whose result
    is the source.
    `together`: all jobs of its set, if that is shown on one card. `companions`: those whose pictures are on it too;
    then the positions of the pictures are those of their jobs in the set.
    """

    job: Job
    pictures: Sequence[ResultPicture]
    withheld: int
    lost: int
    look_first: bool
    parent: Relative | None = None
    together: Sequence[Job] = ()
    companions: Sequence[Job] = ()

    @property
    def is_grid(self) -> bool:
        """Whether its pictures can be picked one by one."""
        return len(self.pictures) > 1 and (bool(self.companions) or self.job.request.images > 1)


class Redrawn(StrEnum):
    """`NO_PICTURES`: the message has lost them, so they are needed to draw it. `FAILED`: it may work later."""

    DONE = "done"
    NO_PICTURES = "no_pictures"
    FAILED = "failed"


class PostEditor(Protocol):
    """Changes messages that show results. Logs errors instead of raising them."""

    async def take_down(self, post: Post) -> bool:
        """Delete that message. True if it is gone, perhaps since before."""
        ...

    async def redraw(self, job: Job, post: Post) -> Redrawn:
        """Show the job as it is now, with the pictures that the message has. One that is gone counts as done."""
        ...

    async def redraw_with(self, delivery: Delivery, post: Post) -> Redrawn:
        """As `redraw`, with these pictures in the place of the message's own."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """The pictures of one message. `number` is the first one's position; `notes` are sentences for the card.

    `captions`: what each picture is, if people can pick among them; else empty.
    `fitted`: the pictures as the channel takes them. Encoding one smaller takes 0.1 to 2.5 s, so it is done once.
    """

    number: int
    pictures: Sequence[ResultPicture]
    notes: Sequence[str] = ()
    fitted: Sequence[FittedPicture] = field(default=(), repr=False)
    captions: Sequence[str] = ()

    @property
    def positions(self) -> tuple[int, ...]:
        return tuple(picture.result.position for picture in self.pictures)


class PostFailedError(Exception):
    """It may work later; not within `retry_after` seconds, if Discord said so."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class ChannelClosedError(Exception):
    """The channel is gone, the bot has no permission to post there, or Discord will never take this post."""


class ResultPoster(Protocol):
    """Posts results as the bot. Raises PostFailedError and ChannelClosedError only."""

    async def plan(self, delivery: Delivery) -> Sequence[Part]:
        """Split the delivery into messages that fit the channel's current limits."""
        ...

    async def post(self, delivery: Delivery, part: Part) -> Post:
        """Post one part, once: repeating it within minutes, or with `look_first`, gives the same message.

        What Discord has not taken after about a minute raises PostFailedError, though it may still appear.
        """
        ...

    async def post_privately(self, delivery: Delivery) -> bool:
        """Put it into the author's private reply. False if that can no longer be edited. Raises PostFailedError."""
        ...

    async def take_down(self, post: Post) -> bool:
        """Delete that message. True if it is gone, perhaps since before. Logs errors instead of raising them."""
        ...
