"""In no order of clicks does a held, refused, hidden or removed remix reach anybody but its author and moderators."""

import pytest

from tests.e2e.review.strangers import Strangers


@pytest.mark.parametrize("seed", [1])
async def test_nobody_reads_or_sees_what_is_not_shown(hasty_world, seed):
    """The long form is `make chaos`."""
    await Strangers(hasty_world, seed).play(25)
