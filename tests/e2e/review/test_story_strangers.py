"""In no order of actions does a held, refused, hidden or removed remix reach anybody but its author and moderators."""

import pytest

from bot.rules.generations import IdeogramApi
from tests.e2e.review.dangers import DANGERS
from tests.e2e.review.strangers import Strangers


@pytest.mark.parametrize("seed", [1])
async def test_nobody_reads_or_sees_what_is_not_shown(make_world, seed):
    """The long form is `make chaos`."""
    world = await make_world(cooldown_s=0, ideogram_api=IdeogramApi.V2)
    await Strangers(world, seed).play(40)


@pytest.mark.parametrize("danger", DANGERS)
async def test_nobody_reads_or_sees_what_comes_close_to_them(make_world, danger):
    world = await make_world(cooldown_s=0)
    strangers = Strangers(world, 1)
    await strangers.go_through(danger)
    await strangers.watch.check_what_is_left()
