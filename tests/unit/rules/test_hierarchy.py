"""Who may act on whom: every pair of a moderator, a helper, an owner, a member, oneself and the bot."""

import pytest

from bot.rules.hierarchy import NO_ROLE, OutOfReach, Ranked, check_reach

MOD, OTHER_MOD, ADMIN = (5, -50), (5, -60), (9, -90)
rosa = Ranked(1, MOD)

CASES = [
    (rosa, Ranked(2), None),
    (rosa, Ranked(2, (4, -10)), None),
    (rosa, Ranked(2, OTHER_MOD), None),
    (Ranked(1, OTHER_MOD), Ranked(2, MOD), OutOfReach.HIGHER),
    (rosa, Ranked(2, MOD), OutOfReach.HIGHER),
    (rosa, Ranked(2, ADMIN), OutOfReach.HIGHER),
    (rosa, Ranked(2, NO_ROLE, is_owner=True), OutOfReach.OWNER),
    (Ranked(1), Ranked(2), OutOfReach.HIGHER),
    (Ranked(1, is_owner=True), Ranked(2, ADMIN), None),
    (Ranked(1, is_owner=True), Ranked(2), None),
    (rosa, Ranked(3, is_bot=True), OutOfReach.BOT),
    (Ranked(1, is_owner=True), Ranked(3, is_bot=True), OutOfReach.BOT),
]


@pytest.mark.parametrize(("actor", "target", "refused"), CASES)
@pytest.mark.parametrize("own_is_fine", [True, False])
def test_each_pair(actor, target, refused, own_is_fine):
    assert check_reach(actor, target, own_is_fine=own_is_fine) is refused


@pytest.mark.parametrize("oneself", [rosa, Ranked(1, is_owner=True), Ranked(1)])
def test_on_oneself_it_depends_on_the_action(oneself):
    assert check_reach(oneself, oneself, own_is_fine=True) is None
    assert check_reach(oneself, oneself, own_is_fine=False) is OutOfReach.ONESELF
