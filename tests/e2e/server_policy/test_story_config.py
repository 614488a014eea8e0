"""`/remix-config`: an admin sets what holds in their server, in a panel or by name, without a restart."""

import json

import pytest

from bot.rules.cases import CaseKind
from bot.rules.log_problems import LogProblem
from bot.rules.policies import NO_POLICY, Plan, Policy
from bot.rules.policy_file import LARGEST_FILE
from bot.rules.prices import Speed
from bot.storage.remixes import quotas
from bot.storage.standing import policies, servers
from tests.e2e.admins import COMMANDS, Admins
from tests.e2e.cards import Card


@pytest.fixture
async def admins(hasty_world):
    return Admins(hasty_world)


def shown(panel):
    """What the panel says now, with its menus."""
    return Card(panel._env, panel.response._message)


def chosen(panel, name):
    """What a menu of the panel has chosen."""
    parts = [part for kind in (3, 6, 8) for part in shown(panel)._parts(kind)]
    menu = next(part for part in parts if part["custom_id"] == f"remix-config:set:{name}")
    if "options" in menu:
        return {option["value"] for option in menu["options"] if option.get("default")}
    return {int(each["id"]) for each in menu.get("default_values", [])}


@pytest.mark.parametrize("command", COMMANDS)
async def test_who_does_not_manage_the_server_is_refused_whatever_discord_lets_through(admins, command, monkeypatch):
    monkeypatch.setattr("simcord.actors._check_command_access", lambda *_: None)
    told = await admins.told(command, admins.world.rosa, **admins.options(command))
    assert told == "Only people with **Manage Server** can use this. Nothing was changed."
    assert (admins.policy, admins.cases) == (NO_POLICY, [])


async def test_discord_offers_it_to_those_who_manage_the_server_alone(admins):
    offered = admins.anna.available_commands(admins.world.channel)
    assert {name.removeprefix("remix-config ") for name in offered if "config" in name} == set(COMMANDS)
    assert not [name for name in admins.world.rosa.available_commands(admins.world.channel) if "config" in name]


async def test_a_setting_is_changed_by_name_and_holds_at_once(admins, horse):
    world = admins.world
    assert await admins.set("cooldown", "5m") == "`cooldown` is now **5m** (before: 0s). Case 1."
    await world.make(world.mia, horse)
    await world.told(await world.remix(world.mia, horse), "You can start your next remix")
    (case,) = admins.cases
    assert (case.kind, case.actor_id) == (CaseKind.CONFIG, admins.anna.id)
    assert await admins.set("cooldown", "default") == "`cooldown` is now **0s** (before: 5m). Case 2."
    await world.make(world.mia, horse)


async def test_a_ceiling_of_the_operator_cannot_be_passed(admins):
    told = await admins.set("queue-limit", "4")
    assert told == "**Nothing was changed:**\n- `queue-limit` can't be above 3, my operator's maximum."
    assert await admins.set("nonsense", "5") == "**Nothing was changed:**\n- `nonsense` isn't a server setting."
    assert (admins.policy, admins.cases) == (NO_POLICY, [])


async def test_names_and_values_are_offered_while_somebody_types(admins):
    async def offered(option, typed, **given):
        world = admins.world
        await admins.anna.autocomplete(world.channel, "remix-config set", option, typed, **given)
        asked = list(world.discord.backend.interactions.values())[-1]
        await world.until(lambda: asked.autocomplete_choices is not None, "choices")
        return {choice["value"]: choice["name"] for choice in asked.autocomplete_choices}

    assert set(await offered("name", "quota")) == {"daily-quota", "monthly-quota"}
    assert set(await offered("value", "turbo", name="default-speed")) == {"turbo", "Turbo"}
    channel, role = admins.world.channel, admins.artists
    assert (await offered("value", "#rem", name="channels"))[f"<#{channel.id}>"] == "#remixes"
    assert f"<@&{role.id}>" in await offered("value", "artist", name="roles")
    assert (await offered("value", "", name="cooldown"))["default"] == "default: 0s"
    await admins.set("log-channel", f"<#{channel.id}>")
    assert (await offered("value", "", name="log-channel"))[f"<#{channel.id}>"] == "#remixes"
    assert await offered("value", "x", name="nothing") == {}


async def test_the_panel_shows_what_is_set_and_its_menus_change_it(admins, horse):
    world = admins.world
    elsewhere = world.server.create_text_channel("elsewhere")
    panel = await admins.press("panel")
    assert chosen(panel, "channels") == set()
    await admins.select(panel, "channels", [elsewhere])
    await admins.until_policy(lambda policy: policy.channels == {elsewhere.id})
    await world.until(lambda: chosen(panel, "channels") == {elsewhere.id}, "the panel anew")
    await world.told(await world.remix(world.mia, horse), "You can't make remixes in this channel")

    await admins.select(panel, "channels", [])
    await admins.select(panel, "ignored-roles", [admins.artists])
    await admins.select(panel, "speeds", ["TURBO", "QUALITY"])
    await admins.select(panel, "default-speed", ["TURBO"])
    await admins.select(panel, "log-channel", [elsewhere])
    await world.until(lambda: chosen(panel, "log-channel") == {elsewhere.id}, "the panel anew")
    assert admins.policy == Policy(
        ignored_roles=frozenset({admins.artists.id}),
        speeds=frozenset({Speed.TURBO, Speed.QUALITY}),
        default_speed=Speed.TURBO,
        log_channel=elsewhere.id,
    )
    assert (await world.make(world.mia, horse)).small[0].split(" · ")[2] == "Turbo"
    assert len(admins.cases) == 6


