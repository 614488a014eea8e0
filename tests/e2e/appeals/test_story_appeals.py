"""Appeals, from the person who presses the button to the message that says how it ended."""

import discord
import pytest

from bot.rules.appeals import ALLOWED_FOR, MOST_A_DAY, OPEN_FOR
from bot.rules.policies import Policy
from bot.storage.standing import policies
from tests.e2e.appeals.hearing import Hearing
from tests.e2e.moderators import aside
from tests.e2e.world import private_buttons, private_words


@pytest.fixture
async def hearing(hasty_world):
    return Hearing(hasty_world)


async def refused(hearing, horse, prompt="a nude", who=None):
    result = await hearing.world.remix(who or hearing.world.mia, horse, prompt)
    await hearing.world.told(result, "This server doesn't allow that prompt")
    return result


async def test_a_refused_prompt_is_allowed_once(hearing, horse):
    world, mia = hearing.world, hearing.world.mia
    hearing.list_word("nude")
    result = await refused(hearing, horse)
    assert private_buttons(result) == ["Edit and retry", "Appeal"]
    said = await hearing.appeal(result, mia, text="it is *art* @everyone")
    assert said.startswith("**The moderators have your appeal** (number 1).")

    card = await hearing.card()
    assert f"**Appeal 1** · <@{mia.id}> appeals a refused prompt" in card.text
    assert r"> it is \*art\* \@everyone" in card.text
    assert "> ||a nude||" in card.text
    assert "Refused because of `nude`" in card.text
    assert list(card.buttons) == ["Allow once", "Allow this word", "Keep", "Claim"]
    assert card.notified == []

    assert "**Case 1.** Appeal 1: allowed once." in await hearing.decide("Allow once", answer="Nice one")
    closed = await hearing.closed_card("Allowed once")
    assert f"<@{hearing.maud.id}> · case 1" in closed.text
    assert ("a nude" in closed.text, closed.buttons) == (False, {})
    await hearing.told_directly(mia, "You can make one remix with exactly this prompt")
    (told,) = hearing.messages_to(mia)
    assert told.startswith("**Your appeal** in **Studio**: a refused prompt\n> a nude\n")
    assert "> Nice one" in told
    assert "maud" not in told

    await world.make(mia, horse, "a nude")
    await refused(hearing, horse)
    await refused(hearing, horse, who=world.ben)


async def test_what_was_allowed_once_is_withdrawn_by_the_button_under_the_answer(hearing, horse):
    hearing.list_word("nude")
    await hearing.appeal(await refused(hearing, horse), hearing.world.mia)
    form = await hearing.maud.click((await hearing.card()).message, label="Allow once")
    await hearing.world.until(lambda: form.modal, "a form")
    decided = await hearing.maud.submit_modal(form, {"answer": ""})
    await hearing.words(decided, "the decision")
    undone = await hearing.maud.click(decided.response, label="Undo")
    assert "Case 1 (Allowed once" in await hearing.words(undone, "the undoing")
    await refused(hearing, horse)


async def test_the_word_is_allowed_by_admins_alone(hearing, horse):
    world = hearing.world
    hearing.list_word("nude*")
    await hearing.appeal(await refused(hearing, horse, "two nudes"), world.mia)
    card = await hearing.card()
    said = await hearing.maud.click(card.message, label="Allow this word")
    assert "Only people with the **Manage Server** permission" in await hearing.words(said, "the refusal")

    admins = discord.Permissions(moderate_members=True, manage_guild=True)
    world.discord.backend.edit_role(world.server.id, hearing.role.id, {"permissions": admins.value})
    form = await hearing.maud.click(card.message, label="Allow this word")
    await world.until(lambda: form.modal, "a form")
    assert "In everybody's prompts: nudes" in str(form.modal)
    assert "Appeal 1: allowed." in await hearing.submit(form, "allow", answer="")
    await hearing.told_directly(world.mia, "The moderators now allow its words in this server")
    await world.make(world.ben, horse, "two nudes")


async def test_a_picture_like_a_removed_one_is_allowed_once(hearing, horse):
    world, ben = hearing.world, hearing.world.ben
    await world.make(world.mia, horse)
    await hearing.press("remove", hearing.max, remix="1", reason="gore")
    result = await world.remix(ben, horse)
    await world.told(result, "This picture, or one very much like it, was removed in this server")
    assert private_buttons(result) == ["Appeal"]
    await hearing.appeal(result, ben, text="mine is the one in the museum")
    card = await hearing.card()
    assert f"<@{ben.id}> appeals a refused picture" in card.text
    assert "Refused because it is like listed picture `" in card.text
    assert list(card.buttons) == ["Allow once", "Allow this picture", "Keep", "Claim"]
    await hearing.decide("Allow once")
    await hearing.told_directly(ben, "You can make one remix with this picture")
    # Its result is another picture, which may be like the one that was removed: moderators look at that one first.
    await world.remix(ben, horse)
    await world.until(lambda: len(world.ideogram.calls) == 2, "the paid call")
    await world.told(await world.remix(ben, horse), "was removed in this server")


