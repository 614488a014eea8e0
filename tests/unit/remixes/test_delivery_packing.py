"""How many pictures go into one message, and how small they are made."""

from io import BytesIO
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_jobs import job, result
from PIL import Image

from bot.discord_app.remixes.delivery import (
    PICTURES_IN_A_MESSAGE,
    REQUEST_LIMIT,
    _pack,
    fit_all,
    make_private_files,
)
from bot.use_cases.ports import Delivery, PostFailedError, ResultPicture
from tests.pictures_here import PicturesHere

HERE = PicturesHere()
MB = 1024 * 1024


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [
        ([1], [[0]]),
        ([1] * 10, [list(range(10))]),
        ([1] * 11, [list(range(10)), [10]]),
        ([10 * MB, 10 * MB, 10 * MB], [[0, 1], [2]]),
        ([24 * MB, 1], [[0], [1]]),
        ([30 * MB, 1], [[0], [1]]),
        ([12 * MB, 12 * MB, 1], [[0, 1], [2]]),
    ],
)
def test_a_message_takes_as_many_as_discord_does(sizes, groups):
    assert _pack(sizes) == groups


@given(st.lists(st.integers(min_value=1, max_value=10 * MB), min_size=1, max_size=40))
def test_every_picture_is_in_one_message_in_order_and_no_message_is_over_a_limit(sizes):
    groups = _pack(sizes)
    assert list(chain(*groups)) == list(range(len(sizes)))
    assert all(0 < len(group) <= PICTURES_IN_A_MESSAGE for group in groups)
    assert all(sum(sizes[n] for n in group) <= REQUEST_LIMIT for group in groups)


def noisy(count: int) -> list[ResultPicture]:
    file = BytesIO()
    Image.merge("RGB", [Image.effect_noise((64, 64), 100) for _ in range(3)]).save(file, "PNG")
    return [ResultPicture(result(n), file.getvalue()) for n in range(count)]


async def test_what_fits_goes_as_it_came_and_what_does_not_is_made_to_fit():
    pictures = noisy(2)
    size = len(pictures[0].data)
    assert [(fit.changed, fit.data == pictures[0].data) for fit in await fit_all(HERE, pictures, size)] == [
        (False, True)
    ] * 2
    for fit in await fit_all(HERE, pictures, size // 4):
        assert fit.changed
        assert len(fit.data) <= size // 4


async def test_a_private_message_has_all_pictures_as_small_as_it_takes_together():
    pictures = noisy(12)
    files = (await make_private_files(HERE, Delivery(job(), pictures, 0, 0, look_first=False), 3_000)).files
    assert len(files) == len(pictures)
    assert all(len(file.fp.read()) <= 3_000 for file in files)


async def test_a_stored_result_that_is_no_picture_fails_the_post_and_says_so():
    with pytest.raises(PostFailedError):
        await fit_all(HERE, [ResultPicture(result(), b"<html>")], MB)
