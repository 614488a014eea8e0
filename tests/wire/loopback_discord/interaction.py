"""One interaction as a test sees it: when and how the bot acknowledged it, and what the person reads since."""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .model import Channel, Message, User, new_id
from .watch import Watch

SLASH = 2
COMPONENT = 3
AUTOCOMPLETE = 4
MODAL_SUBMIT = 5

TOKEN_MARK = "interaction-token-"
"""Every interaction token starts so: a test can look for it in logs."""


@dataclass(eq=False, slots=True)
class Interaction:
    """Set `expired` and webhook calls with its token answer 401/50027, as after 15 minutes.

    `original` is what @original is now; `history` each of its states; `acknowledged` gives the callback's body.
    `acknowledged_after` is in seconds, for printing.
    """

    type: int
    user: User
    channel: Channel
    data: dict[str, Any]
    message: Message | None = None
    attachment_size_limit: int = 0
    expired: bool = False
    original: Message | None = None
    history: list[Message] = field(default_factory=list)
    followups: list[Message] = field(default_factory=list)
    acknowledged_after: float | None = None
    acknowledged: asyncio.Future[dict[str, Any]] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future(), repr=False
    )
    id: int = field(default_factory=new_id)
    token: str = field(default_factory=lambda: TOKEN_MARK + secrets.token_urlsafe(48), repr=False)
    sent_at: float = field(default_factory=time.monotonic, repr=False)
    watch: Watch = field(default_factory=Watch, repr=False)

    async def wait_for(self, predicate: Callable[["Interaction"], bool], within_s: float = 10) -> None:
        """Returns once `predicate(interaction)` holds; looks at each change of what the person sees."""
        await self.watch.wait_for(lambda: predicate(self), within_s, f"interaction {self.id}")

    async def wait_acknowledged(self, within_s: float = 10) -> dict[str, Any]:
        """The callback's body."""
        await self.wait_for(lambda i: i.acknowledged.done(), within_s)
        return self.acknowledged.result()

    @property
    def choices(self) -> list[dict[str, Any]]:
        """What an autocomplete was answered with."""
        return list(self.acknowledged.result()["data"]["choices"])

    @property
    def modal(self) -> dict[str, Any]:
        """The modal that the bot opened in answer."""
        return dict(self.acknowledged.result()["data"])

    def record(self) -> None:
        """Keeps @original as it stands, and wakes those who wait."""
        if self.original is not None:
            self.history.append(self.original.copy())
        self.watch.changed()
