"""The log channel: what was made, refused and done stands there once, and its buttons ask who clicks."""

import asyncio
from datetime import timedelta

import discord
import pytest
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.demo.ideogram_stand_in import Fault
from bot.discord_app.moderation import words
from bot.rules.cases import CaseKind
from bot.rules.hierarchy import OutOfReach
from bot.rules.log_problems import LogProblem
from bot.rules.policies import Policy
from bot.storage.moderation import cases
from bot.storage.moderation.cases import CaseFilter
from bot.storage.standing import member_blocks, policies, servers
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import block_member
from tests.e2e.admins import Admins
from tests.e2e.moderators import Desk, prefilled
from tests.e2e.world import private_words

BUTTONS = ["Hide", "Remove", "Warn", "Block 24 h"]
NASTY = "@everyone <@1> **bold** [x](http://evil) `code`\n# head"


class Office:
    """The log channel of the server, and `mo`, who may time out members."""

    def __init__(self, world):
        self.world = world
        self.channel = world.server.create_text_channel("mod-log")
        self.role = world.server.create_role("moderators", permissions=discord.Permissions(moderate_members=True))
        self.mo = world.server.add_member(world.discord.create_user("mo"), roles=[self.role])
        self.set(log_channel=self.channel.id)

    def do(self, function, *args):
        return self.world.app.core.database.transaction_now(function, *args)

    def set(self, **policy):
        self.do(policies.write, self.world.server.id, Policy(**policy))

    def close_channel(self):
        """To all but the moderators."""
        see, me = discord.Permissions(view_channel=True).value, self.world.discord.backend.bot_user.id
        rules = [(self.world.server.id, OverwriteType.ROLE, 0, see), (me, OverwriteType.MEMBER, see, 0)]
        for target, kind, allow, deny in [*rules, (self.role.id, OverwriteType.ROLE, see, 0)]:
            overwrite = Overwrite(target_id=target, type=kind, allow=allow, deny=deny)
            self.world.discord.backend.set_overwrite(self.channel.id, overwrite)

    @property
    def cards(self):
        return self.world.cards(self.channel)

    @property
    def text(self):
        return "\n".join(card.text for card in self.cards)

    async def says(self, words):
        await self.world.until(lambda: words in self.text, f"{words!r} in the log")

    async def opened(self, who, label):
        """The form that the first entry with buttons opens."""
        card = next(card for card in self.cards if card.buttons)
        result = await who.click(card.message, label=label)
        await self.world.until(lambda: result.modal or private_words(result), f"an answer to {label}")
        return result

    async def press(self, who, label, **fields):
        """The last answer to the person who clicked."""
        result = await self.opened(who, label)
        return await self.submit(who, result, **fields) if result.modal else private_words(result)

    async def submit(self, who, form, **fields):
        # simcord lets nobody submit a form twice; Discord may deliver a submission again, as it does commands.
        form._interaction.modal_consumed = False
        result = await who.submit_modal(form, prefilled(form) | fields)
        await self.world.until(lambda: private_words(result), "an answer to the form")
        assert result.ephemeral
        return private_words(result)

    @property
    def buttons(self):
        return next(list(card.buttons) for card in self.cards if card.buttons)

    @property
    def cases(self):
        return [(case.kind, case.target_id) for case in self.do(cases.newest, self.world.server.id, CaseFilter(), 9)]


@pytest.fixture
async def office(hasty_world):
    return Office(hasty_world)


async def test_a_remix_stands_there_with_who_where_prompt_cost_and_link_and_without_its_picture(office, horse):
    world = office.world
    office.close_channel()
    made = await world.make(world.mia, horse, NASTY)
    await office.says("**Remix**")

    (card,) = office.cards
    assert f"<@{world.mia.id}> in <#{world.channel.id}> · $0.06" in card.lines[0]
    assert card.lines[0].endswith(f"/{world.server.id}/{world.channel.id}/{made.message.id}")
    assert card.quoted.startswith(r"> @everyone \<@1\> \*\*bold\*\* \[x\]\(http\:\/\/evil\)".replace("@", r"\@"))
    assert len(card.lines) == 2
    assert (card.notified, card.files, card.gallery) == ([], [], [])
    assert list(card.buttons) == ["Hide", "Remove", "Warn", "Block 24 h"]