async def test_numbers_are_typed_into_a_form_and_the_panel_shows_them(admins):
    panel = await admins.press("panel")
    form = await admins.form(panel, "Limits")
    values = {admins.field(form, "cooldown"): "5m", admins.field(form, "daily-quota"): " 5 "}
    await admins.anna.submit_modal(form, values)
    await admins.world.until(lambda: "**5m**" in shown(panel).text, "the panel anew")
    assert admins.policy == Policy(cooldown_s=300, daily_quota=5)
    assert "- `daily-quota` **5**" in shown(panel).lines
    assert "- `monthly-quota` unlimited" in shown(panel).lines


async def test_a_form_with_anything_wrong_changes_nothing_and_says_what(admins):
    panel = await admins.press("panel")
    form = await admins.form(panel, "Limits")
    sent = await admins.anna.submit_modal(
        form, {admins.field(form, "cooldown"): "5m", admins.field(form, "queue-limit"): "99"}
    )
    await admins.world.told_aside(sent, "`queue-limit` can't be above 3")
    assert (admins.policy, admins.cases) == (NO_POLICY, [])


async def test_what_another_admin_has_set_since_a_form_was_opened_stays(admins):
    form = await admins.form(await admins.press("panel"), "Limits")
    await admins.set("cooldown", "7m", admins.bert)
    await admins.anna.submit_modal(form, {admins.field(form, "daily-quota"): "5"})
    await admins.until_policy(lambda policy: policy.daily_quota == 5)
    assert admins.policy == Policy(cooldown_s=420, daily_quota=5)


async def test_the_panel_and_an_open_form_work_after_a_restart(admins):
    panel = await admins.press("panel")
    form = await admins.form(panel, "Budget and pictures")
    await admins.world.restart()
    await admins.anna.submit_modal(form, {admins.field(form, "daily-budget"): "2.50"})
    await admins.until_policy(lambda policy: policy.daily_budget == 2_500_000)
    await admins.select(panel, "speeds", ["TURBO"])
    await admins.until_policy(lambda policy: policy.speeds == {Speed.TURBO})
    await admins.form(panel, "Limits")


async def test_who_may_not_manage_the_server_any_more_cannot_use_a_panel_that_is_still_open(admins):
    panel = await admins.press("panel")
    form = await admins.form(panel, "Limits")
    backend = admins.world.discord.backend
    backend.get_member(admins.world.server.id, admins.anna.id).role_ids.clear()
    chosen_ = await admins.select(panel, "speeds", ["TURBO"])
    await admins.world.told_aside(chosen_, "Only people with **Manage Server**")
    sent = await admins.anna.submit_modal(form, {admins.field(form, "cooldown"): "5m"})
    await admins.world.told_aside(sent, "Only people with **Manage Server**")
    clicked = await admins.anna.click(panel.response, label="Limits")
    await admins.world.told(clicked, "Only people with **Manage Server**")
    assert (admins.policy, admins.cases) == (NO_POLICY, [])


async def test_a_member_cannot_forge_a_control_of_the_panel(admins, horse):
    world = admins.world
    card = await world.make(world.mia, horse)
    forged = await world.click_forged(world.mia, card.stored, "remix-config:form:limits")
    await world.told(forged, "Only people with **Manage Server**")


async def test_the_panel_warns_of_what_stands_in_the_way(admins):
    world = admins.world
    gone, closed, log = (world.server.create_text_channel(name) for name in ("gone", "closed", "log"))
    await admins.set("channels", f"<#{gone.id}>, <#{closed.id}>")
    await admins.set("log-channel", f"<#{log.id}>")
    world.discord.backend.delete_channel(gone.id)
    world.deny("attach_files", channel=closed)
    world.deny("send_messages", channel=log)
    told = await admins.told("panel")
    assert f"⚠️ I can't write in the log channel <#{log.id}>: I'm missing the **Send Messages** permission." in told
    assert "⚠️ `channels` has 1 entry that no longer exists in this server." in told
    assert f"⚠️ I can't post results in <#{closed.id}>: I'm missing the **Attach Files** permission." in told
    world.discord.backend.delete_channel(log.id)
    assert "The log channel no longer exists" in await admins.told("show")


async def test_the_panel_warns_of_a_log_that_could_not_be_written(admins):
    world = admins.world
    await admins.set("log-channel", f"<#{world.channel.id}>")
    world.app.core.database.transaction_now(
        servers.write_log_problem, world.server.id, LogProblem.NO_REPLY, world.bot_time()
    )
    assert f"Discord didn't accept my last entry in <#{world.channel.id}>" in await admins.told("panel")


