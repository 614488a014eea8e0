"""The card of a matter is written once, alone, and drawn again whenever the matter changes, whatever fails between."""

import asyncio
from types import SimpleNamespace

import discord
import pytest

from bot.discord_app.client import RemixClient
from bot.discord_app.matters.standing_in import standing_in
from bot.rules.cases import CaseKind
from bot.rules.matters import CLAIM, MatterKind
from bot.rules.policies import Policy
from bot.storage.matters import drawings, matters
from bot.storage.moderation import cases
from bot.storage.moderation.cases import NewCase
from bot.storage.standing import policies
from bot.use_cases.matters.decide import Moderator, NotYours, claim_matter, find_matter, read_inbox
from bot.use_cases.matters.redraw import RedrawMatters
from bot.use_cases.server_log.log_facts import MatterOpened
from tests.integration.server_log.test_writing_the_log import HERE, Log

MO, ANNA = Moderator(HERE, 9, is_admin=False), 1


class Editor:
    """Draws what it is given, or fails for as many times as it was made to."""

    def __init__(self):
        self.drawn, self.fails, self.meanwhile = [], 0, None

    async def redraw(self, matter, post):
        if self.meanwhile is not None:
            change, self.meanwhile = self.meanwhile, None
            change()
        if self.fails:
            self.fails -= 1
            return False
        self.drawn.append((post.message_id, matter.claimed_by, matter.outcome))
        return True


@pytest.fixture
def log(core):
    return Log(core)


@pytest.fixture
def editor():
    return Editor()


def opened(log, subject=1, **about):
    return log.do(matters.open_matter, HERE, MatterKind.REPORT, subject, log.clock(), **about)


async def redraw(log, editor):
    await RedrawMatters(log.core, editor)._try_round()


async def test_a_card_is_alone_in_its_message_and_written_once(log):
    log.refuse(1)
    matter = opened(log)
    assert opened(log).id == matter.id
    log.refuse(2)
    await log.write()
    assert [[isinstance(fact, MatterOpened) for fact in facts] for facts in log.channel.messages.values()] == [
        [False],
        [True],
        [False],
    ]


async def test_a_card_that_is_hours_late_is_still_written_while_it_is_open(log):
    opened(log, 1)
    closed = opened(log, 2)
    log.do(matters.close, closed.id, log.clock(), by=9, outcome="dismissed")
    log.clock.move(hours=7)
    log.refuse()
    await log.write()
    assert [type(fact).__name__ for fact in log.channel.facts] == ["MatterOpened", "RefusedByRule"]


async def test_without_a_log_channel_a_matter_is_in_the_inbox(log):
    log.do(policies.write, HERE, Policy())
    first, second = opened(log, 1), opened(log, 2)
    page, count = await read_inbox(log.core, HERE)
    assert ([each.id for each in page.shown], count) == ([first.id, second.id], 2)
    log.do(matters.close, first.id, log.clock(), by=9, outcome="dismissed")
    page, count = await read_inbox(log.core, HERE)
    assert ([each.id for each in page.shown], count) == ([second.id], 1)
    assert (await read_inbox(log.core, HERE + 1))[1] == 0


async def test_a_card_is_drawn_again_after_each_change_also_after_a_restart(log, editor):
    matter = opened(log)
    await log.write()
    await redraw(log, editor)
    assert editor.drawn == []
    await claim_matter(log.core, MO, matter.id)
    await redraw(log, editor)
    log.do(matters.close, matter.id, log.clock(), by=9, outcome="dismissed")
    await redraw(log, editor)
    await redraw(log, editor)
    assert editor.drawn == [(1, 9, None), (1, 9, "dismissed")]


async def test_a_drawing_that_fails_is_tried_again_later(log, editor):
    matter = opened(log)
    await log.write()
    editor.fails = 1
    await claim_matter(log.core, MO, matter.id)
    await redraw(log, editor)
    await redraw(log, editor)
    assert editor.drawn == []
    log.clock.move(seconds=30)
    await redraw(log, editor)
    assert len(editor.drawn) == 1


