"""Handles pictures in kept processes: one picture of a person at a time, people in turns, big ones one by one."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field

from bot.images.chart import Panel
from bot.images.errors import UnreadablePictureError
from bot.images.files.plain_header import guess_pixels, read_plain_header
from bot.images.formats import PictureFormat
from bot.images.likeness.prints import MOST_KEPT, MOST_LOOKED_UP, are_prints
from bot.images.pictures import FittedPicture, PreparedSource, SourceLimits
from bot.images.processes.children import ChildError
from bot.images.processes.kept_children import Children
from bot.rules.refusals import Reason, Refused

_LIGHT_PIXELS = 4096 * 4096
"""More are decoded one by one, so that a child is always free for the others: a file of 159 kB can hold 60 megapixels,
which take 1.8 s and a gigabyte."""
_SENT = frozenset({PictureFormat.JPEG, PictureFormat.PNG, PictureFormat.WEBP})


@dataclass(eq=False, slots=True)
class _Waiting:
    """`person` None: not a person's request, but a result or a chart. `turn`: smaller ones go first."""

    person: int | None
    heavy: bool
    turn: int
    go: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class PicturePool:
    """What the bot asks of pictures. `children` may be shared by several event loops, a pool belongs to one."""

    def __init__(self, children: Children) -> None:
        self._children = children
        self._waiting: list[_Waiting] = []
        self._running: list[_Waiting] = []
        self._turn = 0
        self._last_turns: Counter[int] = Counter()

    async def start(self) -> None:
        """Start the processes, so that the first picture need not wait for them."""
        await self._children.start()

    async def prepare(self, data: bytes, limits: SourceLimits, person: int) -> PreparedSource | Refused:
        """A picture that ends its process, or takes too long, counts as unreadable."""
        pixels = guess_pixels(data)
        async with self._turn_of(person, heavy=pixels is None or pixels > _LIGHT_PIXELS):
            try:
                head, sent = await self._children.ask({"task": "prepare", "limits": asdict(limits)}, data)
            except ChildError:
                return Refused(Reason.PICTURE_UNREADABLE)
        if "refused" in head:
            return Refused(Reason(head["refused"]), limit=head["limit"])
        # The process has read a stranger's file, so what it says is checked against what it sends.
        header = read_plain_header(sent)
        if header is None or header.format not in _SENT or len(sent) > limits.max_upload_bytes:
            return Refused(Reason.PICTURE_UNREADABLE)
        return PreparedSource(sent, header.format, header.width, header.height, head.get("was_animated") is True)

    async def fit(self, data: bytes, max_bytes: int) -> FittedPicture:
        """As `fit.fit_to_size`, which is asked only for what does not fit. Raises UnreadablePictureError."""
        header = read_plain_header(data)
        if header is not None and len(data) <= max_bytes:
            return FittedPicture(data, header.format, header.width, header.height, changed=False)
        async with self._turn_of(None):
            try:
                head, fitted = await self._children.ask({"task": "fit", "max_bytes": max_bytes}, data)
            except ChildError as error:
                raise UnreadablePictureError(str(error)) from None
        if "unreadable" in head:
            raise UnreadablePictureError(str(head["unreadable"]))
        values = {name: head[name] for name in ("width", "height", "changed")}
        return FittedPicture(fitted if head["changed"] else data, PictureFormat(head["format"]), **values)

    async def thumbnail(self, data: bytes, person: int) -> bytes:
        """As `thumbnail.make_thumbnail`, after what is paid for. Raises UnreadablePictureError."""
        async with self._turn_of(person):
            try:
                head, small = await self._children.ask({"task": "thumbnail"}, data)
            except ChildError as error:
                raise UnreadablePictureError(str(error)) from None
        if "unreadable" in head:
            raise UnreadablePictureError(str(head["unreadable"]))
        return small

    async def prints(self, data: bytes, person: int | None, *, keep: bool) -> bytes:
        """As `fingerprint.prints_to_keep` or `prints_to_find`. Raises UnreadablePictureError."""
        pixels = guess_pixels(data)
        async with self._turn_of(person, heavy=pixels is None or pixels > _LIGHT_PIXELS):
            try:
                head, packed = await self._children.ask({"task": "prints", "keep": keep}, data)
            except ChildError as error:
                raise UnreadablePictureError(str(error)) from None
        if "unreadable" in head:
            raise UnreadablePictureError(str(head["unreadable"]))
        if not are_prints(packed, MOST_KEPT if keep else MOST_LOOKED_UP):
            raise UnreadablePictureError("a picture process sent no fingerprints")
        return packed

    async def draw(self, panels: Sequence[Panel], labels: Sequence[str]) -> bytes:
        """As `bar_chart.draw`. Raises ChildError."""
        head = {"task": "draw", "panels": [asdict(panel) for panel in panels], "labels": list(labels)}
        async with self._turn_of(None):
            _, chart = await self._children.ask(head, b"")
        return chart

    @asynccontextmanager
    async def _turn_of(self, person: int | None, *, heavy: bool = False) -> AsyncIterator[None]:
        """Results go before sources: they are paid for. Everyone's first picture goes before anyone's second."""
        turn = -1 if person is None else max(self._turn, self._last_turns[person] + 1)
        mine = _Waiting(person, heavy, turn)
        if person is not None:
            self._last_turns[person] = turn
        self._waiting.append(mine)
        self._let_go()
        try:
            await mine.go
            yield
        finally:
            for places in (self._waiting, self._running):
                if mine in places:
                    places.remove(mine)
            if person is not None and not any(each.person == person for each in (*self._waiting, *self._running)):
                del self._last_turns[person]
            self._let_go()

    def _let_go(self) -> None:
        for waiting in sorted(self._waiting, key=lambda each: each.turn):
            if len(self._running) >= self._children.count:
                return
            # One that was cancelled in this very step leaves in the next.
            if not waiting.go.cancelled() and self._may_go(waiting):
                self._waiting.remove(waiting)
                self._running.append(waiting)
                self._turn = max(self._turn, waiting.turn)
                waiting.go.set_result(None)

    def _may_go(self, waiting: _Waiting) -> bool:
        if waiting.person is not None and any(each.person == waiting.person for each in self._running):
            return False
        return not (waiting.heavy and any(each.heavy for each in self._running))

    def close(self) -> None:
        self._children.close()