async def test_where_others_can_read_the_channel_the_prompt_stays_out_since_its_remix_may_be_hidden_later(
    office, horse
):
    await office.world.make(office.world.mia, horse, "a terrible secret")
    await office.says("**Remix**")

    assert "secret" not in office.text
    assert "Not only moderators can read this channel" in office.text


async def test_what_failed_stands_there_without_the_prompt(office, horse):
    office.world.ideogram.dials.fail = [Fault.PROMPT_UNSAFE]
    await office.world.remix(office.world.mia, horse, "a terrible secret")
    await office.says("**Failed**")

    assert "secret" not in office.text
    assert "not charged" in office.text
    assert not any(card.buttons for card in office.cards)


async def test_what_a_rule_refused_stands_there_once_without_the_prompt(office, horse):
    elsewhere = office.world.server.create_text_channel("elsewhere")
    office.set(log_channel=office.channel.id, channels=frozenset({elsewhere.id}))
    for _ in range(3):
        result = await office.world.remix(office.world.mia, horse, "a terrible secret")
        await office.world.told(result, "can't make remixes in this channel")
    await office.says("**Refused**")

    assert office.text.count("**Refused**") == 1
    assert f"<@{office.world.mia.id}> in <#{office.world.channel.id}> · channel not allowed" in office.text
    assert "secret" not in office.text


async def test_a_changed_setting_shows_channels_and_roles_as_mentions_that_notify_nobody(hasty_world):
    world, admins = hasty_world, Admins(hasty_world)
    log = world.server.create_text_channel("mod-log")
    await admins.set("log-channel", log.mention)
    await admins.set("roles", admins.artists.mention)
    await admins.told("plan", role=admins.artists, daily_quota="5")
    await world.until(lambda: "Plan for" in "".join(card.text for card in world.cards(log)), "the plan in the log")
    text = "\n".join(card.text for card in world.cards(log))
    assert f"\nlog-channel: default → {log.mention}" in text
    assert f"\nroles: default → {admins.artists.mention}" in text
    assert f"\nPlan for {admins.artists.mention}: none → daily-quota 5" in text
    assert [card.notified for card in world.cards(log)] == [[] for _ in world.cards(log)]


async def test_hide_makes_a_spoiler_of_the_picture_and_is_a_case(office, horse):
    made = await office.world.make(office.world.mia, horse)
    await office.says("**Remix**")

    told = await office.press(office.mo, "Hide")

    assert "behind a spoiler" in told
    await office.world.until(lambda: all(item["spoiler"] for item in made.gallery), "the picture is covered")
    await office.says("**Case 1**")
    assert office.cases == [(CaseKind.HIDE, office.world.mia.id)]
    await office.world.until(lambda: "Unhide" in office.buttons, "the entry offers Unhide")
    assert "Hide" not in office.buttons
    assert "visible" in await office.press(office.mo, "Unhide")
    await office.world.until(lambda: "Hide" in office.buttons, "the entry offers Hide again")
    assert office.cases[0] == (CaseKind.UNHIDE, office.world.mia.id)


async def test_remove_takes_the_message_away(office, horse):
    await office.world.make(office.world.mia, horse)
    await office.says("**Remix**")

    assert "is removed" in await office.press(office.mo, "Remove")

    assert office.world.cards() == []
    assert office.world.job().removed_at is not None
    assert office.cases == [(CaseKind.REMOVE, office.world.mia.id)]


async def test_block_holds_for_a_day(office, horse):
    await office.world.make(office.world.mia, horse)
    await office.says("**Remix**")

    assert "is blocked from making remixes here until" in await office.press(office.mo, "Block 24 h")

    block = office.do(member_blocks.find, office.world.server.id, office.world.mia.id)
    assert block.until - block.blocked_at == timedelta(hours=24)
    result = await office.world.remix(office.world.mia, horse)
    await office.world.told(result, "You're blocked from making remixes")
    await office.says("blocked in this server")


