"""Turning pages forth and back shows every entry once, in its order, whatever is added or removed meanwhile."""

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.pages import Cursor, make_page

SIZE = 3


def page(entries, cursor=None):
    """As storage reads it: the smallest number first."""
    if cursor is None:
        found = entries
    elif cursor.back:
        found = [each for each in reversed(entries) if each < cursor.number]
    else:
        found = [each for each in entries if each > cursor.number]
    return make_page(found[: SIZE + 1], SIZE, cursor, lambda number: number)


def turned(entries, first):
    pages = [first]
    while pages[-1].next is not None:
        pages.append(page(entries, pages[-1].next))
    return pages


@given(st.sets(st.integers(1, 1000), max_size=20))
def test_forth_and_back_shows_the_same_pages(numbers):
    entries = sorted(numbers)
    pages = turned(entries, page(entries))
    assert [number for each in pages for number in each.shown] == entries
    back, seen = pages[-1], [pages[-1]]
    while back.previous is not None:
        back = page(entries, back.previous)
        seen.insert(0, back)
    assert [number for each in seen for number in each.shown] == entries
    assert [len(each.shown) for each in pages[:-1]] == [SIZE] * (len(pages) - 1)


@given(st.sets(st.integers(1, 1000), max_size=20), st.integers(1, 1000), st.booleans())
def test_a_cursor_whose_entry_is_gone_still_has_its_place(numbers, number, back):
    entries = sorted(numbers)
    shown = page(entries, Cursor(number, back=back)).shown
    assert all(each < number for each in shown) if back else all(each > number for each in shown)
    assert list(shown) == sorted(shown)


def test_an_empty_list_has_no_pages_beside_it():
    empty = page([])
    assert (empty.shown, empty.previous, empty.next) == ([], None, None)