async def test_a_matter_that_changes_while_it_is_drawn_is_drawn_once_more(log, editor):
    matter = opened(log)
    await log.write()
    await claim_matter(log.core, MO, matter.id)
    editor.meanwhile = lambda: log.do(matters.close, matter.id, log.clock(), by=9, outcome="dismissed")
    await redraw(log, editor)
    await redraw(log, editor)
    assert [outcome for _, _, outcome in editor.drawn] == [None, "dismissed"]


async def test_a_matter_that_changes_during_the_last_attempt_is_drawn_again(log, editor):
    """After many attempts only its next change would have it drawn again, and this is it."""
    matter = opened(log)
    await log.write()
    await claim_matter(log.core, MO, matter.id)
    editor.fails = 40
    while log.do(drawings.due, log.clock(), 1):
        await redraw(log, editor)
        log.clock.move(hours=1)
        if editor.fails == 12:
            editor.meanwhile = lambda: log.do(matters.close, matter.id, log.clock(), by=9, outcome="dismissed")
            editor.fails = 1
    assert editor.drawn == [(1, 9, "dismissed")]


async def test_many_cards_of_one_server_do_not_hold_up_those_of_others(log, editor):
    elsewhere = HERE + 1
    log.set_channel(78, elsewhere)
    for number in range(3):
        opened(log, number)
    there = log.do(matters.open_matter, elsewhere, MatterKind.REPORT, 9, log.clock())
    await log.write()
    for number in (1, 2, 3, there.id):
        log.do(matters.claim, number, 9, log.clock())
    drawn = []

    async def draw(matter, _post):
        drawn.append(matter.guild_id)
        if matter.guild_id == HERE:
            # Its channel answers only once the other server has its card.
            await asyncio.wait_for(done.wait(), 5)
        else:
            done.set()
        return True

    done, editor.redraw = asyncio.Event(), draw
    await redraw(log, editor)
    assert sorted(drawn) == [HERE, elsewhere]
    assert log.do(drawings.due, log.clock(), 5) == [2]


async def test_two_drawings_at_the_same_moment_do_not_count(log):
    matter = opened(log)
    await log.write()
    await claim_matter(log.core, MO, matter.id)
    one, two = log.do(drawings.begin, matter.id), log.do(drawings.begin, matter.id)
    assert [log.do(drawings.done, each, log.clock()) for each in (one, two)] == [False, False]
    last = log.do(drawings.begin, matter.id)
    assert log.do(drawings.done, last, log.clock())
    assert log.do(drawings.begin, matter.id) is None


async def test_a_matter_that_is_decided_while_its_card_is_on_its_way_is_drawn_again(log, editor):
    matter = opened(log)
    write = log.channel.write

    async def decided_meanwhile(*args):
        log.do(matters.close, matter.id, log.clock(), by=9, outcome="dismissed")
        # There is no message yet that could be changed.
        await redraw(log, editor)
        return await write(*args)

    log.channel.write = decided_meanwhile
    await log.writer.round()
    assert editor.drawn == []
    await redraw(log, editor)
    assert editor.drawn == [(1, None, "dismissed")]


async def test_a_claim_keeps_others_from_deciding_for_an_hour_or_until_somebody_releases_it(log):
    matter, other = opened(log), Moderator(HERE, 8, is_admin=True)
    assert (await claim_matter(log.core, MO, matter.id)).claimed_by == 9
    assert await find_matter(log.core, other, matter.id, decides=True) is NotYours.CLAIMED
    assert (await find_matter(log.core, other, matter.id, decides=False)).id == matter.id
    assert (await find_matter(log.core, MO, matter.id, decides=True)).id == matter.id
    log.clock.move(seconds=CLAIM.total_seconds())
    assert (await find_matter(log.core, other, matter.id, decides=True)).id == matter.id
    assert (await claim_matter(log.core, other, matter.id)).claimed_by == 8
    # A card that was drawn before that claim still says Claim.
    assert await claim_matter(log.core, MO, matter.id) is NotYours.CLAIMED
    assert (await claim_matter(log.core, MO, matter.id, release=True)).claimed_by is None