async def test_the_owner_alone_decides_what_they_did_and_the_card_says_so(hearing, horse):
    world, mia = hearing.world, hearing.world.mia
    world.discord.backend.guilds[world.server.id].owner_id = hearing.maud.id
    await world.restart()
    await hearing.press("block", member=mia)
    result = await world.remix(mia, horse)
    await world.told(result, "You're blocked")
    await hearing.appeal(result, mia)
    # Somebody else has moderated here, and still does.
    await hearing.press("warn", hearing.max, member=world.ben, reason="spam")
    assert "You did what is appealed here" in await hearing.decide("Lift")
    world.server.remove_member(hearing.max)
    assert "Appeal 1: lifted" in await hearing.decide("Lift")
    await hearing.closed_card("Lifted, by the moderator who acted: I know of no other one here")


async def test_nobody_decides_the_appeal_of_somebody_above_them(hearing, horse):
    hearing.list_word("nude")
    await hearing.appeal(await refused(hearing, horse, who=hearing.max), hearing.max)
    assert "highest role" in await hearing.decide("Allow once")
    assert hearing.appeals(hearing.max)[0].outcome is None


async def test_a_blocked_person_appeals_by_button_and_is_let_in_again(hearing, horse):
    world, mia = hearing.world, hearing.world.mia
    await hearing.press("block", hearing.max, member=mia, reason="spam")
    result = await world.remix(mia, horse)
    await world.told(result, "You're blocked from making remixes in this server")
    assert private_buttons(result) == ["Appeal"]
    await hearing.appeal(result, mia)
    card = await hearing.card()
    assert "appeals case 1 · Block by" in card.text
    assert "> spam" in card.text
    assert list(card.buttons) == ["Lift", "Keep", "Claim"]

    assert "You did what is appealed here" in await hearing.decide("Lift", hearing.max)
    assert "**Case 2.** Appeal 1: lifted." in await hearing.decide("Lift")
    await hearing.told_directly(mia, "The moderators have lifted it. You can make remixes again.")
    await world.make(mia, horse)


async def test_what_is_kept_is_final_and_a_person_appeals_only_so_often(hearing, horse):
    mia = hearing.world.mia
    hearing.list_word("nude")
    result = await refused(hearing, horse)
    await hearing.appeal(result, mia)
    assert "You have appealed that already" in await hearing.appeal(result, mia)
    assert "Appeal 1: kept." in await hearing.decide("Keep", answer="No @here")
    await hearing.told_directly(mia, "it stays as it is")
    assert r"> No \@here" in hearing.messages_to(mia)[0]
    assert "have decided that it stays" in await hearing.appeal(result, mia)
    for number in range(1, MOST_A_DAY):
        await hearing.appeal(await refused(hearing, horse, f"nude {number}"), mia)
    said = await hearing.appeal(await refused(hearing, horse, "one more nude"), mia)
    assert f"You can make {MOST_A_DAY} appeals in 24 hours" in said


async def test_a_warning_and_a_removal_have_the_button_where_they_are_read(hearing, horse):
    world, mia = hearing.world, hearing.world.mia
    card = await world.make(mia, horse)
    await hearing.press("warn", member=mia, reason="spam")
    await hearing.menu("Remove remix", card, reason="ugly")
    result = await world.remix(mia, horse)
    await world.until(lambda: aside(result), "the warning")
    warning = result.followups[0]
    form = await mia.click(warning, label="Appeal case 2")
    await hearing.submit(form, "the appeal", mia, text="it is pretty")
    shown = await hearing.card()
    assert "**Lift** can't bring them back" in shown.text
    await hearing.decide("Lift", hearing.max)
    await hearing.told_directly(mia, "nothing can bring them back")


async def test_somebody_who_left_appeals_in_a_direct_message(hearing):
    world, mia = hearing.world, hearing.world.mia
    await hearing.press("block", member=mia, reason="spam")
    await hearing.press("block", member=world.ben, reason="also")
    world.server.remove_member(mia)
    result = await mia.user.slash("remix-appeal")
    await world.until(lambda: result.response and result.response.components, "the menu")
    ((option,),) = [menu["options"] for row in result.response.components for menu in row["components"]]
    assert (option["label"], option["description"]) == ("Your block (case 1) in Studio", "spam")
    form = await mia.user.select(result.response, [option["value"]])
    await world.until(lambda: form.modal, "a form")
    sent = await mia.user.submit_modal(form, {"text": "I am sorry"})
    await world.until(lambda: "have your appeal" in private_words(sent), "an answer")

    # Ben's case is nothing that mia could appeal, however she asks for it.
    forged = f"remix:appeal-form:{world.server.id}:case:2"
    denied = await world.submit_forged(mia.user, forged, channel=mia.user.dm_channel, text="let ben in")
    await world.until(lambda: "nothing of yours" in private_words(denied), "a refusal")
    await hearing.decide("Lift", hearing.max)
    await hearing.told_directly(mia, "The moderators have lifted it")


