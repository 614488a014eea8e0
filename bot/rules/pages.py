"""Cuts a long list into pages. A button keeps only a cursor, so a page can be turned after a restart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The page that begins after the entry with this number or, with `back`, the one that ends before it.

    An entry and not an offset: what is added at the head of the list meanwhile moves nothing on the page.
    """

    number: int
    back: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[Entry]):
    """`previous` and `next`: the cursors of the pages beside it; None if there is none."""

    shown: Sequence[Entry]
    previous: Cursor | None = None
    next: Cursor | None = None


def make_page(found: Sequence[Entry], size: int, cursor: Cursor | None, number: Callable[[Entry], int]) -> Page[Entry]:
    """`found`: up to `size` + 1 entries from the cursor on; with `back` in reverse order, the nearest first."""
    back = cursor is not None and cursor.back
    shown = list(found[:size])
    if back:
        shown.reverse()
    if not shown:
        return Page([])
    goes_on = len(found) > size
    has_previous, has_next = (goes_on, True) if back else (cursor is not None, goes_on)
    return Page(
        shown,
        Cursor(number(shown[0]), back=True) if has_previous else None,
        Cursor(number(shown[-1])) if has_next else None,
    )