async def test_who_may_open_and_decide_a_matter(log):
    about_moderator = opened(log, 1, about_id=ANNA, admins_only=True)
    anna, admin = Moderator(HERE, ANNA, is_admin=True), Moderator(HERE, 8, is_admin=True)
    elsewhere = Moderator(HERE + 1, 8, is_admin=True)
    for who, refused in ((MO, NotYours.ADMINS_ONLY), (anna, NotYours.ABOUT_YOU), (elsewhere, NotYours.NOT_FOUND)):
        assert await find_matter(log.core, who, about_moderator.id, decides=False) is refused
        assert await claim_matter(log.core, who, about_moderator.id) is refused
    assert (await find_matter(log.core, admin, about_moderator.id, decides=True)).id == about_moderator.id
    wrong_kind = await find_matter(log.core, admin, about_moderator.id, MatterKind.APPEAL, decides=True)
    assert wrong_kind is NotYours.NOT_FOUND
    log.do(matters.close, about_moderator.id, log.clock(), by=8, outcome="dismissed")
    assert await find_matter(log.core, admin, about_moderator.id, decides=True) is NotYours.CLOSED
    assert await claim_matter(log.core, admin, about_moderator.id) is NotYours.CLOSED
    assert not log.do(matters.close, about_moderator.id, log.clock(), by=9, outcome="other")


async def test_who_stands_in_where_nobody_else_can_decide_about_somebody(log):
    about_owner = opened(log, 1, about_id=ANNA, admins_only=True)
    instead = Moderator(HERE, 9, is_admin=False, stands_in_for=ANNA)
    assert (await find_matter(log.core, instead, about_owner.id, decides=True)).id == about_owner.id
    assert (await claim_matter(log.core, instead, about_owner.id)).claimed_by == 9
    assert (await claim_matter(log.core, instead, about_owner.id, release=True)).claimed_by is None
    alone = Moderator(HERE, ANNA, is_admin=True, stands_in_for=ANNA)
    assert (await find_matter(log.core, alone, about_owner.id, decides=True)).id == about_owner.id
    of_nobody, appeal = opened(log, 2, admins_only=True), opened(log, 3, about_id=8, admins_only=True)
    for who, other in ((MO, of_nobody), (instead, of_nobody), (instead, appeal)):
        assert await find_matter(log.core, who, other.id, decides=True) is NotYours.ADMINS_ONLY
    theirs = log.do(matters.open_matter, HERE, MatterKind.APPEAL, 4, log.clock(), about_id=ANNA)
    assert await find_matter(log.core, alone, theirs.id, decides=True) is NotYours.ABOUT_YOU
    log.do(matters.close, about_owner.id, log.clock(), by=8, outcome="dismissed")
    assert await find_matter(log.core, alone, about_owner.id, decides=False) is NotYours.ABOUT_YOU


async def test_people_are_looked_up_only_for_what_is_about_the_owner(log):
    log.do(cases.add, NewCase(HERE, CaseKind.WARN, 7, 5, "spam"), log.clock())
    asked = []

    async def fetch_member(user_id):
        asked.append(user_id)
        return SimpleNamespace(guild_permissions=discord.Permissions(moderate_members=True))

    guild = SimpleNamespace(id=HERE, owner_id=ANNA, fetch_member=fetch_member)
    other, owners = opened(log, 1, about_id=8, admins_only=True), opened(log, 2, about_id=ANNA, admins_only=True)
    assert (await standing_in(guild, log.core, MO, other.id), asked) == (MO, [])
    assert ((await standing_in(guild, log.core, MO, owners.id)).stands_in_for, asked) == (ANNA, [7])


async def test_cards_are_drawn_again_when_other_people_can_read_them(log, editor):
    first, closed = opened(log, 1), opened(log, 2)
    await log.write()
    log.do(matters.close, closed.id, log.clock(), by=9, outcome="dismissed")
    await redraw(log, editor)
    editor.drawn.clear()
    client = SimpleNamespace(features=SimpleNamespace(matters=SimpleNamespace(redraw=RedrawMatters(log.core, editor))))
    here = SimpleNamespace(guild=SimpleNamespace(id=HERE), overwrites={}, permissions=0)
    for changed in (here, SimpleNamespace(guild=here.guild, overwrites={1: "view"}, permissions=8)):
        await RemixClient.on_guild_channel_update(client, here, changed)
        await redraw(log, editor)
        await RemixClient.on_guild_role_update(client, here, changed)
        await redraw(log, editor)
    assert [message for message, *_ in editor.drawn] == [first.id, first.id]
