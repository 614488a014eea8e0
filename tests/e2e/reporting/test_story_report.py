"""Members report results; moderators decide on a card in the log; who reported hears how it ended, and nobody else."""

from functools import partial

import discord
import pytest
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.rules.policies import Policy
from bot.storage.matters import reports
from bot.storage.standing import policies
from tests.e2e.moderators import prefilled
from tests.e2e.world import private_buttons, private_words

THANKS = "Thank you. The moderators will look at it"


class Office:
    """A log channel that only moderators read, `maud` who moderates, and `ada` who administers."""

    def __init__(self, world):
        self.world = world
        self.channel = world.server.create_text_channel("mod-log")
        moderates = discord.Permissions(moderate_members=True)
        self.admins = world.server.create_role(
            "admins", permissions=discord.Permissions(moderate_members=True, manage_guild=True)
        )
        self.role = world.server.create_role("moderators", permissions=moderates)
        self.maud = world.server.add_member(world.discord.create_user("maud"), roles=[self.role])
        self.ada = world.server.add_member(world.discord.create_user("ada"), roles=[self.admins])
        self.set(log_channel=self.channel.id)

    def close_channel(self):
        """To all but the moderators."""
        see = discord.Permissions(view_channel=True).value
        rules = [(self.world.server.id, 0, see), (self.role.id, see, 0), (self.admins.id, see, 0)]
        for role_id, allow, deny in rules:
            overwrite = Overwrite(target_id=role_id, type=OverwriteType.ROLE, allow=allow, deny=deny)
            self.world.discord.backend.set_overwrite(self.channel.id, overwrite)
        me = self.world.discord.backend.bot_user.id
        overwrite = Overwrite(target_id=me, type=OverwriteType.MEMBER, allow=see, deny=0)
        self.world.discord.backend.set_overwrite(self.channel.id, overwrite)

    def set(self, **policy):
        self.world.app.core.database.transaction_now(policies.write, self.world.server.id, Policy(**policy))

    @property
    def cards(self):
        return [card for card in self.world.cards(self.channel) if card.text.startswith("**Report**")]

    async def card(self, words, number=1):
        """The card of the n-th report, as soon as it says so."""
        await self.world.until(
            lambda: len(self.cards) >= number and words in self.cards[number - 1].text,
            f"{words!r} in the log: {[card.text for card in self.world.cards(self.channel)]}",
        )
        return self.cards[number - 1]

    async def report(self, who, card, reason="hateful", text="", told=THANKS):
        form = await self.world.open_form(who, card, "Report")
        result = await who.submit_modal(form, {"reason": [reason], "text": text})
        await self.world.told(result, told)
        assert result.ephemeral
        return result

    async def press(self, who, card, label, **fields):
        result = await who.click(card.message, label=label)
        await self.world.until(lambda: result.modal or private_words(result), f"an answer to {label}")
        if result.modal:
            result = await who.submit_modal(result, prefilled(result) | fields)
            await self.world.until(lambda: private_words(result), f"an answer to {label}")
        assert result.ephemeral
        return private_words(result)

    async def heard(self, who, words):
        """By direct message."""
        await self.world.until(lambda: any(words in text for text in self.messages_to(who)), words)

    def messages_to(self, who):
        return [card.stored.content for card in self.world.cards(who.user.dm_channel)]


@pytest.fixture
async def office(hasty_world):
    return Office(hasty_world)


@pytest.fixture
async def card(office, horse):
    """Mia's."""
    return await office.world.make(office.world.mia, horse, "a nasty horse")


async def test_a_report_becomes_a_card_that_is_claimed_and_dismissed(office, card):
    world = office.world
    await office.report(world.ben, card, "hateful", "it is <@1> **rude**")
    shown = await office.card("Reported once: Hate or harassment")
    assert f"<@{world.mia.id}>" in shown.text
    assert shown.notified == []
    # The channel is open to all, so it quotes nobody, and names no reporter.
    for word in ("nasty", "rude", str(world.ben.id)):
        assert word not in shown.text
    assert shown.files == []
    told = await office.press(office.maud, shown, "Show")
    assert "nasty horse" in told
    assert r"it is \<\@1\> \*\*rude\*\*" in told
    assert f"<@{world.ben.id}>" in told

    assert "It's yours" in await office.press(office.maud, shown, "Claim")
    shown = await office.card(f"Claimed by <@{office.maud.id}>")
    assert "Another moderator has claimed it" in await office.press(office.ada, shown, "Dismiss")
    assert "**Case 1.** Dismissed." in await office.press(office.maud, shown, "Dismiss")
    shown = await office.card(f"**Dismissed** · <@{office.maud.id}> · case 1")
    assert shown.buttons == {}
    await office.heard(world.ben, "the moderators have looked at it, and the result stays")