EFFECTS = {
    "Hide": CaseKind.HIDE,
    "Remove": CaseKind.REMOVE,
    "Warn": CaseKind.WARN,
    "Block 24 h": CaseKind.BLOCK,
}


@pytest.mark.parametrize("label", BUTTONS)
async def test_a_form_that_is_submitted_twice_or_by_two_moderators_at_once_has_one_effect(office, horse, label):
    world = office.world
    boss = world.server.add_member(world.discord.create_user("boss"), roles=[office.role])
    await world.make(world.mia, horse)
    await office.says("**Remix**")
    mine, again, theirs = [await office.opened(who, label) for who in (office.mo, office.mo, boss)]

    await asyncio.gather(
        office.submit(office.mo, mine, reason="spam"),
        office.submit(office.mo, mine, reason="spam"),
        office.submit(office.mo, again, reason="spam"),
        office.submit(boss, theirs, reason="spam too"),
    )

    assert office.cases == [(EFFECTS[label], world.mia.id)]


async def test_a_clearly_longer_block_of_the_same_remix_is_no_repetition(office, horse):
    await office.world.make(office.world.mia, horse)
    await office.says("**Remix**")
    await office.press(office.mo, "Block 24 h")
    assert "already done because of this remix, by case 1" in await office.press(office.mo, "Block 24 h")
    assert "**Case 2.**" in await office.press(office.mo, "Block 24 h", duration="7d")
    assert "**Case 3.**" in await office.press(office.mo, "Block 24 h", duration="")
    assert "by case 3" in await office.press(office.mo, "Block 24 h", duration="")


async def test_the_reason_of_the_form_stands_in_the_case(office, horse):
    await office.world.make(office.world.mia, horse)
    await office.says("**Remix**")
    assert "> spam\n" in f"{await office.press(office.mo, 'Warn', reason='spam')}\n"
    assert "> gore" in await office.press(office.mo, "Block 24 h", reason="gore", duration="")
    reasons = [case.reason for case in office.do(cases.newest, office.world.server.id, CaseFilter(), 9)]
    assert reasons == ["gore", "spam"]
    assert office.do(member_blocks.find, office.world.server.id, office.world.mia.id).until is None


async def test_a_warning_needs_a_reason_and_a_block_a_length_that_can_be_read(office, horse):
    await office.world.make(office.world.mia, horse)
    await office.says("**Remix**")
    assert "give a reason" in await office.press(office.mo, "Warn", reason="\u200b")
    assert "I can't read that length" in await office.press(office.mo, "Block 24 h", duration="soon")
    assert office.cases == []


async def test_a_form_left_open_over_a_restart_and_the_loss_of_the_role_changes_nothing(office, horse):
    world = office.world
    await world.make(world.mia, horse)
    await office.says("**Remix**")
    forms = {label: await office.opened(office.mo, label) for label in BUTTONS}
    await world.restart()
    world.discord.backend.remove_member_role(world.server.id, office.mo.id, office.role.id)
    for form in forms.values():
        assert await office.submit(office.mo, form, reason="no") == words.NOT_A_MODERATOR
    assert office.cases == []
    world.discord.backend.add_member_role(world.server.id, office.mo.id, office.role.id)
    assert "is removed" in await office.submit(office.mo, forms["Remove"])


async def test_what_is_hidden_by_a_command_or_before_its_entry_is_written_is_offered_unhide(office, horse):
    world, desk = office.world, Desk(office.world)
    await world.make(world.mia, horse)
    await office.says("**Remix**")
    await desk.press("hide", remix="1")
    await world.until(lambda: "Unhide" in office.buttons, "the entry offers Unhide")
    await desk.press("undo", number=1)
    await world.until(lambda: "Hide" in office.buttons, "the entry offers Hide")


