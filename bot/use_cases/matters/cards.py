"""What the card of a matter shows. Each kind of matter says it for its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.storage.matters.matters import Matter
from bot.storage.server_log.log_posts import LogPost


@dataclass(frozen=True, slots=True)
class CardButton:
    """`danger`: it destroys something."""

    label: str
    custom_id: str
    danger: bool = False


@dataclass(frozen=True, slots=True)
class CardContents:
    """`head` can be read by everybody who reads the log channel: it quotes nobody, and names no reporter.

    `details` and `pictures` are for moderators alone. `outcome`: how it ended, in words; empty while it is open.
    `own_buttons`: for the person whom it is about, where nobody else can decide.
    """

    head: str
    details: str = ""
    pictures: Sequence[bytes] = field(default=(), repr=False)
    buttons: Sequence[CardButton] = ()
    own_buttons: Sequence[CardButton] = ()
    outcome: str = ""


class MatterView(Protocol):
    """One kind of matter, as moderators see it."""

    async def read(self, matter: Matter) -> CardContents | None:
        """None: what it is about is gone. A picture that cannot be read is left out."""
        ...


class MatterEditor(Protocol):
    """Changes cards in log channels. Logs errors instead of raising them."""

    async def redraw(self, matter: Matter, post: LogPost) -> bool:
        """True: the message shows the matter as it is now, or is gone."""
        ...