async def test_in_a_channel_of_moderators_the_card_has_the_picture_behind_a_spoiler(office, card):
    office.close_channel()
    await office.report(office.world.ben, card)
    shown = await office.card("nasty horse")
    assert shown.files == ["SPOILER_matter-1-1.png"]
    assert [item["spoiler"] for item in shown.gallery] == [True]
    assert f"<@{office.world.ben.id}>" in shown.text
    await office.press(office.maud, shown, "Remove", reason="not here")
    shown = await office.card("**Removed**")
    assert shown.files == []
    assert "nasty" not in shown.text
    assert office.world.cards() == []
    await office.heard(office.world.ben, "it was right, and the result is removed")


@pytest.mark.parametrize(("label", "ends"), [("Hide", "**Hidden**"), ("Remove", "**Removed**")])
async def test_hiding_and_removing_end_the_report(office, card, label, ends):
    await office.report(office.world.ben, card)
    await office.press(office.maud, await office.card("Reported once"), label, reason="no")
    shown = await office.card(ends)
    assert "case 1" in shown.text
    assert shown.buttons == {}


async def test_a_warned_author_is_on_the_card_until_somebody_ends_it(office, card):
    await office.report(office.world.ben, card)
    await office.press(office.maud, await office.card("Reported once"), "Warn", reason="be kind")
    told = await office.press(office.maud, await office.card("Reported once"), "Show")
    assert "warned its author · case 1" in told
    await office.press(office.maud, await office.card("Reported once"), "Dismiss")
    await office.card("**Dismissed after acting on its author**")
    await office.heard(office.world.ben, "have spoken to its author")


async def test_who_cannot_report_reads_why(office, card):
    world = office.world
    await office.report(world.mia, card, told="That's yours.")
    await office.report(world.ben, card)
    await office.report(world.ben, card, told="You've reported it already")
    await office.card("Reported once")


async def test_it_is_in_the_apps_menu_of_the_message_too(office, card):
    world = office.world
    form = await world.ben.context_menu(world.channel, "Report remix", card.message)
    await world.until(lambda: form.modal, "a form")
    await world.told(await world.ben.submit_modal(form, {"reason": ["spam"], "text": ""}), THANKS)
    await office.card(": Spam")


async def test_a_moderators_card_is_for_admins_and_nobody_decides_about_themselves(office, horse):
    world = office.world
    card = await world.make(office.maud, horse, "a nasty horse")
    other = world.server.add_member(world.discord.create_user("mo"), roles=[office.role])
    await office.report(world.ben, card)
    await world.until(lambda: "**For admins**" in "".join(each.text for each in world.cards(office.channel)), "a card")
    shown = next(each for each in world.cards(office.channel) if "**For admins**" in each.text)
    assert str(office.maud.id) not in shown.text
    assert set(shown.buttons) == {"Show", "Claim"}
    for who, refused in ((other, "only people with the **Manage Server**"), (office.maud, "It's about you")):
        for label in ("Show", "Claim"):
            assert refused in await office.press(who, shown, label)
        forged = await world.click_forged(who, shown.stored, "remix:matter-report-dismiss:1")
        await world.told(forged, refused)
    result = await office.ada.click(shown.message, label="Show")
    assert "nasty horse" in await world.told(result, "nasty horse")
    dismissed = await office.ada.click(result.response, label="Dismiss")
    await world.told(dismissed, "Dismissed.")


async def about_owner(office, horse):
    """The card of a report about maud, who owns the server."""
    world = office.world
    world.discord.backend.guilds[world.server.id].owner_id = office.maud.id
    await world.restart()
    card = await world.make(office.maud, horse, "a nasty horse")
    await office.report(world.ben, card, text="how rude")
    await world.until(lambda: "**For admins**" in "".join(each.text for each in world.cards(office.channel)), "a card")
    return next(each for each in world.cards(office.channel) if "**For admins**" in each.text)


async def test_a_report_about_the_only_admin_is_decided_by_another_moderator(office, horse):
    world = office.world
    mo = world.server.add_member(world.discord.create_user("mo"), roles=[office.role])
    shown = await about_owner(office, horse)
    # Ada has moderated here, and so she is known.
    await office.ada.slash(world.channel, "remix-mod warn", member=world.mia, reason="spam")
    await world.until(lambda: "case 1" in "".join(each.text for each in world.cards(office.channel)).lower(), "a case")
    assert "only people with the **Manage Server**" in await office.press(mo, shown, "Show")
    world.server.remove_member(office.ada)
    assert "It's yours" in await office.press(mo, shown, "Claim")
    result = await mo.click(shown.message, label="Show")
    assert f"<@{world.ben.id}>" in await world.told(result, "nasty horse")
    form = await mo.click(result.response, label="Remove")
    await world.until(lambda: form.modal, "a form")
    await world.told(await mo.submit_modal(form, {"reason": "no"}), "You can't do that to the server's owner")
    await world.told(await mo.click(result.response, label="Dismiss"), "Dismissed.")


