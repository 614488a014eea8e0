"""What doctor finds about the token, the application, the servers and their channels, and what it advises."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot import __version__
from bot.cli.checks.examine import CHECKS
from bot.cli.checks.findings import Verdict
from bot.monitoring.health_file import Health, Phase, health_path, write_health
from bot.rules.policies import Policy
from bot.rules.roles import Part, Role, Shards
from bot.storage.engine import synced_commands
from bot.storage.processes import rows
from bot.storage.standing import policies
from tests.wire.loopback_discord import Permission
from tests.wire.loopback_discord.faults import Answer, Reset
from tests.wire.loopback_discord.model import MEMBER

FAIL, WARN, SKIPPED = Verdict.FAIL, Verdict.WARN, Verdict.SKIPPED
NOW = datetime.now(UTC)
NO_FILES = MEMBER & ~Permission.ATTACH_FILES


async def test_where_everything_is_fine_nothing_fails_and_nothing_is_changed_or_paid(patient):
    before = (patient.folder / "data" / "remix.db").read_bytes()
    found = await patient.examined()
    assert [each for each in found if each.verdict is not Verdict.OK] == []
    assert [call.billed for call in patient.ideogram.calls] == [False] * 3
    assert {request.method for request in patient.discord.requests} == {"GET"}
    assert patient.discord.unknown_requests == []
    assert (patient.folder / "data" / "remix.db").read_bytes() == before


async def test_the_invite_link_asks_for_exactly_what_the_bot_needs(patient):
    (invite,) = [each for each in await patient.examined() if each.check == "invite"]
    application_id = patient.discord.world.application_id
    assert f"client_id={application_id}&scope=bot+applications.commands&permissions=274878008320" in invite.sentence


async def test_a_refused_token_is_told_once_and_what_needs_it_is_left_out(patient):
    patient.settings["discord_token"] = "another-token"
    found = {each.check: each for each in await patient.examined()}
    assert found["token"].verdict is FAIL
    assert "Reset Token" in found["token"].remedy
    for check in ("application", "invite", "commands", "servers", "permissions", "operator-channel", "clock"):
        assert found[check].verdict is SKIPPED
    assert "another-token" not in str(found)


async def test_a_discord_out_of_reach_is_not_blamed_on_the_token(patient):
    patient.discord.faults.add("GET", r"/users/@me$", Reset(), times=2)
    (found,) = await patient.found("token")
    assert found.verdict is FAIL
    assert "could not be reached" in found.sentence
    assert "network" in found.remedy


@pytest.mark.parametrize(
    ("field", "value", "verdict", "words"),
    [
        ("interactions_endpoint_url", "https://example.com/x", FAIL, "Interactions Endpoint URL"),
        ("bot_require_code_grant", True, FAIL, "Code Grant"),
        ("flags", 1 << 18 | 1 << 15, WARN, "Server Members, Message Content"),
    ],
)
async def test_switches_of_the_developer_portal_that_harm_are_named(patient, field, value, verdict, words):
    patient.discord.world.application_fields[field] = value
    (found,) = await patient.found("application")
    assert found.verdict is verdict
    assert words in found.sentence
    assert "Developer Portal" in found.remedy


async def test_commands_that_were_never_registered_ask_for_a_start(patient):
    await patient.write(synced_commands.write, f"{patient.discord.world.application_id}:global", None)
    (found,) = await patient.found("commands")
    assert (found.verdict, found.remedy) == (WARN, "Start the bot: `remix-bot run`.")


async def test_commands_that_another_program_replaced_fail(patient):
    patient.discord.world.commands[None] = [{"id": "72", "name": "other", "type": 1}]
    (found,) = await patient.found("commands")
    assert found.verdict is FAIL
    assert "Restart the bot" in found.remedy


async def test_servers_off_the_list_and_servers_without_the_bot_are_named(patient, guild):
    patient.settings |= {"allowed_guild_ids": frozenset({77}), "operator_guild_id": 78, "operator_ids": frozenset({1})}
    operator, absent, refused = await patient.found("servers")
    assert (operator.verdict, absent.verdict, refused.verdict) == (FAIL, WARN, WARN)
    assert "78" in operator.sentence
    assert "77" in absent.sentence
    assert str(guild.id) in refused.sentence


async def test_a_bot_in_no_server_gets_the_link(patient, guild):
    del patient.discord.world.guilds[guild.id]
    (found,) = await patient.found("servers")
    assert found.verdict is WARN
    assert "link" in found.remedy


async def test_channels_that_lack_the_same_are_one_finding_for_each_server(patient, guild):
    for number in range(200):
        guild.add_channel(f"room-{number}", bot_permissions=NO_FILES)
    guild.add_channel("hidden", bot_permissions=MEMBER & ~Permission.VIEW_CHANNEL)
    (found,) = await patient.found("permissions")
    assert found.verdict is WARN
    assert "in 200 of 201 channels" in found.sentence
    assert "#room-4 and 195 more: no Attach Files." in found.sentence
    assert "Edit Channel" in found.remedy


async def test_the_only_channel_of_a_server_without_permissions_fails(patient, channel):
    channel.set_bot_permissions(MEMBER & ~Permission.READ_MESSAGE_HISTORY)
    (found,) = await patient.found("permissions")
    assert found.verdict is FAIL
    assert "#general: no Read Message History" in found.sentence


async def test_what_the_roles_lack_in_the_whole_server_is_mended_by_the_invite_link(patient, guild, channel):
    guild.everyone = NO_FILES
    channel.set_bot_permissions(NO_FILES)
    (found,) = await patient.found("permissions")
    assert "`invite`" in found.remedy


async def test_a_channel_that_admins_chose_and_the_bot_cannot_see_fails(patient, guild):
    hidden = guild.add_channel("art", bot_permissions=Permission(0))
    await patient.write(policies.write, guild.id, Policy(channels=frozenset({hidden.id})))
    (found,) = await patient.found("permissions")
    assert found.verdict is FAIL
    assert str(hidden.id) in found.sentence
    assert "View Channel" in found.remedy


async def test_a_gap_in_a_channel_that_admins_chose_fails(patient, guild):
    chosen = guild.add_channel("art", bot_permissions=NO_FILES)
    await patient.write(policies.write, guild.id, Policy(channels=frozenset({chosen.id})))
    (found,) = await patient.found("permissions")
    assert found.verdict is FAIL


async def test_a_server_that_discord_does_not_answer_about_is_counted(patient, guild):
    patient.discord.faults.add("GET", rf"/guilds/{guild.id}/channels$", Answer(403))
    (found,) = await patient.found("permissions")
    assert (found.verdict, found.sentence) == (SKIPPED, "1 server could not be looked at.")


async def test_names_of_servers_and_channels_cannot_change_the_terminal(patient, guild):
    guild.name = "a\x1b[2Jb"
    guild.add_channel("c\x1b[31md", bot_permissions=NO_FILES)
    (found,) = await patient.found("permissions")
    assert "\x1b" not in found.sentence


@pytest.mark.parametrize(
    ("permissions", "words"),
    [
        (MEMBER & ~Permission.SEND_MESSAGES, "lacks Send Messages"),
        (Permission(0), "is hidden from the bot"),
        (None, "is gone"),
    ],
)
async def test_a_log_channel_out_of_reach_fails(patient, guild, permissions, words):
    log = guild.add_channel("log")
    await patient.write(policies.write, guild.id, Policy(log_channel=log.id))
    if permissions is None:
        log.delete()
    else:
        log.set_bot_permissions(permissions)
    (found,) = await patient.found("log-channels")
    assert found.verdict is FAIL
    assert words in found.sentence
    assert "/remix-config" in found.remedy


async def test_a_log_channel_of_another_server_fails(patient, guild):
    other = patient.discord.add_guild("Elsewhere").add_channel()
    await patient.write(policies.write, guild.id, Policy(log_channel=other.id))
    (found,) = await patient.found("log-channels")
    assert "another server" in found.sentence


async def test_the_operators_channel_can_be_a_thread_with_its_parents_permissions(patient, guild):
    parent = guild.add_channel("ops")
    patient.settings["operator_channel_id"] = guild.add_thread(parent).id
    assert await patient.found("operator-channel") == []
    parent.set_bot_permissions(MEMBER & ~Permission.SEND_MESSAGES_IN_THREADS)
    (found,) = await patient.found("operator-channel")
    assert "lacks Send Messages in Threads" in found.sentence


async def test_no_operators_channel_is_a_warning_and_a_wrong_one_a_failure(patient):
    patient.settings["operator_channel_id"] = None
    (found,) = await patient.found("operator-channel")
    assert (found.verdict, "OPERATOR_CHANNEL_ID" in found.remedy) == (WARN, True)
    patient.settings["operator_channel_id"] = 12345
    (found,) = await patient.found("operator-channel")
    assert (found.verdict, "`remix-bot setup --operator-channel ID --yes`" in found.remedy) == (FAIL, True)
    assert "is gone" in found.sentence


@pytest.mark.parametrize(
    ("off", "verdict", "words"),
    [
        (timedelta(seconds=-90), WARN, "behind"),
        (timedelta(hours=2), FAIL, "ahead of"),
    ],
)
async def test_a_wrong_clock_is_told(patient, off, verdict, words):
    (found,) = await patient.found("clock", clock=lambda: datetime.now(UTC) + off)
    assert found.verdict is verdict
    assert words in found.sentence
    assert "timedatectl" in found.remedy


async def test_one_slow_check_does_not_take_the_others_with_it(patient, monkeypatch):
    async def slow(_subject):
        raise TimeoutError

    changed = [replace(each, online=slow) if each.name == "servers" else each for each in CHECKS]
    monkeypatch.setattr("bot.cli.checks.examine.CHECKS", changed)
    found = {each.check: each for each in await patient.examined()}
    assert "no answer within" in found["servers"].sentence
    assert found["permissions"].verdict is Verdict.OK


async def test_a_bug_in_one_check_hides_nothing_that_the_others_find(patient, monkeypatch):
    async def broken(_subject):
        raise KeyError("a secret")

    changed = [replace(each, online=broken) if each.name == "servers" else each for each in CHECKS]
    monkeypatch.setattr("bot.cli.checks.examine.CHECKS", changed)
    found = {each.check: each for each in await patient.examined()}
    assert found["servers"].sentence == "This check has a bug (KeyError)."
    assert found["permissions"].verdict is Verdict.OK


def running(shards):
    return Health(NOW, time.monotonic(), 1, __version__, Phase.RUNNING, NOW, gateway_since=NOW, shards=shards)


async def test_fewer_shards_than_discord_recommends_are_a_warning(patient):
    assert await patient.found("shards") == []
    write_health(health_path(patient.url, patient.settings["blob_dir"]), running(1))
    assert await patient.found("shards") == []
    patient.discord.world.recommended_shards = 3
    (found,) = await patient.found("shards")
    assert found.sentence == "Discord recommends 3 shards, and the bot has 1."
    assert (found.verdict, found.remedy) == (WARN, "Restart the bot: it then asks Discord again.")


async def test_shards_that_no_gateway_has_fail(patient):
    async def join(*shards):
        await patient.write(rows.join, str(shards), Part(Role.GATEWAY, Shards(*shards)), 20, "host")

    await join(0, 1, 4)
    (found,) = await patient.found("shards")
    assert found.sentence == "No process answers in the servers of these shards of 4: 2, 3."
    await join(2, 3, 4)
    assert await patient.found("shards") == []
    patient.discord.world.recommended_shards = 5
    (found,) = await patient.found("shards")
    assert "larger --of" in found.remedy
