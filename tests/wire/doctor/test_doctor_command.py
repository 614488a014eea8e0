"""`remix-bot doctor` as a process: beside a running bot, and with settings that cannot be read."""

import asyncio
import json
import subprocess
import sys

import pytest

from tests.wire.bot_process import open_house


@pytest.fixture
async def house(tmp_path):
    async with open_house(tmp_path) as opened:
        yield opened


async def examined(house, *options, **settings):
    """The exit code, and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "doctor", *options),
        cwd=house.folder,
        env=house.environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, errors = await process.communicate()
    return process.returncode, out.decode(), errors.decode()


async def test_beside_a_running_bot_it_finds_nothing_wrong_and_the_bot_goes_on(house):
    bot = await house.start()
    code, out, errors = await examined(house, "--json")
    report = json.loads(out)
    found = {each["check"]: each["verdict"] for each in report["findings"]}
    assert (code, errors, report["ok"]) == (0, "", True)
    assert [check for check, verdict in found.items() if verdict not in {"ok", "warn"}] == []
    assert set(report["findings"][0]) == {"check", "verdict", "sentence", "remedy"}
    assert house.discord.world.token not in out
    assert house.ideogram.api_key not in out
    remix = await house.accepted()
    await remix.channel.wait_for(lambda _: remix.posts != [])
    assert await bot.stop() == 0


async def test_what_failed_has_its_remedy_below_it_and_exit_code_1(house):
    code, out, _ = await examined(house, IDEOGRAM_API_KEY="a-revoked-key")
    lines = out.splitlines()
    (at,) = [number for number, line in enumerate(lines) if line.startswith("fail    key ")]
    assert code == 1
    assert lines[at + 1].strip().startswith("-> Create a key")
    assert lines[-1].startswith("1 failed, ")
    assert "a-revoked-key" not in out


async def test_settings_that_cannot_be_read_are_findings_with_exit_code_2(house):
    code, out, _ = await examined(house, "--json", DISCORD_TOKEN=None, MAX_QUEUED="lots")
    report = json.loads(out)
    assert (code, report["ok"]) == (2, False)
    assert [each["sentence"].split()[0] for each in report["findings"]] == ["DISCORD_TOKEN", "MAX_QUEUED"]
    assert all("remix-bot setup" in each["remedy"] for each in report["findings"])
    assert not (house.folder / "remix.db").exists()