async def test_the_only_moderator_decides_about_themself_and_does_not_read_who_reported(office, horse):
    world = office.world
    shown = await about_owner(office, horse)
    result = await office.maud.click(shown.message, label="Show")
    told = await world.told(result, "I know of no other moderator here")
    assert "Reported once: Hate or harassment" in told
    assert (str(world.ben.id) in told, "rude" in told, "nasty" in told) == (False, False, False)
    assert private_buttons(result) == ["Dismiss", "Claim"]
    forged = await world.click_forged(office.maud, shown.stored, "remix:matter-report-false:1")
    await world.told(forged, "It's about you")
    await world.told(await office.maud.click(result.response, label="Dismiss"), "Dismissed.")
    case = await office.maud.slash(world.channel, "remix-mod case", number=1)
    await world.told(case, "no other moderator is known here")
    await office.heard(world.ben, "the moderators have looked at it")


async def test_a_moderator_does_not_decide_their_own_report(office, card):
    await office.report(office.maud, card)
    shown = await office.card("Reported once")
    for label in ("Dismiss", "Remove"):
        assert "You reported it yourself" in await office.press(office.maud, shown, label)


async def test_the_inbox_has_it_without_a_log_channel(office, card):
    office.set()
    await office.report(office.world.ben, card)
    listed = await office.maud.slash(office.world.channel, "remix-mod inbox")
    await office.world.told(listed, "**1 thing waits for a decision**")
    opened = await office.maud.click(listed.response, label="Open")
    await office.world.told(opened, "nasty horse")
    await office.world.told(await office.maud.click(opened.response, label="Dismiss"), "Dismissed.")
    again = await office.maud.slash(office.world.channel, "remix-mod inbox")
    await office.world.told(again, "**Nothing waits for a decision.**")


async def test_the_card_is_right_again_after_a_restart(office, card):
    await office.report(office.world.ben, card)
    await office.card("Reported once")
    await office.world.restart()
    await office.press(office.maud, await office.card("Reported once"), "Dismiss")
    await office.card("**Dismissed**")


async def test_what_its_author_deletes_meanwhile_ends_the_report(office, card):
    world = office.world
    await office.report(world.ben, card)
    await office.card("Reported once")
    asked = await world.press(world.mia, card, "Delete")
    await world.told(asked, "Delete for good?")
    await world.told(await world.mia.click(asked.response, label="Delete for good"), "Deleted")
    await office.card("**Deleted meanwhile**")
    await office.heard(world.ben, "the result has been deleted meanwhile")


async def test_what_is_reported_as_illegal_is_gone_at_once_and_shown_to_nobody(office, card):
    world = office.world
    await office.report(world.ben, card, "illegal", "look at this")
    await world.until(lambda: not world.cards(), "the message to be deleted")
    await world.until(lambda: "**For admins**" in "".join(each.text for each in world.cards(office.channel)), "a card")
    shown = next(each for each in world.cards(office.channel) if "**For admins**" in each.text)
    log = "".join(each.text for each in world.cards(office.channel) if "**Remix**" not in each.text)
    assert "nasty" not in log
    assert "only people with the **Manage Server**" in await office.press(office.maud, shown, "Show")
    result = await office.ada.click(shown.message, label="Show")
    told = await world.told(result, "Report of illegal content")
    assert "nasty" not in told
    assert f"<@{world.ben.id}>" in told
    assert result.response.attachments == []
    await world.told(await office.ada.click(result.response, label="It was right"), "Upheld.")
    await office.heard(world.ben, "it was right, and the result is removed")


async def test_whom_no_message_reaches_reads_at_the_next_use_how_it_ended(office, card):
    world, ben = office.world, office.world.ben
    await office.report(ben, card)
    # Discord says of bots that they cannot be written to, as of people who take no messages.
    world.discord.backend.users[ben.id].bot = True
    await office.press(office.maud, await office.card("Reported once"), "Dismiss")
    unread = partial(world.app.core.database.transaction_now, reports.find_unread, world.server.id, ben.id, 3)
    await world.until(unread, "a message that is refused")
    world.discord.backend.users[ben.id].bot = False
    result = await ben.slash(world.channel, "remix-help")
    await world.told_aside(result, "**Your report** of remix `1`: the moderators have looked at it")
    assert (unread(), office.messages_to(ben)) == ([], [])


async def test_each_reporter_is_told_once_and_not_who_else_reported(office, card):
    world, rosa = office.world, office.world.person("rosa")
    await office.report(world.ben, card)
    await office.report(rosa, card)
    await office.press(office.maud, await office.card("Reported 2 times"), "Remove", reason="no")
    for who in (world.ben, rosa):
        await office.heard(who, "**Your report** of remix `1` in **Studio**: it was right, and the result is removed")
    await world.restart()
    assert [len(office.messages_to(who)) for who in (world.ben, rosa)] == [1, 1]