async def test_a_role_gets_a_plan_and_its_members_have_more(admins, horse):
    world = admins.world
    await admins.set("daily-quota", "0")
    told = await admins.told("plan", role=admins.artists, daily_quota="5", cooldown="30s")
    assert told == f"<@&{admins.artists.id}> now has **cooldown 30s, daily-quota 5** (before: none). Case 2."
    await world.told(await world.remix(world.mia, horse), "you have no remixes for today")
    artist = world.server.add_member(world.discord.create_user("artist"), roles=[admins.artists])
    await world.make(artist, horse)
    assert f"<@&{admins.artists.id}> cooldown 30s, daily-quota 5" in await admins.told("plans")
    assert "no longer has a plan" in await admins.told("plan", role=admins.artists, remove=True)
    assert "No role has a plan" in await admins.told("plans")
    assert "Give at least one limit" in await admins.told("plan", role=admins.artists)
    assert [case.kind for case in admins.cases] == [CaseKind.PLAN, CaseKind.PLAN, CaseKind.CONFIG]


async def test_a_member_is_granted_remixes_beyond_the_quota_until_they_end(admins, horse):
    world = admins.world
    await admins.set("daily-quota", "0")
    told = await admins.told("grant", member=world.mia, remixes=1, until="7d")
    assert told.startswith(f"<@{world.mia.id}> can make 1 extra remix until <t:")
    assert f"<@{world.mia.id}> 1 of 1 left" in await admins.told("grants")
    await world.make(world.mia, horse)
    await world.told(await world.remix(world.mia, horse), "you have no remixes for today")
    assert "No member has extra remixes left" in await admins.told("grants")
    for until in ("soon", "0"):
        assert "- `until` must be" in await admins.told("grant", member=world.mia, remixes=1, until=until)
    assert admins.cases[0].kind is CaseKind.GRANT


async def test_a_grant_that_discord_delivers_twice_is_one(admins):
    await admins.told("grant", member=admins.world.mia, remixes=3, until="7d")
    admins.world.deliver_twice()
    await admins.told("grant", member=admins.world.ben, remixes=1, until="7d")
    assert len(admins._read(quotas.open_grants, admins.world.bot_time())) == 2


async def test_everything_that_is_set_is_shown_on_one_page(admins):
    await admins.set("daily-budget", "$2.50")
    await admins.told("plan", role=admins.artists, daily_quota="5")
    await admins.told("grant", member=admins.world.mia, remixes=2, until="1d")
    told = await admins.told("show")
    assert "- `daily-budget` **$2.50**" in told
    assert "- `keep-pictures` 30d" in told
    assert "- spent: $0.00 today, $0.00 this month (UTC)" in told
    assert f"<@&{admins.artists.id}> daily-quota 5" in told
    assert f"<@{admins.world.mia.id}> 2 of 2 left" in told


async def test_what_is_exported_can_be_imported_again(admins):
    await admins.set("cooldown", "5m")
    await admins.told("plan", role=admins.artists, daily_quota="5")
    result = await admins.press("export")
    (file,) = Card(result._env, result.response._message).stored.attachments
    data = admins.world.discord.backend.cdn.get(file["url"])
    assert json.loads(data)["settings"]["cooldown"] == "5m"

    await admins.set("cooldown", "9m")
    await admins.told("plan", role=admins.artists, remove=True)
    told = await admins.told("import", file=("settings.json", data))
    assert told.startswith("**2 changes:**\n- `cooldown` is now **5m** (before: 9m). Case 5.")
    assert admins.policy == Policy(cooldown_s=300)
    assert admins._read(policies.read_plans) == {admins.artists.id: Plan(daily_quota=5)}
    assert await admins.told("import", file=("settings.json", data)) == "That was set already, so nothing was changed."


async def test_an_import_with_anything_wrong_changes_nothing_and_names_each_problem(admins):
    content = {"settings": {"cooldown": "5m", "queue-limit": 99, "channels": ["<#5>"]}, "plans": {"5": {"cooldown": 1}}}
    told = await admins.told("import", file=("s.json", json.dumps(content).encode()))
    assert told.splitlines() == [
        "**Nothing was changed:**",
        "- `queue-limit` can't be above 3, my operator's maximum.",
        "- `channels` has ids that aren't in this server: `5`.",
        "- This server has no role `5`.",
    ]
    assert "isn't a JSON file" in await admins.told("import", file=("s.json", b"{"))
    assert "larger than" in await admins.told("import", file=("s.json", b" " * (LARGEST_FILE + 1)))
    assert (admins.policy, admins.cases) == (NO_POLICY, [])


async def test_a_servers_settings_are_its_own(admins):
    await admins.set("cooldown", "5m")
    assert admins.world.app.core.database.transaction_now(policies.read, 1) == NO_POLICY
    assert admins._read(quotas.open_grants, admins.world.bot_time()) == []