async def test_whom_no_message_reaches_reads_it_at_the_next_use(hearing, horse):
    world, mia = hearing.world, hearing.world.mia
    await hearing.press("block", member=mia)
    result = await world.remix(mia, horse)
    await world.told(result, "You're blocked")
    await hearing.appeal(result, mia)
    hearing.refuse_messages_to(mia)
    await hearing.decide("Keep", hearing.max, answer="no")
    await world.until(lambda: hearing.appeals(mia)[0].unreachable_at, "a message that is refused")
    hearing.refuse_messages_to(mia, refuses=False)
    assert hearing.messages_to(mia) == []
    result = await world.remix(mia, horse)
    await world.until(lambda: len(aside(result)) == 1, "how it ended")
    assert "it stays as it is.\nA moderator says:\n> no" in aside(result)[0]
    result = await world.remix(mia, horse)
    await world.told(result, "You're blocked")
    assert aside(result) == []


async def test_the_prompt_stays_hidden_where_others_read_the_log(hearing, horse):
    world, mia = hearing.world, hearing.world.mia
    hearing.log = world.server.create_text_channel("open-log")
    hearing.policy()
    hearing.list_word("nude")
    await hearing.appeal(await refused(hearing, horse), mia, text="my secret reason")
    card = await hearing.card()
    assert ("nude" in card.text, "secret" in card.text) == (False, False)
    shown = await hearing.maud.click(card.message, label="Show")
    await world.until(lambda: "||a nude||" in private_words(shown), "the whole card")
    assert shown.ephemeral
    assert "secret" in private_words(shown)
    denied = await mia.click(card.message, label="Show")
    await world.until(lambda: private_words(denied), "a refusal")
    assert "secret" not in private_words(denied)
    forged = await world.click_forged(mia, card.stored, "remix:matter-appeal-once:1")
    await world.told(forged, "Moderate Members")


async def test_an_appeal_is_decided_after_a_restart_and_ends_undecided_in_time(hearing, horse):
    world, mia = hearing.world, hearing.world.mia
    hearing.list_word("nude")
    await hearing.appeal(await refused(hearing, horse), mia)
    await hearing.card()
    await world.restart()
    assert "Appeal 1: allowed once" in await hearing.decide("Allow once")
    world.later(ALLOWED_FOR.total_seconds() + 1)
    await refused(hearing, horse)

    await hearing.press("block", member=world.ben)
    blocked = await world.remix(world.ben, horse)
    await world.told(blocked, "You're blocked")
    await hearing.appeal(blocked, world.ben)
    await hearing.card("appeals case 2")
    world.later(OPEN_FOR.total_seconds() + 1)
    await world.app.watchers.housekeeping.once(forget=False)
    await hearing.told_directly(world.ben, f"Nobody decided within {OPEN_FOR.days} days")
    await hearing.closed_card("Nobody decided in time")


async def test_the_inbox_has_it_where_there_is_no_log_channel(hearing, horse):
    world, mia = hearing.world, hearing.world.mia
    world.app.core.database.transaction_now(policies.write, world.server.id, Policy())
    hearing.list_word("nude")
    await hearing.appeal(await refused(hearing, horse), mia)
    assert "**Appeal**" in await hearing.press("inbox")


async def test_a_remix_that_a_listed_picture_ends_while_it_waits_has_the_button(make_world, horse, plumeria):
    """Also after a restart, and in the list of one's own remixes."""
    world = await make_world(cooldown_s=0, ideogram_max_in_flight=1)
    hearing, mia = Hearing(world), world.mia
    await world.make(mia, horse)
    world.hold_calls()
    await world.remix(world.ben, plumeria)
    await world.ideogram.until_running(1)
    waiting = await world.remix(mia, horse)
    await world.told(waiting, "You are next")
    await hearing.press("remove", remix="1", reason="gore")
    world.let_calls_go()
    await world.told(waiting, "its picture, or one very much like it")
    assert private_buttons(waiting) == ["Appeal"]
    await world.restart()
    assert "**The moderators have your appeal**" in await hearing.appeal(waiting, mia)
    mine = await mia.slash(world.channel, "my-remixes")
    await world.until(lambda: private_words(mine), "the list")
    assert "You have appealed that already" in await hearing.appeal(mine, mia)
    assert "Appeal 1: allowed once." in await hearing.decide("Allow once", hearing.max)
    # Its result may be like the one that was removed, so moderators look at it first.
    await world.remix(mia, horse)
    await world.until(lambda: len(world.ideogram.calls) == 3, "the paid call")


async def test_a_block_that_is_over_leaves_nothing_to_appeal(hearing, horse):
    world, mia = hearing.world, hearing.world.mia
    await hearing.press("block", member=mia)
    result = await world.remix(mia, horse)
    await world.told(result, "You're blocked")
    await hearing.press("unblock", member=mia)
    said = await mia.click(result.response, label="Appeal")
    await world.until(lambda: private_words(said), "an answer")
    assert "nothing left to appeal" in private_words(said)
