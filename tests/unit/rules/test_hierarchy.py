"""Who may act on whom: every pair of a moderator, a helper, an owner, a member, oneself and the bot."""

import pytest

from bot.rules.hierarchy import NO_ROLE, OutOfReach, RankedMember, check_reach

MOD, OTHER_MOD, ADMIN = (5, -50), (5, -60), (9, -90)
rosa = RankedMember(1, MOD)

CASES = [
    (rosa, RankedMember(2), None),
    (rosa, RankedMember(2, (4, -10)), None),
    (rosa, RankedMember(2, OTHER_MOD), None),
    (RankedMember(1, OTHER_MOD), RankedMember(2, MOD), OutOfReach.HIGHER),
    (rosa, RankedMember(2, MOD), OutOfReach.HIGHER),
    (rosa, RankedMember(2, ADMIN), OutOfReach.HIGHER),
    (rosa, RankedMember(2, NO_ROLE, is_owner=True), OutOfReach.OWNER),
    (RankedMember(1), RankedMember(2), OutOfReach.HIGHER),
    (RankedMember(1, is_owner=True), RankedMember(2, ADMIN), None),
    (RankedMember(1, is_owner=True), RankedMember(2), None),
    (rosa, RankedMember(3, is_bot=True), OutOfReach.BOT),
    (RankedMember(1, is_owner=True), RankedMember(3, is_bot=True), OutOfReach.BOT),
]


@pytest.mark.parametrize(("actor", "target", "refused"), CASES)
@pytest.mark.parametrize("allow_self", [True, False])
def test_each_pair(actor, target, refused, allow_self):
    assert check_reach(actor, target, allow_self=allow_self) is refused


@pytest.mark.parametrize("oneself", [rosa, RankedMember(1, is_owner=True), RankedMember(1)])
def test_on_oneself_it_depends_on_the_action(oneself):
    assert check_reach(oneself, oneself, allow_self=True) is None
    assert check_reach(oneself, oneself, allow_self=False) is OutOfReach.ONESELF
