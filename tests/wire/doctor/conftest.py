"""A bot's folder in which everything is fine, between a loopback Discord and the stand-in of Ideogram."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.cli.checks.examine import CHECKS, examine
from bot.cli.checks.findings import Finding, Subject, Verdict
from bot.demo.ideogram_stand_in import IdeogramStandIn
from bot.settings.settings import Settings
from bot.storage.engine import synced_commands
from bot.storage.engine.database import Database
from bot.storage.engine.synced_commands import Synced
from tests.wire.loopback_discord import LoopbackDiscord

KEY = "made-up-key-of-the-operator"


@dataclass(eq=False, slots=True)
class Patient:
    """`settings` are those of the loopback, and what a test changes in them by name."""

    discord: LoopbackDiscord
    ideogram: IdeogramStandIn
    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'data' / 'remix.db'}"

    def read_settings(self) -> Settings:
        return Settings(
            _env_file=None,
            **{
                "discord_token": self.discord.world.token,
                "ideogram_api_key": KEY,
                "ideogram_api_url": self.ideogram.url,
                "ideogram_image_hosts": self.ideogram.image_host,
                "database_url": self.url,
                **self.settings,
            },
        )

    async def write(self, function: Any, *arguments: Any) -> None:
        """Runs a transaction on the bot's database."""
        database = Database(self.url)
        await database.transaction(function, *arguments)
        database.close()

    async def examined(self, *, offline: bool = False, **options: Any) -> list[Finding]:
        subject = Subject(self.read_settings(), self.folder / ".env", **options)
        return await examine(subject, offline=offline)

    async def found(self, check: str, **options: Any) -> list[Finding]:
        """What that check finds that is not fine."""
        assert check in {each.name for each in CHECKS} | {"prices"}
        found = [each for each in await self.examined(**options) if each.check == check]
        assert found, f"{check} found nothing at all"
        return [each for each in found if each.verdict is not Verdict.OK]


@pytest.fixture
async def ideogram():
    stand_in = IdeogramStandIn(api_key=KEY)
    await stand_in.start()
    yield stand_in
    await stand_in.close()


@pytest.fixture
async def patient(pointed_here, channel, ideogram, tmp_path, migrated):
    """In one server with one channel, its commands registered, its files closed to others."""
    made = Patient(pointed_here, ideogram, tmp_path)
    blobs = tmp_path / "data" / "blobs"
    blobs.mkdir(parents=True)
    (tmp_path / "data" / "remix.db").write_bytes(migrated)
    (tmp_path / ".env").write_text("COOLDOWN_S=30\n")
    for path in (tmp_path / "data", blobs, tmp_path / "data" / "remix.db", tmp_path / ".env"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    application_id = pointed_here.world.application_id
    pointed_here.world.commands[None] = [{"id": "71", "name": "remix", "type": 1}]
    await made.write(synced_commands.write, f"{application_id}:global", Synced("x", {"remix": 71}))
    made.settings |= {"operator_channel_id": channel.id, "blob_dir": blobs}
    return made