async def test_block_of_the_log_never_ends_a_longer_block(office, horse):
    world = office.world
    await office.world.make(world.mia, horse)
    await office.says("**Remix**")
    await block_member(world.app.core, Acting(world.server.id, world.rosa.id, "gore"), world.mia.id, None)

    told = await office.press(office.mo, "Block 24 h")

    assert "is already blocked until somebody unblocks them, by case 1, and that stays." in told
    world.later(25 * 3600)
    refused = await world.told(await world.remix(world.mia, horse), "You're blocked from making remixes")
    assert "> gore" in refused


@pytest.mark.parametrize("label", BUTTONS)
async def test_who_may_not_time_out_members_changes_nothing(office, horse, label):
    await office.world.make(office.world.mia, horse)
    await office.says("**Remix**")

    assert await office.press(office.world.ben, label) == words.NOT_A_MODERATOR
    assert office.cases == []
    assert not office.world.job().hidden


@pytest.mark.parametrize("label", BUTTONS)
async def test_nobody_acts_on_who_stands_as_high_as_they(office, horse, label):
    boss = office.world.server.add_member(office.world.discord.create_user("boss"), roles=[office.role])
    await office.world.make(boss, horse)
    await office.says("**Remix**")

    assert await office.press(office.mo, label, reason="no") == words.out_of_reach(OutOfReach.HIGHER)
    assert office.cases == []


async def test_the_buttons_work_after_a_restart_and_not_on_another_servers_remix(office, horse):
    await office.world.make(office.world.mia, horse)
    await office.says("**Remix**")
    await office.world.restart()
    assert "behind a spoiler" in await office.press(office.mo, "Hide")

    elsewhere = office.world.discord.create_guild("Elsewhere")
    power = elsewhere.create_role("power", permissions=discord.Permissions(administrator=True))
    eve = elsewhere.add_member(office.world.discord.create_user("eve"), roles=[power])
    channel = elsewhere.create_text_channel("pictures")
    await office.world.remix(eve, horse, channel=channel)
    card = await office.world.card(1, channel)
    for button in ("hide", "show", "remove", "warn", "block"):
        form = await office.world.click_forged(eve, card.stored, f"remix:log-{button}:1")
        await office.world.until(lambda form=form: form.modal, "a form")
        assert "can't find that remix here" in await office.submit(eve, form, reason="no")
    assert office.world.job().removed_at is None


async def test_a_log_channel_that_is_closed_gone_or_elsewhere_is_on_record_and_harms_nobody(office, horse):
    office.world.deny("send_messages", channel=office.channel)
    await office.world.make(office.world.mia, horse)
    guild_id = office.world.server.id
    await office.world.until(lambda: office.do(servers.read_log_problem, guild_id), "the trouble is on record")
    assert office.do(servers.read_log_problem, guild_id) is LogProblem.NOT_ALLOWED

    foreign = office.world.discord.create_guild("Elsewhere").create_text_channel("theirs")
    office.set(log_channel=foreign.id)
    office.world.later(601)
    office.world.app.watchers.server_log.wake()
    await office.world.make(office.world.mia, horse)
    await office.world.until(
        lambda: office.do(servers.read_log_problem, guild_id) is LogProblem.ELSEWHERE, "it is elsewhere"
    )
    assert office.world.cards(foreign) == []

    open_one = office.world.server.create_text_channel("open")
    office.set(log_channel=open_one.id)
    office.world.later(601)
    office.world.app.watchers.server_log.wake()
    await office.world.until(lambda: len(office.world.cards(open_one)) == 2, "what waited is written")
    assert [card.text.count("**Remix**") for card in office.world.cards(open_one)] == [1, 1]
    assert office.do(servers.read_log_problem, guild_id) is None


async def test_the_servers_own_budget_warns_there(office, horse):
    office.set(log_channel=office.channel.id, daily_budget=120_000)
    await office.world.make(office.world.mia, horse)
    await office.says("**50% of this server's daily budget is spent**: $0.06 of $0.12.")
    await office.world.make(office.world.mia, horse)
    await office.says("**This server's daily budget is used up**: $0.12 of $0.12.")

    result = await office.world.remix(office.world.mia, horse)
    await office.world.told(result, "budget for today doesn't have enough left")
    await office.says("not enough left in this server's daily budget")
